/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What is counted by going through the superpages of an arena: each is
 * copied under the lock, and its bits counted after that.
 */
#include <string.h>

#include "heap/arena.h"
#include "meta/base.h"
#include "page/extent.h"
#include "page/page.h"
#include "util/bits.h"
#include "watch/snapshot.h"

/* So many ranges are copied at once. */
#define	NRANGES	32

/* Four sizes a doubling, from one page on; what is between counts below. */
static unsigned
size_index(size_t npages)
{
	unsigned lg, i;

	if (npages <= 4)
		return ((unsigned)npages - 1);
	lg = bit_last(npages);
	i = 4 * lg - 5 + (unsigned)(npages >> (lg - 2) & 3);
	return (i < SNAPSHOT_NEXTENTS ? i : SNAPSHOT_NEXTENTS - 1);
}

static void
run_add(size_t *n, size_t *bytes, size_t npages)
{

	*n += 1;
	*bytes += npages * SNAPSHOT_PAGE;
}

static void
runs_add(struct snapshot_pages *to, const uint64_t set[HUGE_WORDS],
    bool muzzy)
{
	struct snapshot_extent *extent;
	unsigned first, end = 0;

	while ((first = _bas_bits_next(set, end, HUGE_PAGES, true)) !=
	    HUGE_PAGES) {
		end = _bas_bits_next(set, first, HUGE_PAGES, false);
		extent = &to->extents[size_index(end - first)];
		if (muzzy)
			run_add(&extent->nmuzzy, &extent->muzzy_bytes,
			    end - first);
		else
			run_add(&extent->ndirty, &extent->dirty_bytes,
			    end - first);
	}
}

static void
slabs_add(struct snapshot_slabs *to, const struct page_view *view)
{

	if (view->hugified) {
		to->npageslabs_huge += view->n;
		to->nactive_huge += view->nactive;
		to->ndirty_huge += view->ndirty;
		to->nuntouched_huge += view->nuntouched;
	} else {
		to->npageslabs_nonhuge += view->n;
		to->nactive_nonhuge += view->nactive;
		to->ndirty_nonhuge += view->ndirty;
	}
}

/* Full ones have no free run, though some of their pages may be on the way. */
static struct snapshot_slabs *
slabs_of(struct snapshot_pages *to, const struct page_view *view)
{

	if (view->nactive == 0)
		return (&to->empty_slabs);
	if (view->longest == 0)
		return (&to->full_slabs);
	return (&to->nonfull_slabs[size_index(view->longest)]);
}

static void
view_add(struct snapshot_pages *to, const struct page_view *view)
{
	struct snapshot_extent *extent;

	slabs_add(&to->slabs, view);
	slabs_add(slabs_of(to, view), view);
	if (view->kind == HUGE_RUNS) {
		runs_add(to, view->dirty, false);
		runs_add(to, view->muzzy, true);
	} else if (view->ndirty != 0) {
		extent = &to->extents[size_index(view->ndirty)];
		run_add(&extent->ndirty, &extent->dirty_bytes, view->ndirty);
	}
}

static size_t
less(size_t all, size_t some)
{

	return (all > some ? all - some : 0);
}

/*
 * Spans in use are the holders' of their objects, so they are what is left
 * of the arena's sums: full, but for the end of each.
 */
static void
spans_add(struct snapshot_pages *to, struct pages *pages,
    const struct snapshot_slabs *seen)
{
	size_t hugified = counter_read(&pages->nhugified), active, n;
	struct page_view view = { .hugified = false };

	active = less(counter_read(&pages->nactive), seen->nactive_huge +
	    seen->nactive_nonhuge);
	n = less(counter_read(&pages->nhuge), hugified);
	view.n = less(n, seen->npageslabs_nonhuge);
	view.nactive = active < view.n * HUGE_PAGES ? (unsigned)active :
	    (unsigned)(view.n * HUGE_PAGES);
	active -= view.nactive;
	slabs_add(&to->slabs, &view);
	slabs_add(&to->full_slabs, &view);
	view.hugified = true;
	view.n = less(hugified, seen->npageslabs_huge);
	view.nactive = (unsigned)active;
	slabs_add(&to->slabs, &view);
	slabs_add(&to->full_slabs, &view);
}

static void
ranges_add(struct snapshot_pages *to, struct extents *extents)
{
	struct range ranges[NRANGES];
	struct snapshot_extent *extent;
	uintptr_t from = 0;
	size_t i, n;

	do {
		n = _bas_extent_ranges(extents, from, ranges, NRANGES);
		for (i = 0; i < n; i++) {
			from = ranges[i].base + 1;
			extent = &to->extents[size_index(ranges[i].n *
			    HUGE_PAGES)];
			if (ranges[i].pinned)
				run_add(&extent->npinned,
				    &extent->pinned_bytes,
				    ranges[i].n * HUGE_PAGES);
			else
				run_add(&extent->nretained,
				    &extent->retained_bytes,
				    ranges[i].n * HUGE_PAGES);
		}
	} while (n == NRANGES);
}

static void
arena_add(struct snapshot_pages *to, struct arena *arena)
{
	struct extents *extents = atomic_load_explicit(
	    &arena->pages.extents, memory_order_acquire);
	struct snapshot_slabs seen = { 0 };
	struct page_view view;
	uintptr_t first = 0;
	size_t n;

	/* A handler came while this thread changed them: they are left out. */
	if (lock_is_mine(&arena->pages.lock) || lock_is_mine(&extents->lock))
		return;
	/* Round to the first again; if that has gone, there are no more. */
	for (n = counter_read(&arena->pages.nhuge); n > 0; n--) {
		if (_bas_page_next(&arena->pages, &view) == NULL ||
		    view.base == first)
			break;
		if (first == 0)
			first = view.base;
		if (view.kind == HUGE_SPAN && !view.is_free)
			continue;
		view_add(to, &view);
		slabs_add(&seen, &view);
	}
	spans_add(to, &arena->pages, &seen);
	if (extents_are_hooked(extents))
		ranges_add(to, extents);
}

void
_bas_snapshot_gather_pages(size_t index, struct snapshot_pages *snapshot)
{
	struct arena *arena;
	unsigned i, n;

	memset(snapshot, 0, sizeof(*snapshot));
	/* The same, of locks that come after those of arenas. */
	if (lock_is_mine(&_bas_extents.lock) || _bas_base_is_mine())
		return;
	n = _bas_arena_count();
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL && (i == index || index == SNAPSHOT_ALL))
			arena_add(snapshot, arena);
	}
	/* What arenas share shows in the first, and in all together. */
	if (index == 0 || index == SNAPSHOT_ALL)
		ranges_add(snapshot, &_bas_extents);
}
