/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "os/os.h"
#include "page/dirty.h"
#include "page/hugefill.h"
#include "page/page.h"
#include "page/purge.h"
#include "page/purge_span.h"
#include "util/bits.h"
#include "util/report.h"

_Static_assert(MACH_PAGE_SHIFT_MAX - PAGE_SHIFT <= 6,
    "pages_detach takes an OS page's bits from one word");

/*
 * The fence is between this and a look at the common time: of who lowers
 * this one and who takes that one to go through all, one sees the other.
 */
void
_bas_purge_set_due(struct pages *pages, uint64_t when)
{

	if (when >= atomic_load_explicit(&pages->due, memory_order_relaxed))
		return;
	atomic_store_explicit(&pages->due, when, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
}

bool
_bas_purge_note(struct pages *pages)
{
	struct decay *decay = &pages->dirty_decay;
	ssize_t ms = atomic_load_explicit(&decay->ms, memory_order_relaxed);

	if (ms < 0)
		return (false);
	if (ms == 0) {
		_bas_purge_set_due(pages, 0);
		return (true);
	}
	/* The curve has been flat for as long as there was nothing. */
	if (decay->npages == 0 &&
	    _bas_os_clock() - decay->epoch > decay->interval)
		(void)_bas_decay_limit(decay, _bas_os_clock(), 0);
	if (counter_read(&pages->ndirty) > _bas_dirty_limit(pages)) {
		_bas_purge_set_due(pages, 0);
		_bas_purge_wake(_bas_os_clock());
		return (false);
	}
	_bas_purge_set_due(pages, decay->epoch + decay->interval);
	_bas_purge_wake(decay->epoch + decay->interval);
	return (false);
}

/* The part of [address, address + size) that is whole pages of the OS. */
static size_t
whole_pages(uintptr_t *address, size_t size)
{
	uintptr_t end = ROUNDDOWN(*address + size, _bas_os_info.page);

	*address = ROUNDUP(*address, _bas_os_info.page);
	return (*address < end ? end - *address : 0);
}

bool
_bas_purge_now(uintptr_t address, size_t size, bool zero)
{
	uintptr_t whole = address;
	size_t n;

	n = whole_pages(&whole, size);
	if (n == 0 || !_bas_huge_purge(pagemap_huge((void *)address), whole, n,
	    false))
		return (false);
	if (zero) {
		memset((void *)address, 0, whole - address);
		memset((void *)(whole + n), 0, address + size - whole - n);
	}
	return (true);
}

/*
 * Backed huge, but not in use to three quarters; it would become whole
 * again if it kept the advice.
 */
static bool
huge_is_thin(const struct huge *huge)
{

	return (huge->hugified && huge->nactive < HUGE_PAGES / 4 * 3 &&
	    _bas_hugefill_is_refilled());
}

/* The pages of mask are neither dirty nor muzzy any more. */
static void
mask_settle(struct pages *pages, struct huge *huge,
    const uint64_t mask[HUGE_WORDS])
{
	unsigned i, ndirty = 0, nmuzzy = 0;

	for (i = 0; i < HUGE_WORDS; i++) {
		ndirty += bit_count(huge->dirty[i] & mask[i]);
		nmuzzy += bit_count(huge->muzzy[i] & mask[i]);
		huge->dirty[i] &= ~mask[i];
		huge->muzzy[i] &= ~mask[i];
	}
	huge->ndirty -= ndirty;
	huge->nmuzzy -= (uint16_t)nmuzzy;
	counter_sub(&pages->ndirty, ndirty);
	counter_sub(&pages->nmuzzy, nmuzzy);
}

/*
 * What was never used of a superpage that is backed huge has memory all the
 * same.  It goes with the rest, unless the superpage is dense: then it
 * stays whole as far as it can.  Of smaller huge pages those go that lose
 * some of their pages, since a part of one does not free its memory.
 */
static void
holes_detach(const struct huge *huge, const uint64_t stay[HUGE_WORDS],
    uint64_t mask[HUGE_WORDS])
{
	unsigned unit = _bas_hugefill_pages(), first, end = 0, i;
	uint64_t hole[HUGE_WORDS];

	for (i = 0; i < HUGE_WORDS; i++)
		hole[i] = ~(huge->used[i] | huge->touched[i] | stay[i]);
	for (i = 0; i < HUGE_WORDS && huge_is_thin(huge); i++)
		mask[i] |= hole[i];
	if (!huge->hugified || _bas_hugefill_is_refilled())
		return;
	while ((first = _bas_bits_next(mask, end, HUGE_PAGES, true)) !=
	    HUGE_PAGES) {
		first = ROUNDDOWN(first, unit);
		end = first + unit;
		for (i = first; i < end; i++)
			if (bits_test(hole, i))
				_bas_bits_set(mask, i, 1);
	}
}

/*
 * Take up to npages of the state's pages of a superpage out of it, from
 * the top, since runs are taken from the bottom.  They go by whole pages
 * of the OS.  What shares one of those with pages in use loses its state
 * and stays: it is looked at again when the others become free.  Returns
 * how many lost their state.  Lock held.
 */
static unsigned
pages_detach(const struct purge *purge, struct huge *huge, size_t npages,
    uint64_t mask[HUGE_WORDS])
{
	const uint64_t *state = purge->muzzy ? huge->muzzy : huge->dirty;
	unsigned os = (unsigned)(_bas_os_info.page / PAGE);
	uint64_t here, stay[HUGE_WORDS];
	unsigned i, n = 0;

	memset(mask, 0, HUGE_WORDS * sizeof(mask[0]));
	memset(stay, 0, sizeof(stay));
	for (i = HUGE_PAGES; i > 0 && n < npages;) {
		i -= os;
		here = bit_mask(i % 64, os);
		if ((state[i / 64] & here) == 0)
			continue;
		n += bit_count(state[i / 64] & here);
		if ((huge->used[i / 64] & here) == 0)
			mask[i / 64] |= here;
		else
			stay[i / 64] |= state[i / 64] & here;
	}
	holes_detach(huge, stay, mask);
	mask_settle(purge->pages, huge, mask);
	mask_settle(purge->pages, huge, stay);
	for (i = 0; i < HUGE_WORDS; i++)
		huge->used[i] |= mask[i];
	_bas_huge_measure(huge);
	_bas_huge_place(purge->pages, huge);
	return (n);
}

static bool
is_clean(const struct huge *huge)
{
	uint64_t touched = 0;
	unsigned i;

	for (i = 0; i < HUGE_WORDS; i++)
		touched |= huge->touched[i];
	return (huge->nactive == 0 && huge->longest == HUGE_PAGES &&
	    huge->ndirty == 0 && huge->nmuzzy == 0 && touched == 0);
}

/*
 * An empty one from hooks goes back to them as it is: they are asked one
 * after the other what is to become of the whole.
 */
static bool
is_given_whole(const struct purge *purge, const struct huge *huge)
{

	return (!purge->lazy && !huge->pinned && huge->nactive == 0 &&
	    huge->longest == HUGE_PAGES && _bas_huge_is_hooked(huge));
}

static size_t
huge_give(const struct purge *purge, struct huge *huge)
{
	struct pages *pages = purge->pages;
	uint64_t all[HUGE_WORDS];
	size_t n = huge->ndirty + huge->nmuzzy;

	memset(all, 0xff, sizeof(all));
	mask_settle(pages, huge, all);
	_bas_huge_remove(pages, huge);
	lock_give(&pages->lock);
	_bas_huge_unmake(huge);
	lock_take(&pages->lock);
	counter_add(&purge->stats->nmadvise, 1);
	return (n);
}

/*
 * Put them back as what they are now.  clean: those that read as zeros.
 * True: the superpage is empty and clean, and out of the set.
 */
static bool
pages_attach(const struct purge *purge, struct huge *huge,
    const uint64_t mask[HUGE_WORDS], const uint64_t clean[HUGE_WORDS])
{
	unsigned i, n = 0;

	for (i = 0; i < HUGE_WORDS; i++) {
		huge->used[i] &= ~mask[i];
		huge->touched[i] &= ~clean[i];
		/* Now even those that were never used may hold anything. */
		if (purge->lazy) {
			huge->muzzy[i] |= mask[i];
			huge->touched[i] |= mask[i];
			n += bit_count(mask[i]);
		}
	}
	huge->nmuzzy += (uint16_t)n;
	counter_add(&purge->pages->nmuzzy, n);
	_bas_huge_measure(huge);
	_bas_huge_place(purge->pages, huge);
	if (!is_clean(huge))
		return (false);
	_bas_huge_remove(purge->pages, huge);
	return (true);
}

/*
 * The system calls, a run each, and how many; which pages became clean,
 * in clean.  What the OS refuses stays as it is, until it is used again.
 */
static unsigned
mask_purge(const struct purge *purge, struct huge *huge,
    const uint64_t mask[HUGE_WORDS], uint64_t clean[HUGE_WORDS])
{
	unsigned first, end = 0, calls = 0;
	uintptr_t address;
	size_t size;

	memset(clean, 0, HUGE_WORDS * sizeof(clean[0]));
	while ((first = _bas_bits_next(mask, end, HUGE_PAGES, true)) !=
	    HUGE_PAGES) {
		end = _bas_bits_next(mask, first, HUGE_PAGES, false);
		address = huge->base + first * PAGE;
		size = whole_pages(&address, (end - first) * PAGE);
		if (size == 0)
			continue;
		calls++;
		if (_bas_huge_purge(huge, address, size, purge->lazy) &&
		    !purge->lazy)
			_bas_bits_set(clean, huge_page(huge, address),
			    (unsigned)(size / PAGE));
	}
	return (calls);
}

static size_t
huge_purge(const struct purge *purge, struct huge *huge, size_t npages)
{
	struct pages *pages = purge->pages;
	uint64_t mask[HUGE_WORDS], clean[HUGE_WORDS];
	bool split, empty;
	unsigned n, calls;

	if (is_given_whole(purge, huge))
		return (huge_give(purge, huge));
	/* Its holes go with them. */
	if (huge_is_thin(huge))
		_bas_huge_unidle(pages, huge);
	n = pages_detach(purge, huge, npages, mask);
	/* The kernel shall not fill its holes again. */
	split = huge_is_thin(huge) && huge->nactive != 0;
	if (split) {
		huge->hugified = false;
		counter_sub(&pages->nhugified, 1);
	}
	lock_give(&pages->lock);
	if (split)
		_bas_huge_dehugify(huge);
	calls = mask_purge(purge, huge, mask, clean);
	lock_take(&pages->lock);
	counter_add(&purge->stats->nmadvise, calls);
	empty = pages_attach(purge, huge, mask, clean);
	if (config_debug && !empty && !_bas_huge_is_valid(huge))
		_bas_report_fatal("purge", "superpage is not valid");
	if (empty) {
		lock_give(&pages->lock);
		_bas_huge_unmake(huge);
		lock_take(&pages->lock);
	}
	return (n);
}

static struct huge *
purge_pick(const struct purge *purge)
{
	struct pages *pages = purge->pages;

	if (purge->muzzy)
		return (pages->muzzies.first);
	return (pages->dirty[1].first != NULL ? pages->dirty[1].first :
	    pages->dirty[0].first);
}

/*
 * Emptiest first: free spans, empty superpages, then those in use.  Until
 * npages are gone or there are none; true: until time was up, and at least
 * one of them went.  Lock held, and dropped meanwhile.
 */
static bool
purge_some(const struct purge *purge, size_t npages)
{
	struct huge *huge;
	size_t n;

	if (npages == 0)
		return (false);
	counter_add(&purge->stats->npurge, 1);
	if (!purge->muzzy) {
		n = _bas_purge_some_spans(purge, npages);
		npages -= n < npages ? n : npages;
		if (n != 0 && npages > 0 && purge_is_over(purge))
			return (true);
	}
	while (npages > 0) {
		huge = purge_pick(purge);
		if (huge == NULL)
			break;
		n = huge_purge(purge, huge, npages);
		counter_add(&purge->stats->purged, n);
		npages -= n < npages ? n : npages;
		if (npages > 0 && purge_is_over(purge))
			return (true);
	}
	return (false);
}

/*
 * What the decay calls for.  When it is to be looked at again: never, if
 * nothing is left (UINT64_MAX), or soon, if time was up.
 */
static uint64_t
decay_one(struct pages *pages, bool muzzy, uint64_t now, uint64_t until)
{
	struct decay *decay = muzzy ? &pages->muzzy_decay :
	    &pages->dirty_decay;
	counter *count = muzzy ? &pages->nmuzzy : &pages->ndirty;
	struct purge purge = _bas_purge_of(pages, muzzy, until);
	size_t limit, bound, npages;
	bool more = false;

	/* The next slow path goes on with that at once. */
	if (!muzzy && _bas_purge_debt(&purge))
		return (now);
	npages = counter_read(count);
	limit = _bas_decay_limit(decay, now, npages);
	bound = muzzy ? npages : _bas_dirty_target(pages, npages);
	if (bound > limit)
		bound = limit;
	if (npages > bound) {
		more = purge_some(&purge, npages - bound);
		_bas_decay_settle(decay, counter_read(count));
	}
	if (more)
		return (now + PURGE_REST);
	if (!muzzy)
		_bas_dirty_settle(pages, counter_read(count), now);
	if (counter_read(count) == 0 || limit == SIZE_MAX ||
	    decay->interval == 0)
		return (UINT64_MAX);
	return (decay->epoch + decay->interval);
}

/* Both decays.  Lock held, and dropped meanwhile. */
static void
decay_both(struct pages *pages, uint64_t now, uint64_t until)
{
	uint64_t due, next;

	/* What others free from here on lowers it again. */
	atomic_store_explicit(&pages->due, UINT64_MAX, memory_order_relaxed);
	due = decay_one(pages, false, now, until);
	next = decay_one(pages, true, now, until);
	if (next < due)
		due = next;
	_bas_purge_set_due(pages, due);
	_bas_purge_wake(due);
}

void
_bas_purge_step(struct pages *pages, uint64_t now, uint64_t until)
{

	lock_take(&pages->lock);
	decay_both(pages, now, until);
	lock_give(&pages->lock);
	_bas_purge_rouse();
}

void
_bas_purge_decay(struct pages *pages, uint64_t now)
{

	_bas_purge_step(pages, now, UINT64_MAX);
}

/* Empty superpages that nobody came to use: two threads made one each. */
static void
purge_clean(struct pages *pages)
{
	struct huge *huge, *next;

	for (huge = pages->bucket[HUGE_BUCKETS - 1].first; huge != NULL;
	    huge = next) {
		next = huge->next[LINK_BUCKET];
		if (!is_clean(huge))
			continue;
		_bas_huge_remove(pages, huge);
		lock_give(&pages->lock);
		_bas_huge_unmake(huge);
		lock_take(&pages->lock);
		/* The list may have changed meanwhile. */
		next = pages->bucket[HUGE_BUCKETS - 1].first;
	}
}

void
_bas_purge_all(struct pages *pages)
{
	struct purge dirty = _bas_purge_of(pages, false, UINT64_MAX);
	struct purge muzzy = _bas_purge_of(pages, true, UINT64_MAX);

	dirty.lazy = false;
	lock_take(&pages->lock);
	(void)purge_some(&dirty, SIZE_MAX);
	(void)purge_some(&muzzy, SIZE_MAX);
	pages->debt = 0;
	purge_clean(pages);
	_bas_decay_settle(&pages->dirty_decay, counter_read(&pages->ndirty));
	_bas_decay_settle(&pages->muzzy_decay, counter_read(&pages->nmuzzy));
	lock_give(&pages->lock);
}

void
_bas_purge_set_ms(struct pages *pages, bool muzzy, ssize_t ms)
{
	uint64_t now = _bas_os_clock();

	lock_take(&pages->lock);
	_bas_decay_init(muzzy ? &pages->muzzy_decay : &pages->dirty_decay, ms,
	    now);
	decay_both(pages, now, UINT64_MAX);
	if (ms > 0) {
		now += (uint64_t)ms * 1000000 / DECAY_STEPS;
		_bas_purge_set_due(pages, now);
		_bas_purge_wake(now);
	}
	lock_give(&pages->lock);
	_bas_purge_rouse();
}

void
_bas_purge_set_max(struct pages *pages, ssize_t max)
{

	lock_take(&pages->lock);
	_bas_dirty_set_max(pages, max);
	decay_both(pages, _bas_os_clock(), UINT64_MAX);
	lock_give(&pages->lock);
	_bas_purge_rouse();
}

void
_bas_purge_hooked(struct pages *pages)
{
	struct purge purge = _bas_purge_of(pages, false, UINT64_MAX);
	struct huge *huge, *next;

	lock_take(&pages->lock);
	for (huge = pages->all.first; huge != NULL; huge = next) {
		next = huge->next[LINK_ALL];
		if (!_bas_huge_is_hooked(huge) || (huge->kind == HUGE_SPAN ?
		    huge->on[LINK_BUCKET] == NULL : huge->nactive != 0))
			continue;
		if (huge->kind == HUGE_RUNS)
			(void)huge_give(&purge, huge);
		else {
			_bas_purge_span_count(pages, huge, false);
			lock_give(&pages->lock);
			_bas_huge_unmake(huge);
			lock_take(&pages->lock);
		}
		/* The list may have changed meanwhile. */
		next = pages->all.first;
	}
	lock_give(&pages->lock);
}
