/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "model.h"

/* What is left to the pages must be zero where the arena says so. */
static void
runs_are_zero(unsigned n)
{
	while (n-- > 0)
		ATF_REQUIRE(model_alloc(HUGE_PAGES - 1, 1));
}

ATF_TC_WITHOUT_HEAD(alloc);
ATF_TC_BODY(alloc, tc)
{
	model_init(1, 10000, 0);
	ATF_REQUIRE(model_span_alloc(513, HUGE));
	ATF_CHECK_EQ(2, model.run[0].huge->n);
	ATF_REQUIRE(model_span_alloc(5000, HUGE));
	ATF_REQUIRE(model_span_alloc(1, 8 * HUGE));
	ATF_CHECK_EQ(NULL, pagemap_huge((char *)model.run[2].base + HUGE));
	(void)model_free(0);
	ATF_CHECK_EQ(513, counter_read(&pages.ndirty));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* A free span serves again: the smallest that fits, and what is over stays. */
ATF_TC_WITHOUT_HEAD(reuse);
ATF_TC_BODY(reuse, tc)
{
	uintptr_t large, small;

	model_init(2, 10000, 0);
	ATF_REQUIRE(model_span_alloc(8 * HUGE_PAGES, HUGE));
	ATF_REQUIRE(model_span_alloc(3 * HUGE_PAGES, HUGE));
	large = model.run[0].base;
	small = model.run[1].base;
	model_free_all();
	ATF_REQUIRE(model_span_alloc(2 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(small, model.run[0].base);
	ATF_REQUIRE(model_span_alloc(4 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(large, model.run[1].base);
	ATF_CHECK_EQ(5 * HUGE_PAGES, counter_read(&pages.ndirty));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* A span may be shorter than the one whose addresses it has: the rest of
   that is not clean for it. */
ATF_TC_WITHOUT_HEAD(reuse_shorter);
ATF_TC_BODY(reuse_shorter, tc)
{
	model_init(3, 10000, 0);
	ATF_REQUIRE(model_span_alloc(1000, HUGE));
	(void)model_free(0);
	ATF_REQUIRE(model_span_alloc(600, HUGE));
	(void)model_free(0);
	_bas_purge_all(&pages);
	model_is_empty();
	runs_are_zero(8);
}

/* As above, but the superpages go to runs and to spans unpurged. */
ATF_TC_WITHOUT_HEAD(reuse_shorter_cut);
ATF_TC_BODY(reuse_shorter_cut, tc)
{
	model_init(4, 10000, 0);
	ATF_REQUIRE(model_span_alloc(1000, HUGE));
	(void)model_free(0);
	ATF_REQUIRE(model_span_alloc(600, HUGE));
	(void)model_free(0);
	ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_REQUIRE(model_alloc(400, 1));
}

ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	uintptr_t base;
	size_t mapped;

	model_init(5, 10000, 0);
	ATF_REQUIRE(model_span_alloc(1200, HUGE));
	base = model.run[0].base;
	(void)model_free(0);
	mapped = _bas_extent_mapped();
	runs_are_zero(1);
	ATF_CHECK_EQ(base, model.run[0].base);
	ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	ATF_CHECK_EQ(mapped, _bas_extent_mapped());
	ATF_CHECK_EQ(3, counter_read(&pages.nhuge));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* What small runs left serves a span, where it adjoins. */
ATF_TC_WITHOUT_HEAD(gather);
ATF_TC_BODY(gather, tc)
{
	uintptr_t base[8];
	size_t i;

	model_init(6, 10000, 0);
	/* Two free spans of one superpage, at the ends, and runs between. */
	ATF_REQUIRE(model_span_alloc(HUGE_PAGES, HUGE));
	for (i = 1; i < 7; i++)
		ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	ATF_REQUIRE(model_span_alloc(100, HUGE));
	for (i = 0; i < 8; i++)
		base[i] = model.run[i].base;
	for (i = 1; i < 8; i++)
		ATF_REQUIRE_EQ(base[0] + i * HUGE, base[i]);
	/* The fourth stays in use: three before, four after it. */
	for (i = 8; i-- > 0;)
		if (i != 3)
			(void)model_free(i);
	ATF_REQUIRE(model_span_alloc(4 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(base[4], model.run[1].base);
	ATF_REQUIRE(model_span_alloc(3 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(base[0], model.run[2].base);
	ATF_CHECK_EQ(8, counter_read(&pages.nhuge));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	/* There is no more. */
	ATF_REQUIRE(model_span_alloc(2 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(10, counter_read(&pages.nhuge));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

ATF_TC_WITHOUT_HEAD(shrink);
ATF_TC_BODY(shrink, tc)
{
	model_init(6, 10000, 0);
	ATF_REQUIRE(model_span_alloc(4000, HUGE));
	model_span_resize(0, 1100, false);
	ATF_CHECK_EQ(3, model.run[0].huge->n);
	ATF_CHECK_EQ(4000 - 3 * HUGE_PAGES, counter_read(&pages.ndirty));
	model_span_resize(0, 1000, false);
	(void)model_free(0);
	_bas_purge_all(&pages);
	model_is_empty();
	runs_are_zero(10);
}

/* The end of a span need not be one of a page of the OS. */
ATF_TC_WITHOUT_HEAD(shrink_page64);
ATF_TC_BODY(shrink_page64, tc)
{
	model_init(7, 10000, 0);
	_bas_os_fake_page(65536);
	ATF_REQUIRE(model_span_alloc(1000, HUGE));
	model_span_resize(0, 600, false);
	(void)model_free(0);
	_bas_purge_all(&pages);
	model_is_empty();
	runs_are_zero(8);
}

/* The OS keeps the memory (it may be locked): it is not zero then. */
ATF_TC_WITHOUT_HEAD(shrink_purge_fails);
ATF_TC_BODY(shrink_purge_fails, tc)
{
	model_init(8, 10000, 0);
	ATF_REQUIRE(model_span_alloc(1000, HUGE));
	_bas_os_fake_fail(OS_FAKE_PURGE, 0, 1);
	model_span_resize(0, 600, false);
	(void)model_free(0);
	_bas_purge_all(&pages);
	runs_are_zero(8);
}

ATF_TC_WITHOUT_HEAD(grow_in_place);
ATF_TC_BODY(grow_in_place, tc)
{
	uintptr_t base;

	model_init(9, 10000, 0);
	ATF_REQUIRE(model_span_alloc(600, HUGE));
	base = model.run[0].base;
	model_span_resize(0, 1024, false);
	ATF_CHECK_EQ(2, model.run[0].huge->n);
	model_span_resize(0, 3000, false);
	ATF_CHECK_EQ(3000, model.run[0].npages);
	ATF_CHECK_EQ(base, model.run[0].base);
	ATF_CHECK_EQ(model.run[0].huge, pagemap_huge((char *)base +
	    6 * HUGE - 1));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_REMAP));
	(void)model_free(0);
	_bas_purge_all(&pages);
	model_is_empty();
}

/* What follows is in use: the pages move, and nothing is copied by us. */
ATF_TC_WITHOUT_HEAD(move);
ATF_TC_BODY(move, tc)
{
	uintptr_t base;

	_bas_options.retain = false;
	model_init(10, 10000, 0);
	ATF_REQUIRE(model_span_alloc(1024, HUGE));
	ATF_REQUIRE(model_span_alloc(1024, HUGE));
	base = model.run[0].base;
	ATF_REQUIRE_EQ(base + 2 * HUGE, model.run[1].base);
	model_span_resize(0, 3000, false);
	ATF_CHECK_EQ(1024, model.run[0].npages);
	model_span_resize(0, 3000, true);
	ATF_CHECK_EQ(3000, model.run[0].npages);
	ATF_CHECK(base != model.run[0].base);
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_REMAP));
	ATF_CHECK(!_bas_os_fake_is_mapped(base, 4096));
	ATF_CHECK_EQ(NULL, pagemap_huge((void *)base));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
	ATF_CHECK_EQ(0, _bas_extent_mapped());
}

static void
move_fails(bool unmaps)
{
	size_t mapped;

	_bas_os_fake_remap_unmaps(unmaps);
	_bas_options.retain = false;
	model_init(11, 10000, 0);
	mapped = _bas_os_fake_mapped();
	ATF_REQUIRE(model_span_alloc(1024, HUGE));
	ATF_REQUIRE(model_span_alloc(1024, HUGE));
	_bas_os_fake_fail(OS_FAKE_REMAP, 0, 1);
	model_span_resize(0, 3000, true);
	ATF_CHECK_EQ(1024, model.run[0].npages);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, 2);
	model_span_resize(0, 3000, true);
	ATF_CHECK_EQ(1024, model.run[0].npages);
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
	ATF_CHECK_EQ(0, _bas_extent_mapped());
	ATF_CHECK_EQ_MSG(mapped, _bas_os_fake_mapped(),
	    "%zu bytes are lost", _bas_os_fake_mapped() - mapped);
}

/* The call is not there: nothing has changed, and nothing is lost. */
ATF_TC_WITHOUT_HEAD(move_unknown);
ATF_TC_BODY(move_unknown, tc)
{
	move_fails(false);
}

/* It fails halfway. */
ATF_TC_WITHOUT_HEAD(move_unmaps);
ATF_TC_BODY(move_unmaps, tc)
{
	move_fails(true);
}

/* Counts of superpages backed huge come and go with the spans. */
ATF_TC_WITHOUT_HEAD(hugified);
ATF_TC_BODY(hugified, tc)
{
	_bas_options.thp = THP_ALWAYS;
	_bas_options.retain = false;
	model_init(12, 10000, 0);
	ATF_REQUIRE(model_span_alloc(1024, HUGE));
	ATF_REQUIRE(model_span_alloc(1024, HUGE));
	ATF_CHECK_EQ(4, counter_read(&pages.nhugified));
	model_span_resize(0, 3000, true);
	ATF_CHECK_EQ(8, counter_read(&pages.nhugified));
	model_span_resize(0, 1500, true);
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
}

ATF_TC_WITHOUT_HEAD(map_fails);
ATF_TC_BODY(map_fails, tc)
{
	model_init(13, 10000, 0);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK(!model_span_alloc(1000, HUGE));
	model_totals();
	ATF_CHECK_EQ(0, _bas_extent_mapped());
	_bas_os_fake_reset();
	ATF_CHECK(model_span_alloc(1000, HUGE));
	ATF_CHECK(!model_span_alloc((size_t)1 << 50, HUGE));
	ATF_CHECK(!model_span_alloc(1000, (size_t)1 << 46));
	model_totals();
}

/* A structure that was set aside is neither counted down nor used again. */
ATF_TC_WITHOUT_HEAD(set_aside);
ATF_TC_BODY(set_aside, tc)
{
	struct huge *span;

	model_init(14, 10000, 0);
	ATF_REQUIRE(model_span_alloc(4000, HUGE));
	ATF_REQUIRE(model_span_alloc(4000, HUGE));
	lock_take(&pages.lock);
	_bas_page_mend(&pages);
	_bas_lock_rank_pop(&pages.lock);
	ATF_REQUIRE(!lock_is_held(&pages.lock));
	span = model.run[0].huge;
	ATF_CHECK(_bas_span_resize(span, 2000));
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
	ATF_CHECK(!_bas_span_free(span));
	span = _bas_span_move(model.run[1].huge, 9000);
	ATF_REQUIRE(span != NULL);
	(void)_bas_span_free(span);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
	ATF_CHECK_EQ(0, counter_read(&pages.nhuge));
}

static size_t
size_draw(void)
{
	return (1 + HUGE_PAGES + model_below(2 * HUGE_PAGES));
}

static void
step(bool faults)
{
	size_t i = model.nruns == 0 ? 0 : model_below(model.nruns);
	unsigned op = (unsigned)model_below(20);

	if (faults && model_below(4) == 0)
		_bas_os_fake_fail((enum os_fake_call)model_below(
		    OS_FAKE_REMAP + 1), 0, 1);
	if (model.nruns == 0 || (op < 7 && model.nruns < 10))
		(void)model_span_alloc(size_draw(), HUGE <<
		    (model_below(8) == 0 ? model_below(4) : 0));
	else if (op < 9)
		(void)model_alloc(1 + model_below(HUGE_PAGES), 1);
	else if (op < 15)
		(void)model_free(i);
	else if (op < 18) {
		if (model.run[i].huge->kind == HUGE_SPAN)
			model_span_resize(i, size_draw(), op == 15);
	} else if (op < 19) {
		_bas_os_fake_clock_advance(model_below(200) * MS);
		_bas_purge_decay(&pages, _bas_os_clock());
	} else
		_bas_purge_all(&pages);
	model_totals();
}

static void
walk(uint64_t seed, unsigned steps, bool faults)
{
	model_init(seed, 1000, seed % 3 == 0 ? 300 : 0);
	while (steps-- > 0)
		step(faults);
	_bas_os_fake_reset();
	model_free_all();
	_bas_purge_all(&pages);
	_bas_purge_all(&pages);
	model_is_empty();
}

/* Of a free span that is too short the pages are taken along. */
ATF_TC_WITHOUT_HEAD(stretch);
ATF_TC_BODY(stretch, tc)
{
	struct huge *span;
	bool zeroed = true;

	model_init(12, 10000, 0);
	ATF_REQUIRE(model_span_alloc(4 * HUGE_PAGES, HUGE));
	(void)model_free(0);
	/* Who wants zeros gets new ones; that is paid for by a purge. */
	span = _bas_span_alloc(&pages, 5 * HUGE_PAGES, HUGE, &zeroed);
	ATF_CHECK(zeroed);
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_REMAP));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	(void)_bas_span_free(span);
	_bas_os_fake_reset();
	zeroed = false;
	span = _bas_span_alloc(&pages, 9 * HUGE_PAGES, HUGE, &zeroed);
	ATF_CHECK(!zeroed);
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_REMAP));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_PURGE));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(9 * HUGE_PAGES, counter_read(&pages.nactive));
	(void)_bas_span_free(span);
	ATF_CHECK_EQ(9 * HUGE_PAGES, counter_read(&pages.ndirty));
	/* The OS cannot: it is purged instead. */
	_bas_os_fake_fail(OS_FAKE_REMAP, 0, 1);
	ATF_REQUIRE(model_span_alloc(10 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(10 * HUGE_PAGES, counter_read(&pages.nactive));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	/* So much less than what is wanted is not worth it if it is sparse. */
	model_free_all();
	_bas_os_fake_reset();
	_bas_os_fake_sparse(true);
	ATF_REQUIRE(model_span_alloc(41 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_REMAP));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	uint64_t seed;

	for (seed = 0; seed < 6; seed++) {
		_bas_options.retain = seed % 2 == 0;
		walk(seed, 200, false);
	}
}

ATF_TC_WITHOUT_HEAD(random_faults);
ATF_TC_BODY(random_faults, tc)
{
	uint64_t seed;

	for (seed = 100; seed < 106; seed++) {
		_bas_options.retain = seed % 2 == 0;
		model_init(seed, 1000, 0);
		for (unsigned i = 0; i < 200; i++)
			step(true);
		_bas_os_fake_reset();
		model_free_all();
		_bas_purge_all(&pages);
		model_totals();
	}
}

ATF_TC_WITHOUT_HEAD(random_page64);
ATF_TC_BODY(random_page64, tc)
{
	_bas_os_fake_page(65536);
	for (uint64_t seed = 200; seed < 203; seed++)
		walk(seed, 200, false);
}

/* Huge pages that some of the spans have room for. */
ATF_TC_WITHOUT_HEAD(random_huge);
ATF_TC_BODY(random_huge, tc)
{
	_bas_options.thp = THP_ALWAYS;
	for (uint64_t seed = 300; seed < 306; seed++) {
		_bas_os_fake_hugepages(seed % 2 == 0 ? 2 * HUGE : 65536);
		_bas_options.retain = seed % 3 != 0;
		walk(seed, 200, false);
		ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, alloc);
	ATF_TP_ADD_TC(tp, reuse);
	ATF_TP_ADD_TC(tp, reuse_shorter);
	ATF_TP_ADD_TC(tp, reuse_shorter_cut);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, gather);
	ATF_TP_ADD_TC(tp, shrink);
	ATF_TP_ADD_TC(tp, shrink_page64);
	ATF_TP_ADD_TC(tp, shrink_purge_fails);
	ATF_TP_ADD_TC(tp, grow_in_place);
	ATF_TP_ADD_TC(tp, move);
	ATF_TP_ADD_TC(tp, move_unknown);
	ATF_TP_ADD_TC(tp, move_unmaps);
	ATF_TP_ADD_TC(tp, hugified);
	ATF_TP_ADD_TC(tp, map_fails);
	ATF_TP_ADD_TC(tp, set_aside);
	ATF_TP_ADD_TC(tp, stretch);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, random_faults);
	ATF_TP_ADD_TC(tp, random_page64);
	ATF_TP_ADD_TC(tp, random_huge);
	return (atf_no_error());
}
