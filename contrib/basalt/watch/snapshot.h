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

/* The classes of runs of pages, which have no slab. */
#define	SNAPSHOT_NLEXTENTS	(SC_NCLASS - SC_NSMALL)

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
	size_t	metadata_thp;	/* huge pages among them */
	size_t	resident;	/* at most these are in memory */
	size_t	mapped;		/* of address space that serves */
	size_t	retained;	/* of address space kept for later */
	size_t	zero_reallocs;	/* calls of realloc(p, 0) */
};

/* Classes together: those in slabs, or all larger. */
struct snapshot_group {
	size_t		allocated;
	uint64_t	nmalloc;
	uint64_t	ndalloc;
	uint64_t	nfills;
	uint64_t	nflushes;
};

struct snapshot_bin {
	uint64_t	nmalloc;
	uint64_t	ndalloc;
	size_t		curregs;
	uint64_t	nfills;
	uint64_t	nflushes;
	uint64_t	nslabs;
	uint64_t	nreslabs;
	size_t		curslabs;
	size_t		nonfull_slabs;
};

struct snapshot_lextent {
	size_t	curlextents;
};

struct snapshot_arena {
	unsigned	nthreads;
	ssize_t		dirty_decay_ms;
	ssize_t		muzzy_decay_ms;
	size_t		pactive;
	size_t		pdirty;
	size_t		pmuzzy;
	size_t		mapped;
	size_t		retained;
	size_t		base;
	size_t		internal;
	size_t		metadata_thp;
	size_t		resident;
	uint64_t	dirty_npurge;
	uint64_t	dirty_nmadvise;
	uint64_t	dirty_purged;
	uint64_t	muzzy_npurge;
	uint64_t	muzzy_nmadvise;
	uint64_t	muzzy_purged;
	size_t		npageslabs;
	size_t		npageslabs_huge;
	size_t		npageslabs_nonhuge;
	struct snapshot_group	small;
	struct snapshot_group	large;
	struct snapshot_bin	bins[SC_NSMALL];
	struct snapshot_lextent	lextents[SNAPSHOT_NLEXTENTS];
};

void	_bas_snapshot_totals(struct snapshot_totals *totals);

/* Is there anything to ask of that arena (or SNAPSHOT_ALL)? */
bool	_bas_snapshot_has(size_t arena);

/*
 * Copy size bytes at offset out of the snapshot of an arena that is there,
 * gathering it if need be.
 */
void	_bas_snapshot_read(size_t arena, size_t offset, void *value,
	    size_t size);

/* The whole of it, gathered now.  About 5 KiB: mind the stack. */
void	_bas_snapshot_gather(size_t arena, struct snapshot_arena *snapshot);

/* Start a new epoch; returns its number.  The first is 1. */
uint64_t _bas_snapshot_refresh(void);
uint64_t _bas_snapshot_epoch(void);

/* In the child of a fork: nobody else is reading, whatever the lock says. */
void	_bas_snapshot_mend(void);

#endif /* !BASALT_SNAPSHOT_H */
