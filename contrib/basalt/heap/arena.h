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
#include "page/huge.h"

struct arena {
	struct pages	pages;		/* first: see arena_of_pages */
	unsigned	index;
	_Atomic unsigned nthreads;
	/* When slabs are thinned next (ns), and which class's. */
	_Atomic uint64_t thin_due;
	_Atomic unsigned thin_class;
	/*
	 * Objects of pages: counted without a lock, by whichever thread
	 * allocates or frees one; sums, so the order is of no matter.
	 */
	_Atomic size_t	large_allocated;	/* bytes */
	_Atomic uint64_t large_nmalloc;
	_Atomic uint64_t large_ndalloc;
	_Atomic size_t	large_cur[SC_NCLASS + 1];
	struct bin	bins[SC_NSMALL + 1];	/* by class; 0 is not used */
};

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

/* Once, after the options are known: how many there may be. */
void	_bas_arenas_init(void);
unsigned _bas_arena_count(void);
/* NULL: not made yet. */
struct arena *_bas_arena_get(unsigned i);
/* Made if need be; NULL: no memory, or i is too large. */
struct arena *_bas_arena_make(unsigned i);
/* The arena with the fewest threads; NULL: no memory for any. */
struct arena *_bas_arena_choose(void);

/*
 * Batches of objects of a class, as _bas_bin_refill and _bas_bin_flush
 * have it but for classes of pages too.
 */
unsigned _bas_heap_take(struct arena *arena, unsigned class, void **end,
	    unsigned n);
void	_bas_heap_give(struct arena *own, unsigned class, void **objects,
	    unsigned n);

void	_bas_arena_count_large(struct arena *arena, size_t npages, bool made);
void	_bas_arena_stats(struct arena *arena, struct arena_stats *stats);
/* Bytes of live objects, what caches hold included. */
size_t	_bas_arena_allocated(struct arena *arena);
/* Purge all that is unused; or what time has made due. */
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
/* In a child of fork. */
void	_bas_arenas_mend(void);

#endif /* !BASALT_ARENA_H */
