/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The slabs of one class in one arena.
 *
 * Batches of objects go out and come in under one lock.  They go out of
 * the fullest slab, so that the others empty: slabs that have free
 * objects are on four lists by how full they are, and on a fifth if they
 * have been thinned (bin_thin.c) and not changed since.
 */
#ifndef BASALT_BIN_H
#define	BASALT_BIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/remote.h"
#include "heap/slab.h"
#include "malloc_machdep.h"
#include "util/atomic.h"
#include "util/lock.h"

#define	BIN_QUARTERS	4
#define	BIN_THINNED	BIN_QUARTERS
#define	BIN_LEVELS	(BIN_QUARTERS + 1)

/* What is left empty keeps the lines apart. */
struct bin {	/* NOLINT(clang-analyzer-optin.performance.Padding) */
	_Alignas(MACH_CACHE_LINE) struct lock lock;
	/* Raised when a fork sets the slabs aside: see bin_mend. */
	uint32_t	epoch;
	uint8_t		pass;		/* of thinning: see bin_thin.c */
	/* Written under the lock, read by anyone. */
	counter		nmalloc;	/* objects out */
	counter		ndalloc;	/* objects in */
	counter		nfills;
	counter		nflushes;
	struct slab	*level[BIN_LEVELS];	/* 0: the fullest */
	struct slab	*cursor;	/* where lodge.c goes on, or NULL */
	counter		nslabs;		/* made ever */
	counter		nreslabs;	/* taken from after being full */
	counter		curslabs;
	counter		nonfull;
	counter		nclean;		/* pages of slabs without memory */
	counter		lodged;		/* slots that guests have here */
	/*
	 * A line of its own (MACH_CACHE_LINE is a pair): others write it
	 * while the lock is held.
	 */
	_Alignas(MACH_CACHE_LINE / 2) struct remote remote;
	/*
	 * Objects of this class that were guests in others' slabs, out and
	 * in: sums that anybody adds to, relaxed.
	 */
	_Atomic size_t	guests_out;
	_Atomic size_t	guests_in;
};

struct pages;

/* What zeros are too. */
void	_bas_bin_init(struct bin *bin);
/*
 * Up to n objects, stored downwards from end with the lowest address
 * last; how many, 0: no memory.
 */
unsigned _bas_bin_refill(struct bin *bin, struct pages *pages,
	    unsigned class, void **end, unsigned n);
/*
 * Give back those of the n objects that are of the same bin as the
 * first; the others are moved to the front and their number returned.
 * A locked bin is waited for only if it is own.  *due is set where a
 * purge is due.  Aborts, naming free(), where one is none of ours.
 */
unsigned _bas_bin_flush(const struct bin *own, unsigned class, void **objects,
	    unsigned n, bool *due);
/* Drain the inbox and give empty slabs back. */
bool	_bas_bin_trim(struct bin *bin);
/* The next pass of thinning begins. */
void	_bas_bin_pass(struct bin *bin);
/*
 * Give back the pages of half-empty slabs that hold no object and that
 * nothing was done with for two passes; if force, of all.  True: there is
 * more to do.
 */
struct thin {
	unsigned	looks;	/* at about so many slabs: counted down */
	unsigned	purges;	/* of so many: counted down */
	uint64_t	until;	/* by the exact clock; UINT64_MAX: any */
};
bool	_bas_bin_thin(struct bin *bin, bool force, struct thin *thin);
/* Objects were taken from a slab.  Lock held. */
void	_bas_bin_taken(struct bin *bin, struct slab *slab);
/* For bin_thin.c.  Lock held. */
void	_bas_bin_move(struct bin *bin, struct slab *slab, unsigned level);
/* After objects of a slab came back: its list; or *empty, if it is. */
void	_bas_bin_settle(struct bin *bin, struct slab *slab,
	    struct slab **empty);
/* What _bas_bin_settle collected, without the lock; true: purge is due. */
bool	_bas_bin_release(struct slab *empty);
/*
 * Of the slab that p, an object of the class that is in use, lies in: how
 * many bytes it holds that serve nobody, and how many objects of the class
 * are in use there, what caches have included.  False: p is a guest, or a
 * fork set the slab aside.
 */
bool	_bas_bin_held(const void *p, unsigned class, size_t *bytes,
	    unsigned *n);
/* Objects of the class that are out, wherever they lie: nearly exact. */
size_t	_bas_bin_live(const struct bin *bin);
/*
 * Forget all slabs and what is in the inbox: all objects count as given
 * back.  The slabs are the caller's.  Returns how many objects were live.
 */
size_t	_bas_bin_discard(struct bin *bin);
/* n pages of a slab have no memory any more, or have some.  Lock held. */
void	_bas_bin_count_clean(struct bin *bin, unsigned n, bool more);
/* Such pages, of all bins together. */
size_t	_bas_bins_clean(void);
/* In a child of fork: if another thread was changing it, set it aside. */
void	_bas_bin_mend(struct bin *bin);

#endif /* !BASALT_BIN_H */
