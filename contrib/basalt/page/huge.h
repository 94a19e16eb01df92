/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The superpage: its descriptor, and the set that an arena has of them.
 *
 * A superpage holds runs of pages.  The set finds the one to take a run
 * from: the fullest that fits, so that others empty, which is decided by
 * the longest free run (the less is left in one piece, the fuller).
 *
 * A span is one object over several superpages; it has the descriptor up
 * to the pages' own fields, and no others share its superpages.
 */
#ifndef BASALT_HUGE_H
#define	BASALT_HUGE_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/pagemap.h"
#include "page/decay.h"
#include "util/atomic.h"
#include "util/lock.h"

#define	HUGE_WORDS	(HUGE_PAGES / 64)
/* Longest free runs of 1 to 8 pages, then four steps a doubling. */
#define	HUGE_BUCKETS	33

/* The lists that a descriptor can be on at once. */
enum huge_link {
	LINK_BUCKET,		/* by longest free run; or the free spans */
	LINK_DIRTY,		/* has dirty pages, oldest first */
	LINK_MUZZY,
	LINK_ALL,		/* of its owner, whatever else it is on */
	LINK_COUNT
};

enum huge_kind {
	HUGE_RUNS,
	HUGE_SPAN
};

struct huge_list {
	struct huge	*first;
	struct huge	*last;
	size_t		n;		/* on it */
};

/*
 * Fields are under the lock of the owner.  Exceptions: base, owner, extents,
 * pinned, kind and epoch never change while an object lies there; n and
 * npages of a span belong to the holder of its object; run[] is written
 * before the page's address is handed out and read by whoever holds the
 * object.
 */
struct huge {
	uintptr_t	base;
	struct pages	*owner;
	struct extents	*extents;	/* where it came from */
	uint32_t	epoch;		/* of the owner when it was made */
	uint8_t		kind;
	bool		hugified;
	bool		pinned;		/* keeps its memory for ever */
	bool		guarded;	/* a span: see guard.h */
	struct huge_list *on[LINK_COUNT]; /* NULL: not on such a list */
	struct huge	*next[LINK_COUNT];
	struct huge	*prev[LINK_COUNT];
	size_t		n;		/* superpages */
	size_t		npages;		/* of a span's object */
	/*
	 * Free pages with contents.  Of a span: its first pages that may
	 * not be zero, those of its object not counted while it lives.
	 */
	size_t		ndirty;
	/* From here on, of superpages with runs only. */
	uint16_t	nactive;	/* pages in runs */
	uint16_t	nmuzzy;
	uint16_t	longest;	/* free run, pages */
	/*
	 * Never used, but with memory, as one huge page is behind all; what
	 * was purged of a dense one and used again counts off too.
	 */
	uint16_t	nidle;
	uint64_t	used[HUGE_WORDS]; /* active, or being purged */
	uint64_t	dirty[HUGE_WORDS];
	uint64_t	muzzy[HUGE_WORDS];
	uint64_t	touched[HUGE_WORDS]; /* may not be zero */
	/*
	 * What a page belongs to: a slab's address, or at the first page
	 * of a run without a slab RUN_TAG(pages), with RUN_GUARDED if it
	 * lies between guards, and RUN_ALONE(class) if an object of a slab's
	 * class is there alone.  Relaxed: written before the class and the
	 * address are known, which the program hands on in an order.
	 */
	_Atomic uintptr_t run[HUGE_PAGES];
};

#define	RUN_TAG(npages)		((uintptr_t)(npages) << 1 | 1)
#define	RUN_IS_TAG(run)		(((run) & 1) != 0)
#define	RUN_GUARDED		((uintptr_t)1 << 32)
#define	RUN_ALONE_SHIFT		33
#define	RUN_ALONE(class)	((uintptr_t)(class) << RUN_ALONE_SHIFT)
#define	RUN_CLASS(run)		((unsigned)((run) >> RUN_ALONE_SHIFT))
#define	RUN_PAGES(run)		((size_t)((run) & (RUN_GUARDED - 1)) >> 1)

struct purge_stats {
	counter		npurge;		/* rounds */
	counter		nmadvise;	/* system calls */
	counter		purged;		/* pages */
};

/* The pages of an arena. */
struct pages {
	struct lock	lock;
	/* Raised when a fork sets the structure aside: see page_mend. */
	uint32_t	epoch;
	uint64_t	nonempty;	/* buckets */
	struct huge_list bucket[HUGE_BUCKETS];
	struct huge_list spans;		/* free ones, oldest first */
	struct huge_list dirty[2];	/* superpages in use, and empty ones */
	struct huge_list muzzies;
	struct huge_list all;		/* every superpage and span */
	/*
	 * Where new ones come from.  Release when it is set, acquire when it
	 * is read.
	 */
	_Atomic(struct extents *) extents;
	counter		nactive;	/* pages */
	counter		ndirty;
	counter		nmuzzy;
	counter		nhuge;		/* superpages */
	counter		nhugified;
	counter		nidle;		/* pages */
	/* See dirty.h; the first is relaxed: it stands alone. */
	_Atomic ssize_t	dirty_max;	/* bytes, -1, or 0 */
	size_t		dirty_left;	/* pages that a purge could not take */
	size_t		peak[2];	/* pages in use, newest first */
	uint64_t	peak_time;	/* ns when the newest began */
	struct decay	dirty_decay;
	struct decay	muzzy_decay;
	/*
	 * When it is to be purged (ns); UINT64_MAX: there is nothing.
	 * Written with the lock, read without: relaxed, see purge.c.
	 */
	_Atomic uint64_t due;
	size_t		debt;		/* of free spans, to be purged */
	struct purge_stats dirty_stats;
	struct purge_stats muzzy_stats;
	/* Counted without the lock; sums, so relaxed will do. */
	_Atomic size_t	edata;		/* bytes of descriptors */
	_Atomic size_t	nhugifies;	/* superpages */
	_Atomic size_t	nhugify_failures;
	_Atomic size_t	ndehugifies;
};

static inline unsigned
huge_page(const struct huge *huge, uintptr_t address)
{

	return ((unsigned)((address - huge->base) >> PAGE_SHIFT));
}

void	_bas_huge_list_put(struct huge_list *list, struct huge *huge,
	    enum huge_link link);
void	_bas_huge_list_take(struct huge *huge, enum huge_link link);
/* To the front of the list that it is on. */
void	_bas_huge_list_first(struct huge *huge, enum huge_link link);

/*
 * Tell the OS what a new one is to be backed by, or that it is not to be
 * backed by huge pages any more.
 */
void	_bas_huge_advise(struct huge *huge, bool hugify);
void	_bas_huge_dehugify(const struct huge *huge);
/*
 * A new superpage, in no set yet, since so many pages are asked for; NULL: no
 * memory.  No lock held.
 */
struct huge *_bas_huge_make(struct pages *pages, size_t npages);
/* A descriptor for superpages; NULL: no memory. */
struct extent;
struct huge *_bas_huge_describe(struct pages *pages,
	    const struct extent *extent, enum huge_kind kind);
/* The same for n superpages of a span, from base on. */
struct huge *_bas_huge_part(const struct huge *span, uintptr_t base, size_t n,
	    enum huge_kind kind);
/*
 * Give an empty one back to the extents; it is clean if it came from the
 * OS.  No lock held.
 */
void	_bas_huge_unmake(struct huge *huge);
/* Memory of it back to the OS or to hooks; false: they keep it. */
bool	_bas_huge_purge(const struct huge *huge, uintptr_t address,
	    size_t size, bool lazy);
/* Did it come from a user's hooks? */
bool	_bas_huge_is_hooked(const struct huge *huge);
void	_bas_huge_forget(struct huge *huge);
/* First page of a free run of npages on a multiple of align, or -1. */
int	_bas_huge_find(const struct huge *huge, size_t npages, size_t align);
/* The fullest superpage with such a run, and its first page. */
struct huge *_bas_huge_pick(struct pages *pages, size_t npages, size_t align,
	    int *first);
/* Length of the free run that [first, first + n) is part of. */
unsigned _bas_huge_room(const struct huge *huge, unsigned first, unsigned n);
/* It is backed huge; it is not any more, or lost memory. */
void	_bas_huge_idle(struct pages *pages, struct huge *huge);
void	_bas_huge_unidle(struct pages *pages, struct huge *huge);
/* Find the longest free run anew. */
void	_bas_huge_measure(struct huge *huge);
/* Put it on the lists that its pages and its longest run call for. */
void	_bas_huge_place(struct pages *pages, struct huge *huge);
/*
 * An empty superpage, out of the set as if it were full; pages that are
 * dirty or muzzy stay in the counts.
 */
void	_bas_huge_remove(struct pages *pages, struct huge *huge);
bool	_bas_huge_is_valid(const struct huge *huge);

#endif /* !BASALT_HUGE_H */
