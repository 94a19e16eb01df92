/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Runs of pages within superpages.
 */
#ifndef BASALT_PAGE_H
#define	BASALT_PAGE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "page/huge.h"

struct extents;

void	_bas_page_init(struct pages *pages, ssize_t dirty_ms,
	    ssize_t muzzy_ms);
/*
 * npages (1 to HUGE_PAGES) on a multiple of align pages (a power of two,
 * up to HUGE_PAGES); 0: no memory.  *zeroed tells whether all read as
 * zeros.  The caller sets run[] and the page map's classes.
 */
uintptr_t _bas_page_alloc(struct pages *pages, size_t npages, size_t align,
	    bool *zeroed);
/*
 * Back to where they came from.  The page map's classes must be clear.
 * True: unused pages are over their limit, a purge is due.
 */
bool	_bas_page_free(struct huge *huge, uintptr_t address, size_t npages);
/* Make a run longer where it lies; false: what follows is in use. */
bool	_bas_page_expand(struct huge *huge, uintptr_t address, size_t npages,
	    size_t more);
/*
 * Pages of runs are given back from within: the superpage is not to be
 * backed by a huge page any more.
 */
void	_bas_page_split(struct huge *huge);

/* What a superpage or span is like at one moment. */
struct page_view {
	uintptr_t	base;
	enum huge_kind	kind;
	bool		hugified;
	bool		is_free;	/* of a span: no object is in it */
	/* Not of a span in use: who holds its object may change them. */
	size_t		n;		/* superpages */
	size_t		ndirty;		/* pages */
	/* Of superpages with runs. */
	unsigned	nactive;
	unsigned	nmuzzy;
	unsigned	nuntouched;	/* were never in use, or are clean */
	unsigned	longest;
	uint64_t	used[HUGE_WORDS];
	uint64_t	dirty[HUGE_WORDS];
	uint64_t	muzzy[HUGE_WORDS];
};

/*
 * How many superpages and spans there are; and the next of them, with its
 * view if that is not NULL.  So many calls of next show each once, or
 * nearly so where they come and go meanwhile: then what is returned may be
 * gone already, but the view is sound.  The lock is held for a moment at a
 * time.
 */
size_t	_bas_page_count(struct pages *pages);
struct huge *_bas_page_next(struct pages *pages, struct page_view *view);

/* From now on superpages come from there; those it has stay what they are. */
void	_bas_page_set_extents(struct pages *pages, struct extents *extents);

/*
 * In a child of fork: if another thread was changing this, set it aside.
 * Its superpages stay with the objects in them; what is freed there is
 * not used again, and fresh superpages take their place.
 */
void	_bas_page_mend(struct pages *pages);

#endif /* !BASALT_PAGE_H */
