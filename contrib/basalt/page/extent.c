/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "meta/base.h"
#include "meta/pagemap.h"
#include "os/os.h"
#include "page/extent.h"
#include "util/atomic.h"
#include "util/bits.h"
#include "util/lock.h"
#include "util/options.h"

/* A growing heap asks for twice as much each time, up to this. */
#define	GROW_FIRST	((size_t)2)
#define	GROW_MAX	((size_t)32)

struct range {
	struct range	*next;
	uintptr_t	base;
	size_t		n;	/* superpages */
};

static struct {
	struct lock	lock;
	struct range	*first;
	size_t		grow;	/* superpages to ask for next */
	counter		mapped;
	counter		retained;
} extents = {
	.lock = LOCK_INITIALIZER(RANK_EXTENTS),
	.grow = GROW_FIRST,
};

/* Put a range in its place.  Without memory for a node, unmap it. */
static void
range_insert(uintptr_t base, size_t n)
{
	struct range **link, *range, *next;

	for (link = &extents.first; *link != NULL &&
	    (*link)->base + (*link)->n * HUGE < base; link = &(*link)->next)
		;
	range = *link;
	counter_add(&extents.retained, n * HUGE);
	if (range != NULL && range->base + range->n * HUGE == base) {
		range->n += n;
		next = range->next;
		if (next != NULL && base + n * HUGE == next->base) {
			range->n += next->n;
			range->next = next->next;
			_bas_base_free(next, sizeof(*next));
		}
		return;
	}
	if (range != NULL && base + n * HUGE == range->base) {
		range->base = base;
		range->n += n;
		return;
	}
	next = range;
	range = _bas_base_alloc(sizeof(*range));
	if (range == NULL) {
		counter_sub(&extents.retained, n * HUGE);
		if (_bas_os_unmap((void *)base, n * HUGE) == 0)
			counter_sub(&extents.mapped, n * HUGE);
		return;
	}
	range->base = base;
	range->n = n;
	range->next = next;
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
	struct range *range = *link, *rest;
	size_t head = (base - range->base) / HUGE;
	size_t tail = range->n - head - n;

	if (head != 0 && tail != 0) {
		rest = _bas_base_alloc(sizeof(*rest));
		if (rest == NULL)
			return (false);
		rest->base = base + n * HUGE;
		rest->n = tail;
		rest->next = range->next;
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
	counter_sub(&extents.retained, n * HUGE);
	return (true);
}

/* The lowest place that fits: it keeps the heap together. */
static uintptr_t
range_take(size_t n, size_t align)
{
	struct range **link;
	uintptr_t base;
	size_t head;

	for (link = &extents.first; *link != NULL; link = &(*link)->next) {
		base = ROUNDUP((*link)->base, (uintptr_t)align);
		head = (base - (*link)->base) / HUGE;
		if (head > (*link)->n || (*link)->n - head < n)
			continue;
		if (range_cut(link, base, n))
			return (base);
	}
	return (0);
}

/* From the OS: more than n where addresses are kept, n if they are few. */
static uintptr_t
os_grow(size_t n, size_t align)
{
	size_t want = n;
	void *p = NULL;

	if (_bas_options.retain && align == HUGE && n < extents.grow) {
		want = extents.grow;
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
	if (want == extents.grow && extents.grow < GROW_MAX)
		extents.grow *= 2;
	counter_add(&extents.mapped, want * HUGE);
	if (want > n)
		range_insert((uintptr_t)p + n * HUGE, want - n);
	return ((uintptr_t)p);
}

uintptr_t
_bas_extent_grow(size_t n, size_t align)
{
	uintptr_t base;

	lock_take(&extents.lock);
	base = range_take(n, align);
	if (base == 0)
		base = os_grow(n, align);
	lock_give(&extents.lock);
	return (base);
}

bool
_bas_extent_grow_at(uintptr_t base, size_t n)
{
	struct range **link;
	bool done = false;

	lock_take(&extents.lock);
	for (link = &extents.first; *link != NULL; link = &(*link)->next)
		if ((*link)->base + (*link)->n * HUGE > base)
			break;
	if (*link != NULL && (*link)->base <= base) {
		if ((*link)->n - (base - (*link)->base) / HUGE >= n)
			done = range_cut(link, base, n);
	} else if (_bas_os_map_at((void *)base, n * HUGE) != NULL) {
		done = _bas_pagemap_cover(base, n * HUGE);
		if (done)
			counter_add(&extents.mapped, n * HUGE);
		else
			(void)_bas_os_unmap((void *)base, n * HUGE);
	}
	lock_give(&extents.lock);
	return (done);
}

void
_bas_extent_give(uintptr_t base, size_t n)
{

	lock_take(&extents.lock);
	if (!_bas_options.retain &&
	    _bas_os_unmap((void *)base, n * HUGE) == 0)
		counter_sub(&extents.mapped, n * HUGE);
	else
		range_insert(base, n);
	lock_give(&extents.lock);
}

void
_bas_extent_gone(size_t n)
{

	lock_take(&extents.lock);
	counter_sub(&extents.mapped, n * HUGE);
	lock_give(&extents.lock);
}

bool
_bas_extent_trim(void)
{
	struct range **link, *range;
	bool done = false;

	lock_take(&extents.lock);
	extents.grow = GROW_FIRST;
	link = &extents.first;
	while ((range = *link) != NULL) {
		if (_bas_os_unmap((void *)range->base,
		    range->n * HUGE) != 0) {
			link = &range->next;
			continue;
		}
		done = true;
		counter_sub(&extents.mapped, range->n * HUGE);
		counter_sub(&extents.retained, range->n * HUGE);
		*link = range->next;
		_bas_base_free(range, sizeof(*range));
	}
	lock_give(&extents.lock);
	return (done);
}

size_t
_bas_extent_mapped(void)
{

	return (counter_read(&extents.mapped));
}

size_t
_bas_extent_retained(void)
{

	return (counter_read(&extents.retained));
}

void
_bas_extent_mend(void)
{

	if (!lock_is_held(&extents.lock))
		return;
	extents.first = NULL;
	atomic_store_explicit(&extents.retained, 0, memory_order_relaxed);
	_bas_lock_init(&extents.lock, RANK_EXTENTS);
}
