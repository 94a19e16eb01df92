/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "os/os.h"
#include "os/tally.h"
#include "page/dirty.h"
#include "page/extent.h"
#include "page/hugefill.h"
#include "page/page.h"
#include "page/purge.h"
#include "page/span.h"
#include "util/bits.h"
#include "util/options.h"
#include "util/report.h"

void
_bas_page_init(struct pages *pages, ssize_t dirty_ms, ssize_t muzzy_ms)
{
	uint64_t now = _bas_os_clock();

	memset(pages, 0, sizeof(*pages));
	atomic_store_explicit(&pages->extents, &_bas_extents,
	    memory_order_release);
	_bas_lock_init(&pages->lock, RANK_PAGES);
	atomic_store_explicit(&pages->due, UINT64_MAX, memory_order_relaxed);
	_bas_dirty_set_max(pages, _bas_options.dirty_max);
	pages->peak_time = now;
	_bas_decay_init(&pages->dirty_decay, dirty_ms, now);
	_bas_decay_init(&pages->muzzy_decay, muzzy_ms, now);
}

static void
pages_unlock(struct pages *pages, const struct huge *huge)
{

	if (config_debug && huge != NULL && !_bas_huge_is_valid(huge))
		_bas_report_fatal("page", "superpage is not valid");
	lock_give(&pages->lock);
}

/* How many of a mask's pages are of a state: mostly all or none. */
static unsigned
count_of(uint64_t set, uint64_t mask)
{

	set &= mask;
	return (set == 0 ? 0 : bit_count(set));
}

/* Pages that were never used are about to be. */
static void
idle_take(struct pages *pages, struct huge *huge, unsigned first, unsigned n)
{

	n -= _bas_bits_count(huge->touched, first, n);
	if (n > huge->nidle)
		n = huge->nidle;
	huge->nidle -= (uint16_t)n;
	counter_sub(&pages->nidle, n);
}

/*
 * Take the pages from the free ones, whatever state they were in.  One pass
 * over the words, since this is on the path of each run.
 */
static void
run_take(struct pages *pages, struct huge *huge, unsigned first, unsigned n,
    bool *zeroed)
{
	unsigned at, left, here, room, ndirty = 0, nmuzzy = 0;
	uint64_t mask, touched = 0;

	room = _bas_huge_room(huge, first, n);
	if (huge->nidle != 0)
		idle_take(pages, huge, first, n);
	for (at = first, left = n; left > 0; at += here, left -= here) {
		here = 64 - at % 64 < left ? 64 - at % 64 : left;
		mask = bit_mask(at % 64, here);
		ndirty += (huge->dirty[at / 64] & mask) == mask ? here :
		    count_of(huge->dirty[at / 64], mask);
		nmuzzy += count_of(huge->muzzy[at / 64], mask);
		touched |= huge->touched[at / 64] & mask;
		huge->used[at / 64] |= mask;
		huge->touched[at / 64] |= mask;
		huge->dirty[at / 64] &= ~mask;
		huge->muzzy[at / 64] &= ~mask;
	}
	*zeroed = touched == 0;
	huge->ndirty -= ndirty;
	huge->nmuzzy -= (uint16_t)nmuzzy;
	tally_write(TALLY_SUPERPAGE, huge);
	huge->nactive += (uint16_t)n;
	counter_sub(&pages->ndirty, ndirty);
	counter_sub(&pages->nmuzzy, nmuzzy);
	counter_add(&pages->nactive, n);
	/* The longest run can only have changed if it was this one. */
	if (room == huge->longest)
		_bas_huge_measure(huge);
	_bas_huge_place(pages, huge);
}

/* One more superpage, for so many pages: of a free span, or a new one. */
static bool
pages_grow(struct pages *pages, size_t npages)
{
	struct huge *huge;

	huge = _bas_span_cut(pages);
	if (huge == NULL) {
		lock_give(&pages->lock);
		huge = _bas_huge_make(pages, npages);
		lock_take(&pages->lock);
		if (huge == NULL)
			return (false);
		counter_add(&pages->nhuge, 1);
		if (huge->hugified) {
			counter_add(&pages->nhugified, 1);
			_bas_huge_idle(pages, huge);
		}
		if (huge->ndirty != 0) {
			counter_add(&pages->ndirty, huge->ndirty);
			(void)_bas_purge_note(pages);
		}
	}
	_bas_huge_list_put(&pages->all, huge, LINK_ALL);
	_bas_huge_place(pages, huge);
	return (true);
}

/* The caller has a run in it, so it stays; it may be split meanwhile. */
static void
huge_convert(struct pages *pages, struct huge *huge)
{
	bool done = _bas_hugefill_convert(huge->base);

	atomic_fetch_add_explicit(done ? &pages->nhugifies :
	    &pages->nhugify_failures, 1, memory_order_relaxed);
	if (done)
		return;
	lock_take(&pages->lock);
	if (huge->hugified && huge->epoch == pages->epoch) {
		huge->hugified = false;
		counter_sub(&pages->nhugified, 1);
		_bas_huge_unidle(pages, huge);
	}
	lock_give(&pages->lock);
}

uintptr_t
_bas_page_alloc(struct pages *pages, size_t npages, size_t align, bool *zeroed)
{
	struct huge *huge;
	int first = 0;
	bool full;

	lock_take(&pages->lock);
	while ((huge = _bas_huge_pick(pages, npages, align, &first)) == NULL)
		if (!pages_grow(pages, npages)) {
			pages_unlock(pages, NULL);
			return (0);
		}
	run_take(pages, huge, (unsigned)first, (unsigned)npages, zeroed);
	full = _bas_hugefill_is_full(huge);
	if (full) {
		huge->hugified = true;
		counter_add(&pages->nhugified, 1);
		_bas_huge_idle(pages, huge);
	}
	pages_unlock(pages, huge);
	if (full)
		huge_convert(pages, huge);
	return (huge->base + (size_t)first * PAGE);
}

/*
 * Where the OS's page is larger than ours, what was left of one at an
 * earlier purge, because a neighbour was in use, may go now.
 */
static unsigned
dirty_extend(struct huge *huge, unsigned first, unsigned n)
{
	unsigned os = (unsigned)(_bas_os_info.page / PAGE);
	unsigned i, end, more = 0;

	end = ROUNDUP(first + n, os);
	for (i = ROUNDDOWN(first, os); i < end; i++)
		if (bits_test(huge->touched, i) &&
		    !bits_test(huge->used, i) &&
		    !bits_test(huge->dirty, i) && !bits_test(huge->muzzy, i)) {
			_bas_bits_set(huge->dirty, i, 1);
			more++;
		}
	return (more);
}

static void
run_drop(struct huge *huge, unsigned first, unsigned n)
{
	unsigned here;
	uint64_t mask;

	for (; n > 0; first += here, n -= here) {
		here = 64 - first % 64 < n ? 64 - first % 64 : n;
		mask = bit_mask(first % 64, here);
		huge->used[first / 64] &= ~mask;
		huge->dirty[first / 64] |= mask;
	}
}

bool
_bas_page_free(struct huge *huge, uintptr_t address, size_t npages)
{
	struct pages *pages = huge->owner;
	unsigned first = huge_page(huge, address), n = (unsigned)npages;
	unsigned ndirty = n, room;
	bool due;

	lock_take(&pages->lock);
	if (huge->epoch != pages->epoch) {
		lock_give(&pages->lock);
		return (false);
	}
	dirty_note(pages);
	run_drop(huge, first, n);
	if (_bas_os_info.page > PAGE)
		ndirty += dirty_extend(huge, first, n);
	tally_write(TALLY_SUPERPAGE, huge);
	huge->nactive -= (uint16_t)n;
	huge->ndirty += ndirty;
	counter_sub(&pages->nactive, n);
	counter_add(&pages->ndirty, ndirty);
	room = _bas_huge_room(huge, first, n);
	if (room > huge->longest)
		huge->longest = (uint16_t)room;
	_bas_huge_place(pages, huge);
	due = _bas_purge_note(pages);
	pages_unlock(pages, huge);
	_bas_purge_rouse();
	return (due);
}

bool
_bas_page_expand(struct huge *huge, uintptr_t address, size_t npages,
    size_t more)
{
	struct pages *pages = huge->owner;
	unsigned end = huge_page(huge, address) + (unsigned)npages;
	bool zeroed, done = false;

	if (end + more > HUGE_PAGES)
		return (false);
	lock_take(&pages->lock);
	if (huge->epoch == pages->epoch &&
	    _bas_bits_next(huge->used, end, HUGE_PAGES, true) - end >= more) {
		run_take(pages, huge, end, (unsigned)more, &zeroed);
		done = true;
	}
	pages_unlock(pages, huge->epoch == pages->epoch ? huge : NULL);
	return (done);
}

/* What was never used of it has memory: from now on that is dirty. */
static void
holes_dirty(struct pages *pages, struct huge *huge)
{
	unsigned i, n = 0;
	uint64_t hole;

	for (i = 0; i < HUGE_WORDS; i++) {
		hole = ~(huge->used[i] | huge->touched[i]);
		huge->dirty[i] |= hole;
		huge->touched[i] |= hole;
		n += bit_count(hole);
	}
	huge->ndirty += n;
	counter_add(&pages->ndirty, n);
	_bas_huge_place(pages, huge);
	(void)_bas_purge_note(pages);
}

void
_bas_page_split(struct huge *huge)
{
	struct pages *pages = huge->owner;
	bool split;

	lock_take(&pages->lock);
	split = huge->hugified && huge->epoch == pages->epoch;
	if (split) {
		huge->hugified = false;
		counter_sub(&pages->nhugified, 1);
		_bas_huge_unidle(pages, huge);
		if (_bas_hugefill_is_refilled())
			holes_dirty(pages, huge);
	}
	pages_unlock(pages, split ? huge : NULL);
	_bas_purge_rouse();
	if (split)
		_bas_huge_dehugify(huge);
}

void
_bas_page_mend(struct pages *pages)
{
	struct extents *extents = atomic_load_explicit(&pages->extents,
	    memory_order_relaxed);
	uint32_t epoch = pages->epoch;
	ssize_t dirty_ms, muzzy_ms, dirty_max;

	/* Who was about to purge it may be gone. */
	atomic_store_explicit(&pages->due, 0, memory_order_relaxed);
	if (extents_are_hooked(extents))
		_bas_extent_mend(extents);
	if (!lock_is_held(&pages->lock))
		return;
	dirty_ms = atomic_load_explicit(&pages->dirty_decay.ms,
	    memory_order_relaxed);
	muzzy_ms = atomic_load_explicit(&pages->muzzy_decay.ms,
	    memory_order_relaxed);
	dirty_max = _bas_dirty_max(pages);
	_bas_page_init(pages, dirty_ms, muzzy_ms);
	_bas_dirty_set_max(pages, dirty_max);
	atomic_store_explicit(&pages->extents, extents, memory_order_release);
	pages->epoch = epoch + 1;
}
