/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>

#include "os/os.h"
#include "page/collect.h"
#include "page/dirty.h"
#include "page/extent.h"
#include "page/gather.h"
#include "page/hooks.h"
#include "page/hugefill.h"
#include "page/purge.h"
#include "page/span.h"
#include "util/bits.h"
#include "util/options.h"

static void
span_map(struct huge *span, struct huge *value)
{
	size_t i;

	for (i = 0; i < span->n; i++)
		_bas_pagemap_set_huge(span->base + i * HUGE, value);
}

/* Free ones go to the end: the first is the one that waits longest. */
static void
free_put(struct pages *pages, struct huge *span)
{

	_bas_huge_list_put(&pages->spans, span, LINK_BUCKET);
	counter_add(&pages->ndirty, span->ndirty);
}

/* One that is not there any more. */
static void
span_drop(struct huge *span)
{

	_bas_huge_list_take(span, LINK_ALL);
	_bas_huge_forget(span);
}

void
_bas_span_take(struct pages *pages, struct huge *span)
{

	_bas_huge_list_take(span, LINK_BUCKET);
	counter_sub(&pages->ndirty, span->ndirty);
	/* What is used again need not be purged. */
	pages->debt -= span->ndirty < pages->debt ? span->ndirty :
	    pages->debt;
}

void
_bas_span_split(struct pages *pages, struct huge *span, size_t n)
{
	struct huge *rest;

	rest = _bas_huge_part(span, span->base + n * HUGE, span->n - n,
	    HUGE_SPAN);
	if (rest == NULL)
		return;
	_bas_huge_list_put(&pages->all, rest, LINK_ALL);
	if (span->ndirty > n * HUGE_PAGES) {
		rest->ndirty = span->ndirty - n * HUGE_PAGES;
		span->ndirty = n * HUGE_PAGES;
	}
	span->n = n;
	free_put(pages, rest);
}

/* The smallest that fits; hooks would have to be asked to cut one. */
static struct huge *
free_pick(struct pages *pages, size_t n, size_t align)
{
	struct huge *span, *best = NULL;

	for (span = pages->spans.first; span != NULL;
	    span = span->next[LINK_BUCKET])
		if (span->n >= n && span->base % align == 0 &&
		    (span->n == n || !_bas_huge_is_hooked(span)) &&
		    (best == NULL || span->n < best->n))
			best = span;
	return (best);
}

/*
 * Address space for a span, on a multiple of what the OS may back it by, if
 * that can be had.
 */
static bool
span_grow(struct extents *extents, size_t n, size_t align,
    struct extent *extent)
{
	size_t unit = HUGE;

	if (!extents_are_hooked(extents))
		unit = _bas_hugefill_span(0, n);
	return ((unit > align && _bas_extent_grow(extents, n, unit, extent)) ||
	    _bas_extent_grow(extents, n, align, extent));
}

static struct huge *
span_make(struct pages *pages, size_t n, size_t align)
{
	struct extents *extents;
	struct extent extent;
	struct huge *span;

	extents = atomic_load_explicit(&pages->extents, memory_order_acquire);
	if (!span_grow(extents, n, align, &extent))
		return (NULL);
	span = _bas_huge_describe(pages, &extent, HUGE_SPAN);
	if (span == NULL) {
		_bas_extent_give(extents, &extent);
		return (NULL);
	}
	span->extents = extents;
	if (!extents_are_hooked(extents))
		_bas_huge_advise(span, _bas_options.thp == THP_ALWAYS);
	return (span);
}

/*
 * None that is free fits: new addresses, with memory of those if it is wanted.
 * What is not is paid for.  Lock held, and dropped meanwhile.
 */
static struct huge *
span_new(struct pages *pages, size_t npages, size_t align, bool wanted)
{
	struct collect collect = { .npieces = 0 };
	struct huge *span;

	if (!wanted || _bas_collect_take(pages, npages, &collect) == 0)
		_bas_purge_spans(pages, npages);
	lock_give(&pages->lock);
	span = span_make(pages, HOWMANY(npages, HUGE_PAGES), align);
	if (span == NULL)
		_bas_collect_put(pages, &collect);
	else if (!_bas_collect_move(pages, &collect, span))
		span = NULL;
	lock_take(&pages->lock);
	if (span == NULL)
		return (NULL);
	if (collect.npieces != 0 && span->ndirty < npages)
		_bas_purge_spans(pages, npages - span->ndirty);
	counter_add(&pages->nhuge, span->n);
	if (span->hugified)
		counter_add(&pages->nhugified, span->n);
	_bas_huge_list_put(&pages->all, span, LINK_ALL);
	return (span);
}

struct huge *
_bas_span_alloc(struct pages *pages, size_t npages, size_t align, bool *zeroed)
{
	size_t n = HOWMANY(npages, HUGE_PAGES);
	struct huge *span;

	lock_take(&pages->lock);
	span = free_pick(pages, n, align);
	if (span == NULL && align == HUGE && _bas_gather(pages, n))
		span = free_pick(pages, n, align);
	if (span != NULL) {
		_bas_span_take(pages, span);
		if (span->n > n)
			_bas_span_split(pages, span, n);
	} else
		span = span_new(pages, npages, align,
		    align == HUGE && !*zeroed);
	if (span != NULL) {
		*zeroed = span->ndirty == 0;
		span->npages = npages;
		counter_add(&pages->nactive, npages);
	}
	lock_give(&pages->lock);
	if (span != NULL)
		span_map(span, span);
	return (span);
}

static bool
span_free(struct huge *span, bool now)
{
	struct pages *pages = span->owner;
	bool due = false;

	span_map(span, NULL);
	lock_take(&pages->lock);
	if (span->epoch == pages->epoch) {
		dirty_note(pages);
		counter_sub(&pages->nactive, span->npages);
		if (span->ndirty < span->npages)
			span->ndirty = span->npages;
		free_put(pages, span);
		if (now)
			_bas_purge_span(pages, span);
		else
			due = _bas_purge_note(pages);
	}
	lock_give(&pages->lock);
	_bas_purge_rouse();
	return (due);
}

bool
_bas_span_free(struct huge *span)
{

	return (span_free(span, false));
}

bool
_bas_span_discard(struct huge *span)
{

	return (span_free(span, true));
}

/*
 * What lies after the new end: superpages become a free span, and the
 * pages of the last one are purged, since they are nobody else's.
 */
static void
span_shrink(struct huge *span, size_t npages)
{
	struct pages *pages = span->owner;
	size_t n = HOWMANY(npages, HUGE_PAGES), end = span->npages;
	size_t os = _bas_os_info.page / PAGE;
	bool own = span->epoch == pages->epoch, due = false;
	struct huge *rest = NULL;

	if (end < span->ndirty)
		end = span->ndirty;
	if (own && n < span->n && !_bas_huge_is_hooked(span))
		rest = _bas_huge_part(span, span->base + n * HUGE,
		    span->n - n, HUGE_SPAN);
	if (rest != NULL) {
		span_map(rest, NULL);
		if (end > n * HUGE_PAGES) {
			rest->ndirty = end - n * HUGE_PAGES;
			end = n * HUGE_PAGES;
		}
		span->n = n;
	}
	end = ROUNDUP(end, os);
	if (end > npages && _bas_purge_now(span->base + npages * PAGE,
	    (end - npages) * PAGE, false))
		end = ROUNDUP(npages, os);
	span->ndirty = end;
	lock_take(&pages->lock);
	dirty_note(pages);
	if (own)
		counter_sub(&pages->nactive, span->npages - npages);
	if (rest != NULL) {
		_bas_huge_list_put(&pages->all, rest, LINK_ALL);
		free_put(pages, rest);
		due = _bas_purge_note(pages);
	}
	lock_give(&pages->lock);
	_bas_purge_rouse();
	span->npages = npages;
	if (due)
		_bas_purge_decay(pages, _bas_os_clock());
}

/* n superpages of the free span that begins where this one ends. */
static bool
span_absorb(struct huge *span, size_t n)
{
	struct pages *pages = span->owner;
	uintptr_t end = span->base + span->n * HUGE;
	struct huge *next;

	lock_take(&pages->lock);
	for (next = pages->spans.first; next != NULL;
	    next = next->next[LINK_BUCKET])
		if (next->base == end && next->n >= n &&
		    next->extents == span->extents &&
		    !_bas_huge_is_hooked(next))
			break;
	if (next != NULL && span->epoch == pages->epoch) {
		_bas_span_take(pages, next);
		if (next->n > n)
			_bas_span_split(pages, next, n);
		if (next->ndirty != 0)
			span->ndirty = span->n * HUGE_PAGES + next->ndirty;
		/* Uncut for want of memory, it is more than was asked for. */
		if (span->hugified != next->hugified)
			counter_add(&pages->nhugified,
			    next->hugified ? span->n : next->n);
		span->hugified |= next->hugified;
		span->n += next->n;
		span_drop(next);
	} else
		next = NULL;
	lock_give(&pages->lock);
	return (next != NULL);
}

/* n superpages that nobody has. */
static bool
span_extend(struct huge *span, size_t n)
{
	struct pages *pages = span->owner;
	uintptr_t end = span->base + span->n * HUGE;
	struct extent extent;

	if (!_bas_extent_grow_at(span->extents, end, n, &extent))
		return (false);
	if (_bas_huge_is_hooked(span) && (extent.pinned != span->pinned ||
	    !_bas_hooks_merge(span->extents, span->base, span->n * HUGE,
	    n * HUGE, true))) {
		_bas_extent_give(span->extents, &extent);
		return (false);
	}
	if (!extent.zeroed)
		span->ndirty = (span->n + n) * HUGE_PAGES;
	if (!_bas_huge_is_hooked(span))
		(void)_bas_hugefill_advise(end, n, span->hugified);
	lock_take(&pages->lock);
	if (span->epoch == pages->epoch) {
		counter_add(&pages->nhuge, n);
		if (span->hugified)
			counter_add(&pages->nhugified, n);
	}
	lock_give(&pages->lock);
	span->n += n;
	return (true);
}

bool
_bas_span_resize(struct huge *span, size_t npages)
{
	struct pages *pages = span->owner;
	size_t n = HOWMANY(npages, HUGE_PAGES);

	if (npages < span->npages) {
		span_shrink(span, npages);
		return (true);
	}
	if (n > span->n) {
		if (!span_absorb(span, n - span->n) &&
		    !span_extend(span, n - span->n))
			return (false);
		span_map(span, span);
	}
	lock_take(&pages->lock);
	if (span->epoch == pages->epoch)
		counter_add(&pages->nactive, npages - span->npages);
	lock_give(&pages->lock);
	span->npages = npages;
	return (true);
}

/*
 * A move that failed may have taken the target's memory away (kernels
 * before 6.17 unmap it first).  If it can be mapped again it was so; if
 * not, it is as it was, or another thread was faster: then the addresses
 * are left alone for ever.
 */
static void
target_abandon(struct huge *new, size_t n)
{
	struct extent rest = { .zeroed = true };

	if (_bas_os_map_at((void *)new->base, n * HUGE) != NULL) {
		_bas_huge_unmake(new);
		return;
	}
	_bas_extent_gone(n, true);
	rest.base = new->base + n * HUGE;
	rest.n = new->n - n;
	if (rest.n > 0)
		_bas_extent_give(new->extents, &rest);
	_bas_huge_forget(new);
}

/* The counters of the owner follow from the old span to the new one. */
static void
move_count(struct pages *pages, struct huge *span, struct huge *new)
{

	lock_take(&pages->lock);
	_bas_huge_list_put(&pages->all, new, LINK_ALL);
	if (span->epoch == pages->epoch) {
		_bas_huge_list_take(span, LINK_ALL);
		counter_sub(&pages->nactive, span->npages);
		counter_sub(&pages->nhuge, span->n);
		if (span->hugified)
			counter_sub(&pages->nhugified, span->n);
	}
	counter_add(&pages->nactive, new->npages);
	counter_add(&pages->nhuge, new->n);
	if (new->hugified)
		counter_add(&pages->nhugified, new->n);
	lock_give(&pages->lock);
}

/*
 * The new addresses come from the extents and not from a free span: the
 * pages of the old one replace whatever lies there.  The old addresses
 * are anybody's as soon as the pages have moved, so the page map is
 * cleared before that.
 */
struct huge *
_bas_span_move(struct huge *span, size_t npages)
{
	struct pages *pages = span->owner;
	unsigned class = (unsigned)pagemap_class((void *)span->base);
	struct huge *new;
	int error;

	if (_bas_huge_is_hooked(span) || extents_are_hooked(
	    atomic_load_explicit(&pages->extents, memory_order_acquire)))
		return (NULL);
	lock_take(&pages->lock);
	_bas_purge_spans(pages, npages - span->npages);
	lock_give(&pages->lock);
	new = span_make(pages, HOWMANY(npages, HUGE_PAGES), HUGE);
	if (new == NULL)
		return (NULL);
	_bas_pagemap_set_class(span->base, 1, 0);
	span_map(span, NULL);
	error = _bas_os_remap((void *)span->base, span->n * HUGE,
	    (void *)new->base, new->n * HUGE);
	if (error != 0) {
		span_map(span, span);
		_bas_pagemap_set_class(span->base, 1, class);
		if (error == ENOSYS)
			_bas_huge_unmake(new);
		else
			target_abandon(new, span->n);
		return (NULL);
	}
	_bas_extent_gone(span->n, false);
	new->npages = npages;
	new->ndirty = span->ndirty;
	new->hugified |= span->hugified;
	span_map(new, new);
	_bas_pagemap_set_class(new->base, 1, class);
	move_count(pages, span, new);
	_bas_huge_forget(span);
	return (new);
}

struct huge *
_bas_span_cut(struct pages *pages)
{
	struct huge *span = pages->spans.last, *huge;
	unsigned ndirty;

	if (span == NULL || _bas_huge_is_hooked(span))
		return (NULL);
	huge = _bas_huge_part(span, span->base, 1, HUGE_RUNS);
	if (huge == NULL)
		return (NULL);
	_bas_span_take(pages, span);
	ndirty = span->ndirty < HUGE_PAGES ? (unsigned)span->ndirty :
	    HUGE_PAGES;
	if (ndirty != 0) {
		_bas_bits_set(huge->dirty, 0, ndirty);
		_bas_bits_set(huge->touched, 0, ndirty);
	}
	huge->ndirty = ndirty;
	span->base += HUGE;
	span->n--;
	span->ndirty -= ndirty;
	counter_add(&pages->ndirty, ndirty);
	if (span->n > 0)
		free_put(pages, span);
	else
		span_drop(span);
	_bas_pagemap_set_huge(huge->base, huge);
	return (huge);
}
