/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * All objects of an arena at once, thrown away.
 *
 * The page map and run[] tell what lies on a page that is in use, so the
 * superpages are gone through and each object is freed in the usual way.
 * Maintenance is held, so that no page is on its way to the OS; that nobody
 * allocates or frees meanwhile is for the caller of the arena to see to.
 */
#include <string.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "page/page.h"
#include "page/purge.h"

/* What lies on a page in use; how many pages that is. */
static size_t
run_discard(struct huge *huge, unsigned page)
{
	uintptr_t address = huge->base + page * PAGE, run;
	struct slab *slab;
	size_t npages;

	/* A page that no object begins at, nor a slab. */
	if (pagemap_class((void *)address) == SC_NONE)
		return (1);
	run = atomic_load_explicit(&huge->run[page], memory_order_relaxed);
	if (RUN_IS_TAG(run)) {
		npages = RUN_PAGES(run);
		(void)_bas_large_free("arena.<i>.reset", (void *)address);
	} else {
		slab = (struct slab *)run;
		npages = _bas_sizeclass[slab->class].pages;
		(void)_bas_slab_unmake(slab);
	}
	return (npages);
}

/* False: there was no object in it. */
static bool
huge_discard(struct huge *huge)
{
	size_t page = 0;

	if (huge->kind == HUGE_SPAN) {
		if (huge->on[LINK_BUCKET] != NULL)
			return (false);
		(void)_bas_large_free("arena.<i>.reset",
		    (void *)_bas_large_of_span(huge));
		return (true);
	}
	if (huge->nactive == 0)
		return (false);
	while ((page = _bas_bits_next(huge->used, (unsigned)page, HUGE_PAGES,
	    true)) != HUGE_PAGES)
		page += run_discard(huge, (unsigned)page);
	return (true);
}

/* A reader of statistics may turn the list meanwhile: see _bas_page_next. */
static void
pages_discard(struct pages *pages)
{
	struct huge *huge;
	size_t left, n;

	left = n = _bas_page_count(pages);
	while (left > 0 && counter_read(&pages->nactive) != 0) {
		huge = _bas_page_next(pages, NULL);
		if (huge == NULL)
			break;
		left = huge_discard(huge) ? n : left - 1;
	}
}

void
_bas_arena_discard(struct arena *arena)
{
	unsigned class, i;
	size_t bytes = 0;

	arena->resetting = true;
	/* A guest in an inbox is counted by another bin. */
	for (i = 1; i <= _bas_arena_nbins(); i++)
		(void)_bas_bin_trim(&arena->bins[i]);
	for (class = 1; class <= SC_NSMALL; class++)
		for (i = 0; i < arena_nshards(class); i++)
			bytes += _bas_bin_discard(arena_bin(arena, class,
			    i)) * sizeclass_size(class);
	atomic_fetch_sub_explicit(&arena->small_allocated, bytes,
	    memory_order_relaxed);
	pages_discard(&arena->pages);
	_bas_arena_count_none(arena);
	arena->resetting = false;
}

void
_bas_arena_end(struct arena *arena)
{

	_bas_arena_discard(arena);
	_bas_purge_all(&arena->pages);
	_bas_purge_hooked(&arena->pages);
	if (atomic_load_explicit(&arena->pages.extents,
	    memory_order_relaxed) == &arena->extents)
		_bas_extent_destroy(&arena->extents);
}
