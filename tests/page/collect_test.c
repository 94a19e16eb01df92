/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Spans whose memory comes from several places: what is where afterwards. */
#include "model.h"

/* Free: spans of 4 and 2 superpages and two empty ones, none beside another. */
static void
pieces(void)
{
	unsigned i;

	_bas_options.retain = false;
	model_init(21, 10000, 0);
	ATF_REQUIRE(model_span_alloc(4 * HUGE_PAGES, HUGE));
	ATF_REQUIRE(model_span_alloc(HUGE_PAGES + 1, HUGE));
	ATF_REQUIRE(model_span_alloc(2 * HUGE_PAGES, HUGE));
	for (i = 0; i < 3; i++)
		ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	(void)model_free(3);
	(void)model_free(4);
	(void)model_free(2);
	(void)model_free(0);
	ATF_REQUIRE_EQ(8 * HUGE_PAGES, counter_read(&pages.ndirty));
	_bas_os_fake_reset();
}

static void
finish(void)
{
	_bas_os_fake_reset();
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* All of them are for one: no page is purged. */
ATF_TC_WITHOUT_HEAD(all);
ATF_TC_BODY(all, tc)
{
	pieces();
	ATF_REQUIRE(model_span_alloc(10 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(4, _bas_os_fake_count(OS_FAKE_REMAP));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_PURGE));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	finish();
	ATF_CHECK_EQ(0, _bas_extent_mapped());
}

/* No more than is needed, and of the last superpage only if much is used. */
ATF_TC_WITHOUT_HEAD(some);
ATF_TC_BODY(some, tc)
{
	pieces();
	ATF_REQUIRE(model_span_alloc(5 * HUGE_PAGES + 100, HUGE));
	ATF_CHECK_EQ(2, _bas_os_fake_count(OS_FAKE_REMAP));
	/* The rest of it is paid for, by a superpage. */
	ATF_CHECK_EQ(2 * HUGE_PAGES, counter_read(&pages.ndirty));
	finish();
}

/* Empty superpages alone will do. */
ATF_TC_WITHOUT_HEAD(empty);
ATF_TC_BODY(empty, tc)
{
	pieces();
	ATF_REQUIRE(model_span_alloc(4 * HUGE_PAGES, HUGE));
	ATF_REQUIRE(model_span_alloc(2 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_REMAP));
	ATF_REQUIRE(model_span_alloc(3 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(2, _bas_os_fake_count(OS_FAKE_REMAP));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	finish();
}

/* What is used in part goes to the beginning, if at all. */
ATF_TC_WITHOUT_HEAD(sparse);
ATF_TC_BODY(sparse, tc)
{
	_bas_os_fake_sparse(true);
	pieces();
	ATF_REQUIRE(model_span_alloc(10 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_REMAP));
	ATF_CHECK(_bas_os_fake_count(OS_FAKE_PURGE) != 0);
	ATF_REQUIRE(model_span_alloc(30 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_REMAP));
	finish();
}

/* Each call in turn fails: whatever became of the target, nothing is lost. */
static void
fails(bool unmaps)
{
	size_t i;

	_bas_os_fake_remap_unmaps(unmaps);
	for (i = 0; i < 4; i++) {
		pieces();
		_bas_os_fake_fail(OS_FAKE_REMAP, i, 1);
		ATF_REQUIRE(model_span_alloc(10 * HUGE_PAGES, HUGE));
		ATF_CHECK_EQ(i + 1, _bas_os_fake_count(OS_FAKE_REMAP));
		finish();
		ATF_CHECK_EQ(0, _bas_extent_mapped());
	}
}

ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	fails(false);
}

ATF_TC_WITHOUT_HEAD(unmaps);
ATF_TC_BODY(unmaps, tc)
{
	fails(true);
}

/*
 * Nobody knows what lies there: these addresses are left alone, and what was
 * moved before is free memory.
 */
ATF_TC_WITHOUT_HEAD(abandoned);
ATF_TC_BODY(abandoned, tc)
{
	size_t i, before;

	_bas_os_fake_remap_unmaps(true);
	for (i = 0; i < 4; i++) {
		pieces();
		before = _bas_extent_abandoned();
		_bas_os_fake_fail(OS_FAKE_REMAP, i, 1);
		_bas_os_fake_fail(OS_FAKE_MAP_AT, 0, 1);
		ATF_CHECK(!model_span_alloc(10 * HUGE_PAGES, HUGE));
		ATF_CHECK(_bas_extent_abandoned() > before);
		ATF_CHECK_EQ(8 * HUGE_PAGES, counter_read(&pages.ndirty));
		model_totals();
		ATF_REQUIRE(model_span_alloc(10 * HUGE_PAGES, HUGE));
		finish();
		ATF_CHECK_EQ(0, _bas_extent_mapped());
	}
}

/* There is no memory for addresses. */
ATF_TC_WITHOUT_HEAD(map_fails);
ATF_TC_BODY(map_fails, tc)
{
	pieces();
	_bas_os_fake_fail(OS_FAKE_MAP, 0, 100);
	ATF_CHECK(!model_span_alloc(10 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(8 * HUGE_PAGES, counter_read(&pages.ndirty));
	model_totals();
	finish();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all);
	ATF_TP_ADD_TC(tp, some);
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, sparse);
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, unmaps);
	ATF_TP_ADD_TC(tp, abandoned);
	ATF_TP_ADD_TC(tp, map_fails);
	return (atf_no_error());
}
