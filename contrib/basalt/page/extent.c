/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "meta/base.h"
#include "meta/pagemap.h"
#include "os/os.h"
#include "page/extent.h"
#include "util/bits.h"
#include "util/options.h"

/* A growing heap asks for twice as much each time, up to a limit. */
#define	GROW_FIRST	((size_t)2)
#define	GROW_MAX	((size_t)32)

struct extents _bas_extents = {
	.lock = LOCK_INITIALIZER(RANK_EXTENTS),
	.grow = GROW_FIRST,
};

/*
 * Of the process, all address spaces together, hence not under one lock;
 * sums, so the order is of no matter: relaxed.
 */
static BASALT_TOGETHER _Atomic size_t mapped;
static BASALT_TOGETHER _Atomic size_t retained;
static _Atomic size_t pinned, abandoned;
/* Superpages to ask for at once, at most.  Relaxed: it stands alone. */
static _Atomic size_t grow_max = GROW_MAX;

static void
count(_Atomic size_t *sum, size_t n, bool more)
{

	if (more)
		atomic_fetch_add_explicit(sum, n, memory_order_relaxed);
	else
		atomic_fetch_sub_explicit(sum, n, memory_order_relaxed);
}

void
_bas_extent_map_count(struct extents *extents, size_t n, bool more)
{

	if (more)
		counter_add(&extents->mapped, n * HUGE);
	else
		counter_sub(&extents->mapped, n * HUGE);
	count(&mapped, n * HUGE, more);
}

void
_bas_extent_retain_count(struct extents *extents, const struct range *range,
    bool more)
{
	size_t size = range->n * HUGE;

	if (more)
		counter_add(&extents->retained, size);
	else
		counter_sub(&extents->retained, size);
	count(&retained, size, more);
}

void
_bas_extent_pin_count(struct extents *extents, size_t n, bool more)
{

	if (more)
		counter_add(&extents->pinned, n * HUGE);
	else
		counter_sub(&extents->pinned, n * HUGE);
	count(&pinned, n * HUGE, more);
}

/* Put a range in its place.  Without memory for a node, unmap it. */
static void
range_insert(uintptr_t base, size_t n)
{
	struct range **link, *low = NULL, *high, *range;
	struct range fresh = { .base = base, .n = n, .committed = true,
	    .zeroed = true };

	_bas_extent_retain_count(&_bas_extents, &fresh, true);
	for (link = &_bas_extents.first; *link != NULL &&
	    (*link)->base < base; link = &(*link)->next)
		low = *link;
	high = *link;
	if (low != NULL && _bas_range_fits(low, &fresh)) {
		low->n += n;
		if (high != NULL && _bas_range_fits(low, high)) {
			low->n += high->n;
			low->next = high->next;
			_bas_base_free(high, sizeof(*high));
		}
		return;
	}
	if (high != NULL && _bas_range_fits(&fresh, high)) {
		high->base = base;
		high->n += n;
		return;
	}
	range = _bas_base_alloc(sizeof(*range));
	if (range == NULL) {
		_bas_extent_retain_count(&_bas_extents, &fresh, false);
		if (_bas_os_unmap((void *)base, n * HUGE) == 0)
			_bas_extent_map_count(&_bas_extents, n, false);
		return;
	}
	*range = fresh;
	range->next = high;
	*link = range;
}

/*
 * Take n superpages at base out of the range at *link.  Before it
 * changes anything it makes the node that a cut in the middle needs;
 * false: there is no memory for that.
 */
static bool
range_cut(struct range **link, uintptr_t base, size_t n)
{
	struct range *range = *link, *rest, part = *range;
	size_t head = (base - range->base) / HUGE;
	size_t tail = range->n - head - n;

	if (head != 0 && tail != 0) {
		rest = _bas_base_alloc(sizeof(*rest));
		if (rest == NULL)
			return (false);
		*rest = *range;
		rest->base = base + n * HUGE;
		rest->n = tail;
		range->next = rest;
		range->n = head;
	} else if (head != 0) {
		range->n = head;
	} else if (tail != 0) {
		range->base = base + n * HUGE;
		range->n = tail;
	} else {
		*link = range->next;
		_bas_base_free(range, sizeof(*range));
	}
	part.n = n;
	_bas_extent_retain_count(&_bas_extents, &part, false);
	return (true);
}

/* From the OS: more than n where addresses are kept, n if they are few. */
static uintptr_t
os_grow(size_t n, size_t align)
{
	size_t want = n, max;
	void *p = NULL;

	max = atomic_load_explicit(&grow_max, memory_order_relaxed);
	if (_bas_extents.grow > max)
		_bas_extents.grow = max;
	if (_bas_options.retain && align == HUGE && n < _bas_extents.grow) {
		want = _bas_extents.grow;
		p = _bas_os_map(want * HUGE, HUGE);
	}
	if (p == NULL) {
		want = n;
		p = _bas_os_map(want * HUGE, align);
	}
	if (p == NULL)
		return (0);
	if (!_bas_pagemap_cover((uintptr_t)p, want * HUGE)) {
		(void)_bas_os_unmap(p, want * HUGE);
		return (0);
	}
	if (want == _bas_extents.grow && _bas_extents.grow < max)
		_bas_extents.grow *= 2;
	_bas_extent_map_count(&_bas_extents, want, true);
	if (want > n)
		range_insert((uintptr_t)p + n * HUGE, want - n);
	return ((uintptr_t)p);
}

/* What the OS gave, or got back to keep, reads as zeros. */
static bool
os_extent(uintptr_t base, size_t n, struct extent *extent)
{

	*extent = (struct extent){ .base = base, .n = n, .zeroed = true };
	return (base != 0);
}

bool
_bas_extent_grow(struct extents *extents, size_t n, size_t align,
    struct extent *extent)
{
	struct range **link;
	uintptr_t base;

	if (extents_are_hooked(extents))
		return (_bas_hooked_grow(extents, n, align, extent));
	lock_take(&_bas_extents.lock);
	link = _bas_range_find(&_bas_extents.first, n, align, &base);
	if (link == NULL || !range_cut(link, base, n))
		base = os_grow(n, align);
	lock_give(&_bas_extents.lock);
	return (os_extent(base, n, extent));
}

bool
_bas_extent_grow_at(struct extents *extents, uintptr_t base, size_t n,
    struct extent *extent)
{
	struct range **link;
	bool done = false;

	if (extents_are_hooked(extents))
		return (_bas_hooked_grow_at(extents, base, n, extent));
	lock_take(&_bas_extents.lock);
	link = _bas_range_around(&_bas_extents.first, base, n);
	if (link != NULL)
		done = range_cut(link, base, n);
	else if (_bas_os_map_at((void *)base, n * HUGE) != NULL) {
		done = _bas_pagemap_cover(base, n * HUGE);
		if (done)
			_bas_extent_map_count(&_bas_extents, n, true);
		else
			(void)_bas_os_unmap((void *)base, n * HUGE);
	}
	lock_give(&_bas_extents.lock);
	return (os_extent(done ? base : 0, n, extent));
}

void
_bas_extent_give(struct extents *extents, const struct extent *extent)
{
	size_t n = extent->n;

	if (extents_are_hooked(extents)) {
		_bas_hooked_give(extents, extent);
		return;
	}
	lock_take(&_bas_extents.lock);
	if (!_bas_options.retain &&
	    _bas_os_unmap((void *)extent->base, n * HUGE) == 0)
		_bas_extent_map_count(&_bas_extents, n, false);
	else
		range_insert(extent->base, n);
	lock_give(&_bas_extents.lock);
}

void
_bas_extent_gone(size_t n, bool lost)
{

	if (lost)
		count(&abandoned, n * HUGE, true);
	lock_take(&_bas_extents.lock);
	_bas_extent_map_count(&_bas_extents, n, false);
	lock_give(&_bas_extents.lock);
}

bool
_bas_extent_trim(void)
{
	struct range **link, *range;
	bool done = false;

	lock_take(&_bas_extents.lock);
	_bas_extents.grow = GROW_FIRST;
	link = &_bas_extents.first;
	while ((range = *link) != NULL) {
		if (_bas_os_unmap((void *)range->base,
		    range->n * HUGE) != 0) {
			link = &range->next;
			continue;
		}
		done = true;
		_bas_extent_map_count(&_bas_extents, range->n, false);
		_bas_extent_retain_count(&_bas_extents, range, false);
		*link = range->next;
		_bas_base_free(range, sizeof(*range));
	}
	lock_give(&_bas_extents.lock);
	return (done);
}

void
_bas_extents_init(struct extents *extents, extent_hooks_t *hooks,
    unsigned index)
{

	memset(extents, 0, sizeof(*extents));
	_bas_lock_init(&extents->lock, RANK_EXTENTS);
	extents->index = index;
	atomic_store_explicit(&extents->hooks, hooks, memory_order_release);
}

size_t
_bas_extent_mapped(void)
{

	return (atomic_load_explicit(&mapped, memory_order_relaxed));
}

size_t
_bas_extent_retained(void)
{

	return (atomic_load_explicit(&retained, memory_order_relaxed));
}

size_t
_bas_extent_pinned(void)
{

	return (atomic_load_explicit(&pinned, memory_order_relaxed));
}

size_t
_bas_extent_abandoned(void)
{

	return (atomic_load_explicit(&abandoned, memory_order_relaxed));
}

size_t
_bas_extent_limit(void)
{

	return (atomic_load_explicit(&grow_max, memory_order_relaxed) * HUGE);
}

void
_bas_extent_set_limit(size_t bytes)
{

	atomic_store_explicit(&grow_max, bytes < HUGE ? 1 : bytes / HUGE,
	    memory_order_relaxed);
}

/* What it had retained is forgotten: nobody can say what the list holds. */
size_t
_bas_extent_ranges(struct extents *extents, uintptr_t from,
    struct range *copies, size_t n)
{
	const struct range *range;
	size_t got = 0;

	lock_take(&extents->lock);
	for (range = extents->first; range != NULL && got < n;
	    range = range->next)
		if (range->base >= from)
			copies[got++] = *range;
	lock_give(&extents->lock);
	return (got);
}

void
_bas_extent_mend(struct extents *extents)
{
	size_t lost;

	if (!lock_is_held(&extents->lock))
		return;
	lost = counter_read(&extents->retained);
	extents->first = NULL;
	atomic_store_explicit(&extents->retained, 0, memory_order_relaxed);
	count(&retained, lost, false);
	count(&abandoned, lost, true);
	_bas_lock_init(&extents->lock, RANK_EXTENTS);
}
