/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The address space of an arena that a user's hooks fill.
 *
 * Hooks are called without a lock, so a range that one of them is asked
 * about is off the list meanwhile.  What a hook refuses leaves the ranges
 * as they were.
 */
#include "meta/base.h"
#include "meta/pagemap.h"
#include "page/extent.h"
#include "page/hooks.h"

static void
range_put(struct extents *extents, struct range *range)
{

	_bas_range_link(&extents->first, range);
	_bas_extent_retain_count(extents, range, true);
}

static void
range_take(struct extents *extents, struct range **link)
{
	struct range *range = *link;

	*link = range->next;
	_bas_extent_retain_count(extents, range, false);
}

/* A neighbour that the range may be merged with, on the sides that remain. */
static struct range **
neighbour_find(struct extents *extents, const struct range *range, bool low,
    bool high)
{
	struct range **link;

	for (link = &extents->first; *link != NULL; link = &(*link)->next)
		if ((low && _bas_range_fits(*link, range)) ||
		    (high && _bas_range_fits(range, *link)))
			return (link);
	return (NULL);
}

/* Put a range in its place, merged with its neighbours as hooks allow. */
static void
range_insert(struct extents *extents, struct range *range)
{
	bool low = true, high = true, below;
	struct range **link, *other, *first;

	lock_take(&extents->lock);
	while ((link = neighbour_find(extents, range, low, high)) != NULL) {
		other = *link;
		range_take(extents, link);
		lock_give(&extents->lock);
		below = other->base < range->base;
		first = below ? other : range;
		if (_bas_hooks_merge(extents, first->base, first->n * HUGE,
		    (below ? range : other)->n * HUGE, range->committed)) {
			range->base = first->base;
			range->n += other->n;
			_bas_base_free(other, sizeof(*other));
			other = NULL;
		} else if (below)
			low = false;
		else
			high = false;
		lock_take(&extents->lock);
		if (other != NULL)
			range_put(extents, other);
	}
	range_put(extents, range);
	lock_give(&extents->lock);
}

/* Cut a range after n superpages; the rest, or NULL: it stays whole. */
static struct range *
range_cut(struct extents *extents, struct range *range, size_t n)
{
	struct range *rest;

	rest = _bas_base_alloc(sizeof(*rest));
	if (rest == NULL)
		return (NULL);
	if (!_bas_hooks_split(extents, range->base, range->n * HUGE, n * HUGE,
	    range->committed)) {
		_bas_base_free(rest, sizeof(*rest));
		return (NULL);
	}
	*rest = *range;
	rest->base += n * HUGE;
	rest->n -= n;
	range->n = n;
	return (rest);
}

/* Back on the list as it is: it was cut a moment ago. */
static void
range_return(struct extents *extents, struct range *range)
{

	lock_take(&extents->lock);
	range_put(extents, range);
	lock_give(&extents->lock);
}

/*
 * Of a range that is off the list the n superpages at base, committed;
 * NULL: that cannot be, and all is on the list again.
 */
static struct range *
range_use(struct extents *extents, struct range *range, uintptr_t base,
    size_t n)
{
	struct range *rest;

	if (range->base != base) {
		rest = range_cut(extents, range, (base - range->base) / HUGE);
		range_return(extents, range);
		if (rest == NULL)
			return (NULL);
		range = rest;
	}
	if (range->n != n) {
		rest = range_cut(extents, range, n);
		range_return(extents, rest != NULL ? rest : range);
		if (rest == NULL)
			return (NULL);
	}
	if (!range->committed) {
		if (!_bas_hooks_commit(extents, base, n * HUGE)) {
			range_return(extents, range);
			return (NULL);
		}
		range->zeroed = true;
	}
	return (range);
}

/* From the range at *link; lock held, and given up. */
static bool
retained_use(struct extents *extents, struct range **link, uintptr_t base,
    size_t n, struct extent *extent)
{
	struct range *range = *link;

	range_take(extents, link);
	lock_give(&extents->lock);
	range = range_use(extents, range, base, n);
	if (range == NULL)
		return (false);
	*extent = (struct extent){ .base = base, .n = n,
	    .zeroed = range->zeroed, .pinned = range->pinned };
	_bas_base_free(range, sizeof(*range));
	return (true);
}

static void
extent_count(struct extents *extents, const struct extent *extent)
{

	lock_take(&extents->lock);
	_bas_extent_map_count(extents, extent->n, true);
	if (extent->pinned)
		_bas_extent_pin_count(extents, extent->n, true);
	lock_give(&extents->lock);
}

bool
_bas_hooked_grow(struct extents *extents, size_t n, size_t align,
    struct extent *extent)
{
	struct range **link;
	uintptr_t base;

	lock_take(&extents->lock);
	link = _bas_range_find(&extents->first, n, align, &base);
	if (link == NULL)
		lock_give(&extents->lock);
	else if (retained_use(extents, link, base, n, extent))
		return (true);
	/* What could not be cut is not looked at again: there may be more. */
	if (!_bas_hooks_alloc(extents, 0, n * HUGE, align, extent))
		return (false);
	extent_count(extents, extent);
	return (true);
}

bool
_bas_hooked_grow_at(struct extents *extents, uintptr_t base, size_t n,
    struct extent *extent)
{
	struct range **link;

	lock_take(&extents->lock);
	link = _bas_range_around(&extents->first, base, n);
	if (link != NULL)
		return (retained_use(extents, link, base, n, extent));
	lock_give(&extents->lock);
	if (!_bas_hooks_alloc(extents, base, n * HUGE, HUGE, extent))
		return (false);
	extent_count(extents, extent);
	return (true);
}

/*
 * The hooks in turn: take it, or its memory, by force or lazily.  Without
 * memory to remember it by, it is lost.
 */
void
_bas_hooked_give(struct extents *extents, const struct extent *extent)
{
	size_t size = extent->n * HUGE;
	uintptr_t base = extent->base;
	struct range *range;

	if (!extent->pinned && _bas_hooks_dalloc(extents, base, size)) {
		lock_take(&extents->lock);
		_bas_extent_map_count(extents, extent->n, false);
		lock_give(&extents->lock);
		return;
	}
	range = _bas_base_alloc(sizeof(*range));
	if (range == NULL)
		return;
	*range = (struct range){ .base = base, .n = extent->n,
	    .committed = true, .zeroed = extent->zeroed,
	    .pinned = extent->pinned };
	if (!extent->pinned) {
		if (_bas_hooks_decommit(extents, base, size))
			range->committed = false;
		else if (!extent->zeroed)
			range->zeroed = _bas_hooks_purge(extents, base, size,
			    base, size, false);
		if (range->committed && !range->zeroed)
			(void)_bas_hooks_purge(extents, base, size, base,
			    size, true);
	}
	range_insert(extents, range);
}

void
_bas_extent_destroy(struct extents *extents)
{
	struct range *range;

	lock_take(&extents->lock);
	while ((range = extents->first) != NULL) {
		range_take(extents, &extents->first);
		_bas_extent_map_count(extents, range->n, false);
		if (range->pinned)
			_bas_extent_pin_count(extents, range->n, false);
		lock_give(&extents->lock);
		_bas_hooks_destroy(extents, range->base, range->n * HUGE,
		    range->committed);
		_bas_base_free(range, sizeof(*range));
		lock_take(&extents->lock);
	}
	lock_give(&extents->lock);
}
