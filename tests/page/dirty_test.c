/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* First: the model has a global of the name of a parameter there. */
#include "page/dirty.h"

#include "model.h"

#define	SPARE	((size_t)4 << 20 >> PAGE_SHIFT)	/* beside half of the most */

static void
step(void)
{
	_bas_purge_decay(&pages, _bas_os_clock());
	model_totals();
}

static bool
is_due(void)
{
	return (pages.due <= _bas_os_clock() &&
	    _bas_purge_due <= _bas_os_clock());
}

/* So many bytes and no more, however young they are. */
ATF_TC_WITHOUT_HEAD(bytes);
ATF_TC_BODY(bytes, tc)
{
	unsigned i;

	model_init(1, 10000, 0);
	_bas_purge_set_max(&pages, (ssize_t)(3 * HUGE));
	ATF_CHECK_EQ((ssize_t)(3 * HUGE), _bas_dirty_max(&pages));
	for (i = 0; i < 8; i++)
		ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	for (i = 0; i < 8; i++) {
		(void)model_free(0);
		ATF_CHECK_EQ(counter_read(&pages.ndirty) > 3 * HUGE_PAGES,
		    is_due());
		step();
		ATF_CHECK(counter_read(&pages.ndirty) <= 3 * HUGE_PAGES);
		ATF_CHECK(!is_due());
	}
	ATF_CHECK(counter_read(&pages.ndirty) > HUGE_PAGES);
	/* Less are allowed now: it is done at once. */
	_bas_purge_set_max(&pages, 1);
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	model_is_empty();
}

/* What was in use lately may be dirty; but not that and as much again. */
ATF_TC_WITHOUT_HEAD(relative);
ATF_TC_BODY(relative, tc)
{
	const size_t most = 16 * HUGE_PAGES;
	size_t i;

	model_init(2, 10000, 0);
	ATF_CHECK_EQ(0, _bas_dirty_max(&pages));
	for (i = 0; i < 16; i++)
		ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	model_free_all();
	step();
	ATF_CHECK_EQ(most, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(most + most / 2 + SPARE, _bas_dirty_limit(&pages));
	/* As much again, where none of them helps. */
	ATF_REQUIRE(model_span_alloc(7 * HUGE_PAGES, 2 * HUGE));
	ATF_REQUIRE(model_span_alloc(8 * HUGE_PAGES, 2 * HUGE));
	ATF_REQUIRE(model_alloc(10, 1));
	(void)model_free(2);
	ATF_CHECK(is_due());
	step();
	ATF_CHECK(counter_read(&pages.ndirty) + counter_read(&pages.nactive) <=
	    most + most / 2 + SPARE);
	ATF_CHECK(counter_read(&pages.ndirty) > 4 * HUGE_PAGES);
	ATF_CHECK(!is_due());
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* The most is forgotten with the time of a decay. */
ATF_TC_WITHOUT_HEAD(ages);
ATF_TC_BODY(ages, tc)
{
	unsigned i;

	model_init(3, 10000, 0);
	ATF_REQUIRE(model_span_alloc(100 * HUGE_PAGES, HUGE));
	ATF_REQUIRE(model_alloc(100, 1));
	(void)model_free(0);
	_bas_os_fake_clock_advance(5001 * MS);
	step();
	ATF_CHECK_EQ(100 * HUGE_PAGES + 100, pages.peak[1]);
	for (i = 0; i < 2; i++) {
		_bas_os_fake_clock_advance(5001 * MS);
		step();
	}
	ATF_CHECK_EQ(100 + 50 + SPARE - 100, _bas_dirty_limit(&pages));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* Time alone, or nothing at all. */
ATF_TC_WITHOUT_HEAD(none);
ATF_TC_BODY(none, tc)
{

	model_init(4, 10000, 0);
	ATF_CHECK(_bas_dirty_limit(&pages) != SIZE_MAX);
	_bas_purge_set_max(&pages, -1);
	ATF_CHECK_EQ(SIZE_MAX, _bas_dirty_limit(&pages));
	_bas_purge_set_max(&pages, 0);
	_bas_purge_set_ms(&pages, false, -1);
	ATF_CHECK_EQ(SIZE_MAX, _bas_dirty_limit(&pages));
	_bas_purge_set_max(&pages, (ssize_t)HUGE);
	ATF_CHECK_EQ(HUGE_PAGES, _bas_dirty_limit(&pages));
}

/* What the OS keeps is not asked for at each free. */
ATF_TC_WITHOUT_HEAD(kept);
ATF_TC_BODY(kept, tc)
{

	model_init(5, 10000, 0);
	_bas_purge_set_max(&pages, (ssize_t)HUGE);
	ATF_REQUIRE(model_span_alloc(4 * HUGE_PAGES, HUGE));
	ATF_REQUIRE(model_span_alloc(HUGE_PAGES, HUGE));
	_bas_os_fake_fail(OS_FAKE_PURGE, 0, OS_FAKE_FOREVER);
	(void)model_free(0);
	ATF_CHECK(is_due());
	step();
	ATF_CHECK_EQ(4 * HUGE_PAGES, counter_read(&pages.ndirty));
	ATF_CHECK(!is_due());
	_bas_os_fake_reset();
	(void)model_free(0);
	ATF_CHECK(is_due());
	step();
	ATF_CHECK(counter_read(&pages.ndirty) <= 4 * HUGE_PAGES);
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bytes);
	ATF_TP_ADD_TC(tp, relative);
	ATF_TP_ADD_TC(tp, ages);
	ATF_TP_ADD_TC(tp, none);
	ATF_TP_ADD_TC(tp, kept);
	return (atf_no_error());
}
