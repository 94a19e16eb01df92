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
	/*
	 * First what each batch of objects looks at: one line, since who
	 * names many arenas by turns misses each.
	 *
	 * No arena any more, until the index is used again: the struct stays,
	 * since a thread that goes through the table may have come by.
	 * Release when it is used again, acquire when it is looked up.
	 */
	_Alignas(MACH_CACHE_LINE / 2) _Atomic bool gone;
	/*
	 * Classes of bins that have been used, a bit each.  Relaxed: a bit
	 * that is missed shows a class later.
	 */
	_Atomic uint64_t bins_used;
	/*
	 * Bytes of objects of bins that went out by this arena less those
	 * that came in by it, whosever they were: may wrap, but the sum over
	 * all arenas is right.  Relaxed: each change is an addition.
	 */
	_Atomic size_t	small_allocated;
	unsigned	index;
	/*
	 * Threads that allocate here: relaxed, a hint for who chooses; but
	 * release when one goes and acquire by who destroys the arena, who
	 * thus sees all that it did and counted here.
	 */
	_Atomic unsigned nthreads;
	/* Drawn, see _bas_arena_shard; relaxed: any order is good. */
	_Atomic unsigned nshards;
	/*
	 * Held by who purges, thins or resets.  It is the only one of ours
	 * that is held over system calls, so slow paths try it and go on.
	 */
	struct lock	maintenance;
	/* Of it: self() of the thread, or 0.  Relaxed, as a lock's owner. */
	_Atomic uintptr_t holder;
	/* Somebody tried in vain.  In one order with the lock, by fences. */
	_Atomic bool	wanted;
	bool		resetting;	/* under the maintenance lock */
	struct arena	*next_gone;
	struct extents	extents;	/* its own, if it has hooks */
	/* What its user sets.  Release and acquire: name's characters. */
	_Atomic(const char *) name;
	char		names[2][ARENA_NAME];
	/* Each stands alone: relaxed. */
	_Atomic unsigned dss;
	_Atomic size_t	oversize;	/* bytes, of spans not to be kept */
	_Atomic size_t	grow_limit;	/* bytes, if it has hooks */
	/*
	 * When slabs are thinned next (ns), and which bin's.  Relaxed:
	 * written with maintenance held, or when the arena is made.
	 */
	_Atomic uint64_t thin_due;
	_Atomic unsigned thin_bin;
	/* Objects freed up to the last pass, and passes since the last one. */
	uint64_t	thin_sum;	/* both under the maintenance lock */
	unsigned	thin_still;
	_Atomic uint64_t born;		/* ns, when it began; relaxed */
	/*
	 * Counted without a lock, by whichever thread takes or frees; sums,
	 * so the order is of no matter: relaxed.  Takes of each class, and
	 * objects of pages by large class: those put into caches apart.
	 */
	_Atomic uint64_t nrequests[SC_NCLASS + 1];
	_Atomic uint64_t large_nfills[SC_NCLASS - SC_NSMALL];
	_Atomic uint64_t large_nflushes;
	_Atomic size_t	large_allocated;	/* bytes */
	/* Large classes that have been used, as bins_used has it. */
	_Atomic uint64_t large_used[HOWMANY(SC_NLARGE, 64)];
	struct large_count {
		_Atomic uint64_t nmalloc;
		_Atomic uint64_t ndalloc;
	} large[SC_NLARGE];
	/*
	 * By class, 0 is not used; then those that classes have besides, in
	 * the order of the classes.
	 */
	struct bin	bins[];
};

/*
 * How many bins a class has in each arena (0 is 1), and where in bins those
 * after the first begin.  Written by _bas_arenas_init alone.
 */
struct shards {
	uint16_t	n;
	uint16_t	first;
};
extern BASALT_HIDDEN struct shards _bas_shards[SC_NSMALL + 1];

struct bin_stats {
	uint64_t	nmalloc, ndalloc, nrequests, nfills, nflushes;
	uint64_t	nslabs, nreslabs;
	size_t		curregs, curslabs, nonfull_slabs;
	/*
	 * Bytes: of its slabs, of objects in them, whatever their class, of
	 * pages without memory, and what is left: memory held for nobody.
	 */
	size_t		slab_bytes, used_bytes, clean_bytes, held_bytes;
	struct lock_stats mutex;
};

struct large_stats {
	uint64_t	nmalloc, ndalloc, nrequests, nfills;
	size_t		cur;
};

struct arena_stats {
	unsigned	nthreads;
	uint64_t	uptime;				/* ns */
	size_t		pactive, pdirty, pmuzzy;	/* pages */
	size_t		pclean;		/* of the active, without memory */
	size_t		pidle;		/* never used, with memory */
	size_t		mapped, base, edata;		/* bytes */
	size_t		retained, pinned; /* bytes, where it has its own */
	uint64_t	dirty_npurge, dirty_nmadvise, dirty_purged;
	uint64_t	muzzy_npurge, muzzy_nmadvise, muzzy_purged;
	uint64_t	nhugifies, nhugify_failures, ndehugifies;
	size_t		large_allocated;		/* bytes */
	uint64_t	large_nflushes;
	size_t		nhuge, nhugified;		/* superpages */
};

static inline struct arena *
arena_of_pages(struct pages *pages)
{

	return ((struct arena *)pages);
}

/*
 * May there be anything in the i-th bin?  Who goes through all of them asks
 * first: those that nobody has used are pages without memory.
 */
static inline bool
arena_bin_is_used(const struct arena *arena, unsigned i)
{

	return (i > SC_NSMALL || (atomic_load_explicit(&arena->bins_used,
	    memory_order_relaxed) >> i & 1) != 0);
}

/* The bin of a class that a cache with that number uses. */
static inline struct bin *
arena_bin(struct arena *arena, unsigned class, unsigned shard)
{
	const struct shards *shards = &_bas_shards[class];

	if (likely(shards->n <= 1) || shard % shards->n == 0)
		return (&arena->bins[class]);
	return (&arena->bins[shards->first + shard % shards->n - 1]);
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
/* Was there one ever? */
bool	_bas_arena_was_destroyed(void);
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
 * Spans, which are objects above 2 MiB, of so many bytes and more are purged
 * as soon as they are free; SIZE_MAX: none is.
 */
size_t	_bas_arena_oversize(struct arena *arena);
void	_bas_arena_set_oversize(struct arena *arena, size_t size);
/*
 * Bytes that it may ask the OS for at once, beyond what is needed: one number
 * for all arenas, but that those with hooks have one each, and never ask.
 */
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
/* One object, past all caches; NULL: no memory. */
void	*_bas_heap_alloc(struct arena *arena, unsigned shard, unsigned class);

void	_bas_arena_count_large(struct arena *arena, size_t npages, bool made);
/* n objects of a class were taken from a cache. */
static inline void
arena_request(struct arena *arena, unsigned class, uint64_t n)
{

	atomic_fetch_add_explicit(&arena->nrequests[class], n,
	    memory_order_relaxed);
}

/*
 * Statistics, of NULL those of all arenas that were destroyed: of the
 * whole, of a bin's class, of a large class (0 to SC_NLARGE - 1).  Never
 * with a lock.
 */
void	_bas_arena_stats(struct arena *arena, struct arena_stats *stats);
void	_bas_arena_bin_stats(struct arena *arena, unsigned class,
	    struct bin_stats *stats);
void	_bas_arena_large_stats(struct arena *arena, unsigned large,
	    struct large_stats *stats);
/* Which classes may have any, a bit each: of bins; and of large ones. */
uint64_t _bas_arena_bins_used(struct arena *arena);
uint64_t _bas_arena_large_used(struct arena *arena, unsigned word);
/* Bytes of live objects, what caches hold included. */
size_t	_bas_arena_allocated(struct arena *arena);
/*
 * The arena's part of the bytes of live objects; only the sum over all
 * arenas means something.  Faster than the above.
 */
size_t	_bas_arena_share(struct arena *arena);
/* All counts of the arena's locks begin anew. */
void	_bas_arena_reset_mutexes(struct arena *arena);

/* The next three are for arena.c and arena_reset.c. */
void	_bas_arena_count_none(struct arena *arena);
/*
 * An arena without objects is destroyed: what it has counted up goes to
 * the sum of those, and it counts from zero, but for its locks.  One caller
 * at a time.
 */
void	_bas_arena_stats_retire(struct arena *arena);
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
/*
 * Purge in the arenas that are due at the time now (ns), if any is and
 * nobody else sees to it, for about PURGE_TIME: the rest comes soon.  At
 * UINT64_MAX in any case, and to the end: there is what may not stay.
 */
void	_bas_arenas_tick(uint64_t now);
/* What time has made due, in arenas first, first + step ...; no waiting. */
void	_bas_arenas_decay(unsigned first, unsigned step);
/*
 * Memory has run out for size bytes: give back all that can be.  False:
 * so much there is not to give.
 */
bool	_bas_arenas_squeeze(size_t size);
static inline ssize_t
arena_decay_ms(const struct arena *arena, bool muzzy)
{

	return (atomic_load_explicit(muzzy ? &arena->pages.muzzy_decay.ms :
	    &arena->pages.dirty_decay.ms, memory_order_relaxed));
}
/* True: ms is out of range. */
bool	_bas_arena_set_decay_ms(struct arena *arena, bool muzzy, ssize_t ms);
/* Bytes, 0 or -1 as dirty.h has it; what that makes too many is purged. */
void	_bas_arena_set_dirty_max(struct arena *arena, ssize_t max);
/* Does the calling thread hold it, in a hook? */
bool	_bas_arena_is_held(struct arena *arena);
/* Some arena?  Then it is a hook of that which it runs. */
bool	_bas_arenas_is_purging(void);
/* For who changes the whole arena. */
void	_bas_arena_hold(struct arena *arena);
void	_bas_arena_let_go(struct arena *arena);
/*
 * A fork has opened their locks again: who was refused meanwhile has left a
 * note, and there was no holder to see it.  No lock held.
 */
void	_bas_arenas_opened(void);
/* The last of an arena's bins; the first is 1. */
unsigned _bas_arena_nbins(void);


/*
 * arena_fork.c: call f for each lock of the rank there is, but for those of
 * maintenance that the caller holds itself, in a hook.
 */
void	_bas_arenas_locks(enum lock_rank rank, void (*f)(struct lock *));
/* In a child of fork. */
void	_bas_arenas_mend(void);

/* For these files: a destroyed one too; and those are lost. */
struct arena *_bas_arena_at(unsigned i);
struct lock *_bas_arenas_lock(void);
void	_bas_arenas_forget_gone(void);

#endif /* !BASALT_ARENA_H */
