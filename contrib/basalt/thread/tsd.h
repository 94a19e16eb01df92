/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A thread's block: made at its first slow path, given back at its end.
 */
#ifndef BASALT_TSD_H
#define	BASALT_TSD_H

#include <stdbool.h>
#include <stdint.h>

#include "thread/cache.h"
#include "util/lock.h"

/* Once, after the options are known. */
void	_bas_tsd_init(void);
/* A block that is in no use, with empty stacks; NULL: no memory. */
struct cache *_bas_tsd_block_take(void);
/* Its stacks have no slots. */
void	_bas_tsd_block_give(struct cache *cache);
/*
 * The calling thread's cache, made if need be; NULL: it has none, since
 * it is at its end or there is no memory.
 */
struct cache *_bas_tsd_cache(void);
/*
 * The same for who allocates or frees, but NULL at a thread's first calls:
 * they go to the heap, object by object, since many a thread makes no more
 * and then needs no block.  Their bytes are counted here.
 */
struct cache *_bas_tsd_own(void);
void	_bas_tsd_early(size_t allocated, size_t deallocated);
/*
 * The calling thread, which has no cache, gets none: what the C library
 * allocates or frees in it goes to the heap, object by object, and starts or
 * ends no thread of ours.  False: it has one, or there is no memory.
 */
bool	_bas_tsd_none(void);
/* In a child of fork: give back the caches of threads that it has not. */
void	_bas_tsd_mend(void);
/* Is a thread but the caller changing a cache? */
bool	_bas_tsd_is_busy(void);
/* At the end of the process: give the caller's objects back, so that
   those freed twice are found. */
void	_bas_tsd_last(void);

/*
 * Of the live threads of an arena: bytes of objects in their caches, and of
 * the caches themselves.  Threads may be at work: what each stack holds was
 * true at some moment, or nearly so where it grows just then.
 */
void	_bas_tsd_sum(const struct arena *arena, size_t *cached, size_t *own);
/* For its statistics. */
struct lock *_bas_tsd_lock(void);

/* The takes of the calling thread's cache so far go to its arena. */
void	_bas_thread_count(void);
/* Bytes that the calling thread has allocated and freed. */
void	_bas_thread_counts(uint64_t *allocated, uint64_t *deallocated);
/* Where to read them from now on; true: no memory. */
bool	_bas_thread_countp(uint64_t **allocated, uint64_t **deallocated);
/* True: there is no cache. */
bool	_bas_thread_flush(void);
unsigned _bas_thread_arena(void);
/*
 * Allocate from that arena from now on; what the cache holds of another one
 * comes first.  0, EFAULT: there is none, EAGAIN: no memory, or EPERM: which
 * automatic one it is follows from the processor.
 */
int	_bas_thread_bind(unsigned arena);
bool	_bas_thread_cache_enabled(void);
/*
 * From now on the calling thread, whose cache that is, takes the slow paths
 * for all its calls; false: no memory.
 */
bool	_bas_tsd_slow(struct cache *cache);
/* Returns what it was before. */
bool	_bas_thread_cache_enable(bool on);
/*
 * The largest size that the thread keeps, bytes.  Set rounds it up to a
 * class, and to what the largest may be at most; 0 is nothing.
 */
size_t	_bas_thread_cache_max(void);
void	_bas_thread_cache_set_max(size_t max);
/*
 * How many objects the thread may keep of the class of size, at most.  0;
 * EINVAL: such a size never is kept; ENOENT: there is no cache.
 */
int	_bas_thread_cache_slots(size_t size, size_t *n);
/* The same for the classes of start to end bytes; n may be cut. */
int	_bas_thread_cache_set_slots(size_t start, size_t end, size_t n);


/*
 * peak.c: the most bytes that the calling thread had in use, allocated less
 * freed, since the last reset, above what it had then; looked at where it
 * is slow anyway, and when it is asked.
 */
uint64_t _bas_thread_peak(void);
void	_bas_thread_peak_reset(void);
/* For the slow paths of the calling thread, whose cache that is. */
void	_bas_peak_note(struct cache *cache);

#endif /* !BASALT_TSD_H */
