/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "meta/base.h"
#include "os/os.h"
#include "page/extent.h"
#include "page/hooks.h"
#include "page/huge.h"
#include "page/hugefill.h"
#include "util/bits.h"

/* As many candidates of a bucket are compared; 1 and 4 differ little. */
#define	PICK_DEPTH	8

_Static_assert(HUGE_PAGES == 512, "buckets and bitmaps are for 512 pages");

void
_bas_huge_list_put(struct huge_list *list, struct huge *huge,
    enum huge_link link)
{

	huge->on[link] = list;
	huge->next[link] = NULL;
	huge->prev[link] = list->last;
	if (list->last != NULL)
		list->last->next[link] = huge;
	else
		list->first = huge;
	list->last = huge;
	list->n++;
}

void
_bas_huge_list_take(struct huge *huge, enum huge_link link)
{
	struct huge_list *list = huge->on[link];

	if (huge->prev[link] != NULL)
		huge->prev[link]->next[link] = huge->next[link];
	else
		list->first = huge->next[link];
	if (huge->next[link] != NULL)
		huge->next[link]->prev[link] = huge->prev[link];
	else
		list->last = huge->prev[link];
	list->n--;
	huge->on[link] = NULL;
}

void
_bas_huge_list_first(struct huge *huge, enum huge_link link)
{
	struct huge_list *list = huge->on[link];

	if (list->first == huge)
		return;
	_bas_huge_list_take(huge, link);
	huge->on[link] = list;
	huge->prev[link] = NULL;
	huge->next[link] = list->first;
	if (list->first != NULL)
		list->first->prev[link] = huge;
	else
		list->last = huge;
	list->first = huge;
	list->n++;
}

/* On this list and no other; NULL: on none. */
static void
list_move(struct huge_list *list, struct huge *huge, enum huge_link link)
{

	if (huge->on[link] == list)
		return;
	if (huge->on[link] != NULL)
		_bas_huge_list_take(huge, link);
	if (list != NULL)
		_bas_huge_list_put(list, huge, link);
}

static size_t
describe_size(enum huge_kind kind)
{

	return (kind == HUGE_RUNS ? sizeof(struct huge) :
	    offsetof(struct huge, nactive));
}

static void
count(_Atomic size_t *sum, size_t n)
{

	atomic_fetch_add_explicit(sum, n, memory_order_relaxed);
}

void
_bas_huge_advise(struct huge *huge, bool hugify)
{
	struct pages *pages = huge->owner;

	huge->hugified = _bas_hugefill_advise(huge->base, huge->n, hugify);
	if (hugify)
		count(huge->hugified ? &pages->nhugifies :
		    &pages->nhugify_failures, huge->n);
}

void
_bas_huge_dehugify(const struct huge *huge)
{

	(void)_bas_os_hugify((void *)huge->base, huge->n * HUGE, false);
	count(&huge->owner->ndehugifies, huge->n);
}

struct huge *
_bas_huge_describe(struct pages *pages, const struct extent *extent,
    enum huge_kind kind)
{
	struct huge *huge;

	huge = _bas_base_alloc(describe_size(kind));
	if (huge == NULL)
		return (NULL);
	/* run[] is left as it is: a page's entry is set when it is used. */
	memset(huge, 0, kind == HUGE_RUNS ? offsetof(struct huge, run) :
	    describe_size(kind));
	huge->base = extent->base;
	huge->owner = pages;
	huge->extents = atomic_load_explicit(&pages->extents,
	    memory_order_acquire);
	huge->pinned = extent->pinned;
	huge->epoch = pages->epoch;
	huge->kind = (uint8_t)kind;
	huge->n = extent->n;
	count(&pages->edata, describe_size(kind));
	if (kind == HUGE_RUNS)
		huge->longest = HUGE_PAGES;
	/* Memory that hooks gave with something in it is used memory. */
	if (!extent->zeroed) {
		huge->ndirty = extent->n * HUGE_PAGES;
		if (kind == HUGE_RUNS) {
			memset(huge->dirty, 0xff, sizeof(huge->dirty));
			memset(huge->touched, 0xff, sizeof(huge->touched));
		}
	}
	return (huge);
}

struct huge *
_bas_huge_part(const struct huge *span, uintptr_t base, size_t n,
    enum huge_kind kind)
{
	struct extent extent = { .base = base, .n = n, .zeroed = true,
	    .pinned = span->pinned };
	struct huge *huge;

	huge = _bas_huge_describe(span->owner, &extent, kind);
	if (huge == NULL)
		return (NULL);
	huge->extents = span->extents;
	huge->hugified = span->hugified;
	return (huge);
}

void
_bas_huge_forget(struct huge *huge)
{
	struct pages *pages = huge->owner;

	if (huge->epoch == pages->epoch)
		atomic_fetch_sub_explicit(&pages->edata,
		    describe_size(huge->kind), memory_order_relaxed);
	_bas_base_free(huge, describe_size(huge->kind));
}

bool
_bas_huge_is_hooked(const struct huge *huge)
{

	return (extents_are_hooked(huge->extents));
}

struct huge *
_bas_huge_make(struct pages *pages, size_t npages)
{
	struct extents *extents;
	struct extent extent;
	struct huge *huge;

	extents = atomic_load_explicit(&pages->extents, memory_order_acquire);
	if (!_bas_extent_grow(extents, 1, HUGE, &extent))
		return (NULL);
	huge = _bas_huge_describe(pages, &extent, HUGE_RUNS);
	if (huge == NULL) {
		_bas_extent_give(extents, &extent);
		return (NULL);
	}
	huge->extents = extents;
	if (!extents_are_hooked(extents))
		_bas_huge_advise(huge,
		    _bas_hugefill_is_due(pages, npages));
	_bas_pagemap_set_huge(extent.base, huge);
	return (huge);
}

static bool
is_zero(const struct huge *huge)
{
	uint64_t touched = 0;
	unsigned i;

	if (huge->kind == HUGE_SPAN)
		return (huge->ndirty == 0);
	for (i = 0; i < HUGE_WORDS; i++)
		touched |= huge->touched[i];
	return (touched == 0);
}

void
_bas_huge_unmake(struct huge *huge)
{
	struct extent extent = { .base = huge->base, .n = huge->n,
	    .zeroed = is_zero(huge), .pinned = huge->pinned };
	size_t i;

	for (i = 0; i < huge->n; i++)
		_bas_pagemap_set_huge(huge->base + i * HUGE, NULL);
	/* Whoever gets the addresses next has not asked for huge pages. */
	if (huge->hugified)
		_bas_huge_dehugify(huge);
	_bas_extent_give(huge->extents, &extent);
	_bas_huge_forget(huge);
}

bool
_bas_huge_purge(const struct huge *huge, uintptr_t address, size_t size,
    bool lazy)
{

	if (huge->pinned)
		return (false);
	if (_bas_huge_is_hooked(huge))
		return (_bas_hooks_purge(huge->extents, huge->base,
		    huge->n * HUGE, address, size, lazy));
	return (_bas_os_purge((void *)address, size, lazy) == 0);
}

/*
 * The first of n free pages in a row, up to 64; a word at a time: with each
 * step those bits are left that so many free ones follow, in this word or
 * from it into the next.
 */
static int
word_find(const uint64_t used[HUGE_WORDS], unsigned n)
{
	unsigned i, len, step;
	uint64_t found, next;

	for (i = 0; i < HUGE_WORDS; i++) {
		found = ~used[i];
		next = i + 1 < HUGE_WORDS ? ~used[i + 1] : 0;
		for (len = 1; len < n && found != 0; len += step) {
			step = len < n - len ? len : n - len;
			found &= found >> step | next << (64 - step);
			next &= next >> step;
		}
		if (found != 0)
			return ((int)(i * 64 + bit_first(found)));
	}
	return (-1);
}

int
_bas_huge_find(const struct huge *huge, size_t npages, size_t align)
{
	unsigned first, end = 0;

	if (npages > huge->longest)
		return (-1);
	if (npages <= 64 && align == 1)
		return (word_find(huge->used, (unsigned)npages));
	for (;;) {
		first = _bas_bits_next(huge->used, end, HUGE_PAGES, false);
		if (first == HUGE_PAGES)
			return (-1);
		end = _bas_bits_next(huge->used, first, HUGE_PAGES, true);
		first = ROUNDUP(first, (unsigned)align);
		if (first < end && end - first >= npages)
			return ((int)first);
	}
}

/* The bucket of runs of up to n pages, n from 1 on, rounded down. */
static unsigned
bucket_of(size_t n)
{
	unsigned lg;

	if (n <= 8)
		return ((unsigned)n - 1);
	lg = bit_last(n);
	return (8 + (lg - 3) * 4 + (unsigned)(n >> (lg - 2) & 3));
}

_Static_assert(8 + (9 - 3) * 4 + 0 == HUGE_BUCKETS - 1, "last bucket");

/* Better to take from: fuller, then with more that need not be faulted. */
static size_t
pick_value(const struct huge *huge)
{

	return ((size_t)huge->nactive * HUGE_PAGES + huge->ndirty);
}

/* The best of a bucket that has such a run. */
static struct huge *
bucket_pick(const struct huge_list *bucket, size_t npages, size_t align,
    int *first)
{
	struct huge *huge, *best = NULL;
	unsigned i;
	int at;

	for (i = 0, huge = bucket->first; i < PICK_DEPTH && huge != NULL;
	    i++, huge = huge->next[LINK_BUCKET]) {
		if (npages > huge->longest || (best != NULL &&
		    pick_value(huge) <= pick_value(best)))
			continue;
		if (align > 1) {
			at = _bas_huge_find(huge, npages, align);
			if (at < 0)
				continue;
			*first = at;
		}
		best = huge;
	}
	/* Anywhere will do: only the best is searched. */
	if (best != NULL && align == 1)
		*first = _bas_huge_find(best, npages, 1);
	return (best);
}

struct huge *
_bas_huge_pick(struct pages *pages, size_t npages, size_t align, int *first)
{
	struct huge *best = NULL;
	uint64_t buckets;

	buckets = pages->nonempty & (~(uint64_t)0 << bucket_of(npages));
	for (; buckets != 0 && best == NULL; buckets &= buckets - 1)
		best = bucket_pick(&pages->bucket[bit_first(buckets)],
		    npages, align, first);
	return (best);
}

/*
 * The longest run of ones in a word, if it is longer than best: with each
 * step but those are left that so many follow.
 */
static unsigned
word_run(uint64_t word, unsigned best)
{
	uint64_t left = word;
	unsigned n = 0, step;

	for (step = 1; n < best && left != 0; step *= 2) {
		if (step > best - n)
			step = best - n;
		left &= left >> step;
		n += step;
	}
	for (; left != 0; left &= left >> 1)
		n++;
	return (n > best ? n : best);
}

static unsigned
longest_run(const struct huge *huge)
{
	unsigned i, run = 0, longest = 0;
	uint64_t word, inner;

	for (i = 0; i < HUGE_WORDS; i++) {
		word = huge->used[i];
		if (word == 0) {
			run += 64;
			continue;
		}
		run += bit_first(word);
		if (run > longest)
			longest = run;
		/* Between the first and the last in use, if there is room. */
		inner = ~word & bit_mask(bit_first(word),
		    bit_last(word) - bit_first(word) + 1);
		if (inner != 0 && bit_last(inner) - bit_first(inner) >= longest)
			longest = word_run(inner, longest);
		run = 63 - bit_last(word);
	}
	return (run > longest ? run : longest);
}

unsigned
_bas_huge_room(const struct huge *huge, unsigned first, unsigned n)
{

	return (_bas_bits_next(huge->used, first + n, HUGE_PAGES, true) -
	    _bas_bits_prev(huge->used, first));
}

void
_bas_huge_measure(struct huge *huge)
{

	huge->longest = (uint16_t)longest_run(huge);
}

void
_bas_huge_place(struct pages *pages, struct huge *huge)
{
	struct huge_list *old = huge->on[LINK_BUCKET], *list = NULL;

	if (huge->longest != 0)
		list = &pages->bucket[bucket_of(huge->longest)];
	if (list != old) {
		list_move(list, huge, LINK_BUCKET);
		if (old != NULL && old->first == NULL)
			pages->nonempty &= ~((uint64_t)1 <<
			    (old - pages->bucket));
		if (list != NULL)
			pages->nonempty |= (uint64_t)1 <<
			    (list - pages->bucket);
	}
	list_move(huge->ndirty == 0 ? NULL :
	    &pages->dirty[huge->nactive == 0], huge, LINK_DIRTY);
	list_move(huge->nmuzzy == 0 ? NULL : &pages->muzzies, huge,
	    LINK_MUZZY);
}

void
_bas_huge_idle(struct pages *pages, struct huge *huge)
{

	/* Smaller ones get memory as they are touched. */
	if (!_bas_hugefill_is_refilled())
		return;
	huge->nidle = (uint16_t)(HUGE_PAGES -
	    _bas_bits_count(huge->touched, 0, HUGE_PAGES));
	counter_add(&pages->nidle, huge->nidle);
}

void
_bas_huge_unidle(struct pages *pages, struct huge *huge)
{

	counter_sub(&pages->nidle, huge->nidle);
	huge->nidle = 0;
}

void
_bas_huge_remove(struct pages *pages, struct huge *huge)
{

	memset(huge->used, 0xff, sizeof(huge->used));
	_bas_huge_measure(huge);
	_bas_huge_place(pages, huge);
	if (huge->on[LINK_DIRTY] != NULL)
		_bas_huge_list_take(huge, LINK_DIRTY);
	if (huge->on[LINK_MUZZY] != NULL)
		_bas_huge_list_take(huge, LINK_MUZZY);
	_bas_huge_list_take(huge, LINK_ALL);
	_bas_huge_unidle(pages, huge);
	counter_sub(&pages->nhuge, 1);
	if (huge->hugified)
		counter_sub(&pages->nhugified, 1);
}

bool
_bas_huge_is_valid(const struct huge *huge)
{
	unsigned i;

	if (huge->base % HUGE != 0 || huge->kind != HUGE_RUNS)
		return (false);
	for (i = 0; i < HUGE_WORDS; i++)
		if ((huge->used[i] & (huge->dirty[i] | huge->muzzy[i])) != 0 ||
		    (huge->dirty[i] & huge->muzzy[i]) != 0 ||
		    (huge->dirty[i] & ~huge->touched[i]) != 0)
			return (false);
	return (_bas_bits_count(huge->dirty, 0, HUGE_PAGES) == huge->ndirty &&
	    _bas_bits_count(huge->muzzy, 0, HUGE_PAGES) == huge->nmuzzy &&
	    _bas_bits_count(huge->used, 0, HUGE_PAGES) >= huge->nactive &&
	    longest_run(huge) == huge->longest);
}
