/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * An arena: the bins and the pages that some of the threads share.
 */
#ifndef BASALT_ARENA_H
#define	BASALT_ARENA_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/bin.h"
#include "heap/sizeclass.h"
#include "malloc_np.h"
#include "page/extent.h"
#include "page/huge.h"
#include "util/options.h"

/* Bytes of a name, with its end. */
#define	ARENA_NAME	32

struct arena {
	struct pages	pages;		/* first: see arena_of_pages */
	unsigned	index;
	_Atomic unsigned nthreads;
	_Atomic unsigned nshards;	/* drawn: see _bas_arena_shard */
	/*
	 * Held by who purges, thins or resets.  It is the only one of ours
	 * that is held over system calls, so slow paths try it and go on.
	 */
	struct lock	maintenance;
	_Atomic bool	wanted;		/* somebody tried in vain */
	/*
	 * No arena any more, until the index is used again: the struct stays,
	 * since a thread that goes through the table may have come by.
	 */
	_Atomic bool	gone;
	bool		resetting;	/* under the maintenance lock */
	struct arena	*next_gone;
	struct extents	extents;	/* its own, if it has hooks */
	/* What its user sets. */
	_Atomic(const char *) name;
	char		names[2][ARENA_NAME];
	_Atomic unsigned dss;
	_Atomic size_t	oversize;	/* bytes, of spans not to be kept */
	_Atomic size_t	grow_limit;	/* bytes */
	/* When slabs are thinned next (ns), and which bin's. */
	_Atomic uint64_t thin_due;
	_Atomic unsigned thin_bin;
	/*
	 * Objects of pages: counted without a lock, by whichever thread
	 * allocates or frees one; sums, so the order is of no matter.
	 */
	_Atomic size_t	large_allocated;	/* bytes */
	_Atomic uint64_t large_nmalloc;
	_Atomic uint64_t large_ndalloc;
	_Atomic size_t	large_cur[SC_NCLASS + 1];
	struct bin	*more;		/* those after a class's first */
	struct bin	bins[SC_NSMALL + 1];	/* by class; 0 is not used */
};

/*
 * How many bins a class has in each arena (0 is 1), and where those after
 * the first begin in `more'.  Written by _bas_arenas_init alone.
 */
struct shards {
	uint16_t	n;
	uint16_t	first;
};
extern BASALT_HIDDEN struct shards _bas_shards[SC_NSMALL + 1];

struct bin_stats {
	uint64_t	nmalloc, ndalloc, nfills, nflushes, nslabs, nreslabs;
	size_t		curregs, curslabs, nonfull_slabs;
};

struct arena_stats {
	unsigned	nthreads;
	size_t		pactive, pdirty, pmuzzy;	/* pages */
	size_t		pclean;		/* of the active, without memory */
	size_t		mapped, base, internal;		/* bytes */
	uint64_t	dirty_npurge, dirty_nmadvise, dirty_purged;
	uint64_t	muzzy_npurge, muzzy_nmadvise, muzzy_purged;
	size_t		large_allocated;		/* bytes */
	uint64_t	large_nmalloc, large_ndalloc;
	uint64_t	large_cur[SC_NCLASS + 1];
	size_t		nhuge, nhugified;		/* superpages */
	struct bin_stats bins[SC_NSMALL + 1];		/* by class */
};

static inline struct arena *
arena_of_pages(struct pages *pages)
{

	return ((struct arena *)pages);
}

/* The bin of a class that a cache with that number uses. */
static inline struct bin *
arena_bin(struct arena *arena, unsigned class, unsigned shard)
{
	const struct shards *shards = &_bas_shards[class];

	if (likely(shards->n <= 1) || shard % shards->n == 0)
		return (&arena->bins[class]);
	return (&arena->more[shards->first + shard % shards->n - 1]);
}

static inline unsigned
arena_nshards(unsigned class)
{

	return (_bas_shards[class].n <= 1 ? 1 : _bas_shards[class].n);
}

/*
 * Once, after the options are known: how many arenas there are, the bins of
 * each, and the size of slabs.
 */
void	_bas_arenas_init(void);
/*
 * Indices in use: those of the automatic arenas, of the one for what is
 * oversize, and of created ones, the destroyed among them.
 */
unsigned _bas_arena_count(void);
unsigned _bas_arena_auto_count(void);
/* NULL: not made yet, or destroyed. */
struct arena *_bas_arena_get(unsigned i);
/* Made if need be; NULL: no memory, destroyed, or i is too large. */
struct arena *_bas_arena_make(unsigned i);
/*
 * The arena of the processor that the caller runs on; NULL: there are none
 * such, or no memory.
 */
struct arena *_bas_arena_of_cpu(void);
/* That, or the one with the fewest threads; NULL: no memory for any. */
struct arena *_bas_arena_choose(void);
/* A number for a cache's choice of bins. */
unsigned _bas_arena_shard(struct arena *arena);
static inline bool
arena_is_auto(const struct arena *arena)
{

	return (arena->index < _bas_arena_auto_count());
}

/*
 * Where a request of size bytes that names no arena goes: own, but what is
 * oversize to the arena for that, if own is an automatic one.
 */
struct arena *_bas_arena_for(struct arena *own, size_t size);

/*
 * An arena for those who name it; its hooks are the OS's if that is NULL.
 * 0, or EAGAIN: no memory, or no index is left.
 */
int	_bas_arena_create(extent_hooks_t *hooks, unsigned *index);
/*
 * Discard all objects of a created arena, which none may use or hold in a
 * cache any more.  EFAULT: it is no such arena.
 */
int	_bas_arena_reset(unsigned i);
/* The same, and its index is free; EFAULT too if it has threads. */
int	_bas_arena_destroy(unsigned i);
/* Was there one ever, and the sum of the statistics of those. */
bool	_bas_arena_was_destroyed(void);
void	_bas_arena_destroyed_stats(struct arena_stats *stats);
/*
 * Count a thread in, so that nobody destroys the arena.  0, EFAULT: there is
 * none, or EAGAIN: no memory to make it.
 */
int	_bas_arena_join(unsigned i, struct arena **arena);

/* The arena that p is in; NULL: not ours. */
struct arena *_bas_arena_of(const void *p);
extent_hooks_t *_bas_arena_hooks(struct arena *arena);
/* 0, or EFAULT: no such arena, and EAGAIN: no memory. */
int	_bas_arena_set_hooks(unsigned i, extent_hooks_t *hooks,
	    extent_hooks_t **old);
/*
 * At most 31 characters, the rest is cut off.  What was read may change when
 * another name is set for the second time.
 */
const char *_bas_arena_name(struct arena *arena);
void	_bas_arena_set_name(struct arena *arena, const char *name);
/* Remembered for those who ask: memory never comes from sbrk. */
enum dss _bas_arena_dss(struct arena *arena);
void	_bas_arena_set_dss(struct arena *arena, enum dss dss);
/* What arenas made from now on begin with. */
enum dss _bas_dss_default(void);
void	_bas_dss_default_set(enum dss dss);
/*
 * Spans of so many bytes and more are purged as soon as they are free;
 * SIZE_MAX: none is.
 */
size_t	_bas_arena_oversize(struct arena *arena);
void	_bas_arena_set_oversize(struct arena *arena, size_t size);
/* Bytes that it may ask the OS for at once, beyond what is needed. */
size_t	_bas_arena_grow_limit(struct arena *arena);
void	_bas_arena_set_grow_limit(struct arena *arena, size_t size);

/*
 * Batches of objects of a class, as _bas_bin_refill and _bas_bin_flush
 * have it but for classes of pages too.
 */
unsigned _bas_heap_take(struct arena *arena, unsigned shard, unsigned class,
	    void **end, unsigned n);
void	_bas_heap_give(struct arena *own, unsigned shard, unsigned class,
	    void **objects, unsigned n);

void	_bas_arena_count_large(struct arena *arena, size_t npages, bool made);
void	_bas_arena_stats(struct arena *arena, struct arena_stats *stats);
/* Bytes of live objects, what caches hold included. */
size_t	_bas_arena_allocated(struct arena *arena);

/* The next four are for arena.c and arena_reset.c. */
void	_bas_arena_count_none(struct arena *arena);
void	_bas_arena_stats_zero(struct arena *arena);
void	_bas_arena_stats_add(struct arena_stats *to,
	    const struct arena_stats *from);
size_t	_bas_arena_bytes(void);

/* arena_reset.c; maintenance is held. */
void	_bas_arena_discard(struct arena *arena);
/* All memory and addresses go back too. */
void	_bas_arena_end(struct arena *arena);

/* arena_set.c: hooks from now on, NULL: as they are. */
void	_bas_arena_hook(struct arena *arena, extent_hooks_t *hooks);

/* arena_purge.c */
/* Purge all that is unused; or what time has made due.  Both may wait. */
void	_bas_arena_purge(struct arena *arena);
void	_bas_arena_decay(struct arena *arena);
/* Purge in every arena, if any is due at the time now (ns). */
void	_bas_arenas_tick(uint64_t now);
/*
 * Memory has run out for size bytes: give back all that can be.  False:
 * so much there is not to give.
 */
bool	_bas_arenas_squeeze(size_t size);
ssize_t	_bas_arena_decay_ms(struct arena *arena, bool muzzy);
/* True: ms is out of range. */
bool	_bas_arena_set_decay_ms(struct arena *arena, bool muzzy, ssize_t ms);
/* For who changes the whole arena. */
void	_bas_arena_hold(struct arena *arena);
void	_bas_arena_let_go(struct arena *arena);
/* All bins: 1 to _bas_arena_nbins(), those of a class's first shard first. */
unsigned _bas_arena_nbins(void);
static inline struct bin *
arena_nth_bin(struct arena *arena, unsigned i)
{

	return (i <= SC_NSMALL ? &arena->bins[i] :
	    &arena->more[i - SC_NSMALL - 1]);
}

/* In a child of fork. */
void	_bas_arenas_mend(void);

#endif /* !BASALT_ARENA_H */
