/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Statistics as they are shown, gathered from the counters of the layers.
 *
 * Gathering never stops a thread: each counter is right by itself, sums over
 * several may be off by what was under way.  The totals of the process are
 * gathered anew at each call.  What is known of an arena is gathered at the
 * first question after a write to `epoch' and then kept, so that questions
 * asked one by one answer from one moment; it is never older than the epoch.
 */
#ifndef BASALT_SNAPSHOT_H
#define	BASALT_SNAPSHOT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/sizeclass.h"
#include "util/lock.h"

/*
 * Large classes: those of runs of pages, then four a doubling up to
 * SC_SIZE_MAX, which exist for the statistics alone.
 */
#define	SNAPSHOT_NLEXTENTS	SC_NLARGE
/* Sizes of free runs of pages, four a doubling from one page on. */
#define	SNAPSHOT_NEXTENTS	199
/* Those of them that a superpage could have, as jemalloc numbers them. */
#define	SNAPSHOT_NPSIZES	64

/* Indices beyond those of the arenas. */
#define	SNAPSHOT_ALL		4096	/* the sum over all of them */
#define	SNAPSHOT_DESTROYED	4097	/* the sum over those no more */

/* The page that counts of pages are in, whatever the kernel's is. */
#define	SNAPSHOT_PAGE		((size_t)4096)

/* The process.  All but metadata_thp and zero_reallocs in bytes. */
struct snapshot_totals {
	size_t	allocated;	/* in live allocations, rounded up to class */
	size_t	active;		/* of pages that serve them */
	size_t	metadata;	/* that the allocator uses for itself */
	size_t	metadata_edata;	/* descriptors of pages among it */
	size_t	metadata_rtree;	/* the page map */
	size_t	metadata_thp;	/* huge pages among them */
	size_t	resident;	/* at most these are in memory */
	size_t	mapped;		/* of address space that serves */
	size_t	retained;	/* of address space kept for later */
	size_t	pinned;		/* that extent hooks forbid to give back */
	size_t	zero_reallocs;	/* calls of realloc(p, 0) */
};

/* The locks of the process. */
enum snapshot_mutex {
	MUTEX_BACKGROUND_THREAD,
	MUTEX_MAX_PER_BG_THD,
	MUTEX_CTL,
	MUTEX_PROF,
	MUTEX_PROF_THDS_DATA,
	MUTEX_PROF_DUMP,
	MUTEX_PROF_RECENT_ALLOC,
	MUTEX_PROF_RECENT_DUMP,
	MUTEX_PROF_STATS,
	MUTEX_COUNT
};

/* Those of an arena. */
enum snapshot_arena_mutex {
	ARENA_MUTEX_LARGE,
	ARENA_MUTEX_EXTENT_AVAIL,
	ARENA_MUTEX_EXTENTS_DIRTY,
	ARENA_MUTEX_EXTENTS_MUZZY,
	ARENA_MUTEX_EXTENTS_RETAINED,
	ARENA_MUTEX_EXTENTS_PINNED,
	ARENA_MUTEX_DECAY_DIRTY,
	ARENA_MUTEX_DECAY_MUZZY,
	ARENA_MUTEX_BASE,
	ARENA_MUTEX_TCACHE_LIST,
	ARENA_MUTEX_HPA_SHARD,
	ARENA_MUTEX_HPA_SHARD_GROW,
	ARENA_MUTEX_HPA_SEC,
	ARENA_MUTEX_COUNT
};

/* Classes together: those in slabs, or all larger. */
struct snapshot_group {
	size_t		allocated;
	uint64_t	nmalloc;
	uint64_t	ndalloc;
	uint64_t	nrequests;
	uint64_t	nfills;
	uint64_t	nflushes;
};

struct snapshot_bin {
	uint64_t	nmalloc;
	uint64_t	ndalloc;
	uint64_t	nrequests;
	size_t		curregs;
	uint64_t	nfills;
	uint64_t	nflushes;
	uint64_t	nslabs;
	uint64_t	nreslabs;
	size_t		curslabs;
	size_t		nonfull_slabs;
	/* Where the memory of its slabs is: see struct bin_stats. */
	size_t		slab_bytes;
	size_t		used_bytes;
	size_t		clean_bytes;
	size_t		held_bytes;
	struct lock_stats mutex;
};

struct snapshot_lextent {
	uint64_t	nmalloc;
	uint64_t	ndalloc;
	uint64_t	nrequests;
	size_t		curlextents;
};

struct snapshot_arena {
	unsigned	nthreads;
	uint64_t	uptime;			/* ns since it was made */
	const char	*dss;
	ssize_t		dirty_decay_ms;
	ssize_t		muzzy_decay_ms;
	size_t		pactive;
	size_t		pdirty;
	size_t		pidle;		/* never used, with memory */
	size_t		pmuzzy;
	size_t		mapped;
	size_t		retained;
	size_t		pinned;
	size_t		extent_avail;
	size_t		base;
	size_t		internal;
	size_t		metadata_edata;		/* descriptors of pages */
	size_t		metadata_rtree;		/* the page map */
	size_t		metadata_thp;
	size_t		tcache_bytes;
	size_t		tcache_stashed_bytes;
	size_t		resident;
	size_t		abandoned_vm;
	uint64_t	dirty_npurge;
	uint64_t	dirty_nmadvise;
	uint64_t	dirty_purged;
	uint64_t	muzzy_npurge;
	uint64_t	muzzy_nmadvise;
	uint64_t	muzzy_purged;
	/* The superpages, under the names of jemalloc's HPA. */
	size_t		npageslabs;
	size_t		npageslabs_huge;
	size_t		npageslabs_nonhuge;
	uint64_t	npurge_passes;
	uint64_t	npurges;
	uint64_t	nhugifies;
	uint64_t	nhugify_failures;
	uint64_t	ndehugifies;
	size_t		held;			/* bytes, of all bins */
	struct snapshot_group	small;
	struct snapshot_group	large;
	struct snapshot_bin	bins[SC_NSMALL];
	struct snapshot_lextent	lextents[SNAPSHOT_NLEXTENTS];
	struct lock_stats	mutexes[ARENA_MUTEX_COUNT];
};

/* Free runs of pages of one size: how many, and bytes in them. */
struct snapshot_extent {
	size_t		ndirty;
	size_t		nmuzzy;
	size_t		nretained;
	size_t		npinned;
	size_t		dirty_bytes;
	size_t		muzzy_bytes;
	size_t		retained_bytes;
	size_t		pinned_bytes;
};

/* Superpages together, those backed huge and the others. */
struct snapshot_slabs {
	size_t		npageslabs_nonhuge;
	size_t		npageslabs_huge;
	size_t		nactive_nonhuge;	/* pages */
	size_t		nactive_huge;
	size_t		ndirty_nonhuge;
	size_t		ndirty_huge;
	size_t		nuntouched_huge;
};

/*
 * What is counted by going through the superpages of an arena, each of
 * which is locked for a moment; so apart from the rest, and only on demand.
 */
struct snapshot_pages {
	struct snapshot_extent	extents[SNAPSHOT_NEXTENTS];
	struct snapshot_slabs	slabs;		/* all */
	struct snapshot_slabs	full_slabs;
	struct snapshot_slabs	empty_slabs;
	struct snapshot_slabs	nonfull_slabs[SNAPSHOT_NPSIZES];
};

void	_bas_snapshot_totals(struct snapshot_totals *totals);
/* One of them alone, by its offset in the struct; that is faster. */
size_t	_bas_snapshot_total(size_t offset);

/* Is there anything to ask of that arena (or SNAPSHOT_ALL)? */
bool	_bas_snapshot_has(size_t arena);

/*
 * Copy a field of size bytes, at most eight, at offset out of the snapshot
 * of an arena that is there, gathering it if need be.
 */
void	_bas_snapshot_read(size_t arena, size_t offset, void *value,
	    size_t size);

/* The same of what takes a walk through the superpages. */
void	_bas_snapshot_read_pages(size_t arena, size_t offset, void *value,
	    size_t size);

/*
 * The whole of it, gathered now.  These structs are too large for the stack
 * of a small thread.
 */
void	_bas_snapshot_gather(size_t arena, struct snapshot_arena *snapshot);
void	_bas_snapshot_gather_pages(size_t arena,
	    struct snapshot_pages *snapshot);

/* A lock of the process. */
void	_bas_snapshot_mutex(enum snapshot_mutex mutex,
	    struct lock_stats *stats);
/* Begin all counts of locks anew. */
void	_bas_snapshot_mutex_reset(void);

/* Start a new epoch; returns its number.  The first is 1. */
uint64_t _bas_snapshot_refresh(void);
uint64_t _bas_snapshot_epoch(void);

/* In the child of a fork: nobody else is reading, whatever the lock says. */
void	_bas_snapshot_mend(void);
/* For fork. */
struct lock *_bas_snapshot_lock(void);

#endif /* !BASALT_SNAPSHOT_H */
