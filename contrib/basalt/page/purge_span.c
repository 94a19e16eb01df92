/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Free spans, back to the OS, and who owes that. */
#include "os/os.h"
#include "page/hugefill.h"
#include "page/purge.h"
#include "page/purge_span.h"
#include "util/bits.h"

/*
 * Pages of one call, where time is bounded.  Linux frees a MiB of small
 * pages in 45 us here, and a huge page in 3.
 */
#define	SPAN_PIECE	HUGE_PAGES

void
_bas_purge_span_count(struct pages *pages, struct huge *span, bool in)
{

	if (in) {
		_bas_huge_list_put(&pages->spans, span, LINK_BUCKET);
		_bas_huge_list_put(&pages->all, span, LINK_ALL);
		counter_add(&pages->ndirty, span->ndirty);
		counter_add(&pages->nhuge, span->n);
		if (span->hugified)
			counter_add(&pages->nhugified, span->n);
	} else {
		_bas_huge_list_take(span, LINK_BUCKET);
		_bas_huge_list_take(span, LINK_ALL);
		counter_sub(&pages->ndirty, span->ndirty);
		counter_sub(&pages->nhuge, span->n);
		if (span->hugified)
			counter_sub(&pages->nhugified, span->n);
	}
}

/*
 * Its pages from the end on, down to left of them; false: the OS keeps
 * them.  It is on no list meanwhile.
 */
static bool
span_shed(const struct purge *purge, struct huge *span, size_t left,
    size_t unit, unsigned *calls)
{
	size_t from, n;

	while (span->ndirty > left) {
		from = left;
		if (purge->until != UINT64_MAX &&
		    span->ndirty - left > SPAN_PIECE)
			from = ROUNDDOWN(span->ndirty - SPAN_PIECE, unit);
		if (from < left)
			from = left;
		n = span->ndirty - from;
		++*calls;
		if (!_bas_huge_purge(span, span->base + from * PAGE,
		    ROUNDUP(n * PAGE, _bas_os_info.page), false))
			return (false);
		span->ndirty = from;
		if (purge_is_over(purge))
			break;
	}
	return (true);
}

/*
 * The last npages of a free span that may not be zero, by superpages or by
 * the larger huge pages that it is backed by.  When none is left its
 * addresses go too.  A span that the OS does not let go of is the last of
 * the list then; one that time did not do for is the first.  Returns how
 * many went.
 */
static size_t
span_purge(const struct purge *purge, struct huge *span, size_t npages)
{
	struct pages *pages = purge->pages;
	bool hooked = _bas_huge_is_hooked(span), done = true;
	size_t left = 0, unit = HUGE, n = span->ndirty;
	unsigned calls = 0;

	if (span->hugified)
		unit = _bas_hugefill_span(span->base, span->n);
	if (npages < span->ndirty && !hooked)
		left = ROUNDDOWN(span->ndirty - npages, unit / PAGE);
	_bas_purge_span_count(pages, span, false);
	lock_give(&pages->lock);
	/* Hooks are asked for the whole, when it is given. */
	if (!hooked) {
		done = span_shed(purge, span, left, unit / PAGE, &calls);
		n -= span->ndirty;
		left = span->ndirty;
	} else
		calls = n != 0;
	if (done && left == 0)
		_bas_huge_unmake(span);
	lock_take(&pages->lock);
	counter_add(&purge->stats->nmadvise, calls);
	counter_add(&purge->stats->purged, n);
	if (!done || left != 0) {
		_bas_purge_span_count(pages, span, true);
		if (done && purge->until != UINT64_MAX)
			_bas_huge_list_first(span, LINK_BUCKET);
	}
	return (n);
}

size_t
_bas_purge_some_spans(const struct purge *purge, size_t npages)
{
	struct pages *pages = purge->pages;
	size_t gone = 0, tries = pages->spans.n;

	while (tries-- > 0 && gone < npages && pages->spans.first != NULL) {
		gone += span_purge(purge, pages->spans.first, npages - gone);
		if (gone != 0 && purge_is_over(purge))
			break;
	}
	return (gone);
}

struct purge
_bas_purge_of(struct pages *pages, bool muzzy, uint64_t until)
{
	struct purge purge = { .pages = pages, .muzzy = muzzy,
	    .until = until };

	purge.lazy = !muzzy && atomic_load_explicit(&pages->muzzy_decay.ms,
	    memory_order_relaxed) != 0;
	purge.stats = muzzy ? &pages->muzzy_stats : &pages->dirty_stats;
	return (purge);
}

void
_bas_purge_span(struct pages *pages, struct huge *span)
{
	struct purge purge = _bas_purge_of(pages, false, UINT64_MAX);

	counter_add(&purge.stats->npurge, 1);
	(void)span_purge(&purge, span, SIZE_MAX);
}

bool
_bas_purge_debt(const struct purge *purge)
{
	struct pages *pages = purge->pages;
	size_t n;

	if (pages->debt == 0)
		return (false);
	n = _bas_purge_some_spans(purge, pages->debt);
	if (n < pages->debt && purge_is_over(purge)) {
		pages->debt -= n;
		return (true);
	}
	pages->debt = 0;
	return (false);
}

static size_t
spans_dirty(const struct pages *pages)
{
	const struct huge *span;
	size_t n = 0;

	for (span = pages->spans.first; span != NULL && n < pages->debt;
	    span = span->next[LINK_BUCKET])
		n += span->ndirty;
	return (n);
}

void
_bas_purge_spans(struct pages *pages, size_t npages)
{
	struct purge purge;

	if (pages->spans.first == NULL)
		return;
	purge = _bas_purge_of(pages, false,
	    _bas_os_clock_exact() + PURGE_TIME);
	pages->debt += npages;
	if (!_bas_purge_debt(&purge))
		return;
	/* Of those that are there now: who frees one later does not owe. */
	npages = spans_dirty(pages);
	if (pages->debt > npages)
		pages->debt = npages;
	_bas_purge_set_due(pages, 0);
	_bas_purge_wake(0);
}
