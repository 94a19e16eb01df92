/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "model.h"
#include "page/hugefill.h"

static void
fill(unsigned nhuge)
{
	while (nhuge-- > 0)
		ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
}

/* The same in runs that are no longer than a slab may be. */
static void
fill_slabs(unsigned nhuge)
{
	unsigned i;

	for (i = 0; i < nhuge * HUGE_PAGES / 16; i++)
		ATF_REQUIRE(model_alloc(16, 1));
}

/* A small heap has none; one that grows has all that come. */
ATF_TC_WITHOUT_HEAD(growing);
ATF_TC_BODY(growing, tc)
{
	model_init(1, 10000, 0);
	fill_slabs(3);
	ATF_REQUIRE(model_alloc(HUGE_PAGES - 1, 1));
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
	fill_slabs(8);
	ATF_CHECK(counter_read(&pages.nhugified) >= 7);
	ATF_CHECK_EQ(counter_read(&pages.nhugified),
	    _bas_os_fake_count(OS_FAKE_HUGIFY));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
}

/* What has memory and was never used, until it is used or goes. */
ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	_bas_options.thp = THP_ALWAYS;
	model_init(1, 10000, 0);
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_CHECK_EQ(HUGE_PAGES - 100, counter_read(&pages.nidle));
	ATF_REQUIRE(model_alloc(10, 1));
	(void)model_free(1);
	ATF_REQUIRE(model_alloc(20, 1));
	ATF_CHECK_EQ(HUGE_PAGES - 120, counter_read(&pages.nidle));
	/* Thin as it is, all goes that is not in use. */
	(void)model_free(1);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(0, counter_read(&pages.nidle));
	ATF_REQUIRE(model_alloc(50, 1));
	ATF_CHECK_EQ(0, counter_read(&pages.nidle));
	/* One that is split when it thins out: the rest is dirty. */
	ATF_REQUIRE(model_alloc(500, 1));
	ATF_CHECK_EQ(12, counter_read(&pages.nidle));
	_bas_page_split(model.run[2].huge);
	ATF_CHECK_EQ(0, counter_read(&pages.nidle));
	ATF_CHECK_EQ(12, counter_read(&pages.ndirty));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* Large runs may be used in part, however many there are. */
ATF_TC_WITHOUT_HEAD(large_runs);
ATF_TC_BODY(large_runs, tc)
{
	model_init(1, 10000, 0);
	fill(20);
	ATF_REQUIRE(model_alloc(17, 1));
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
	fill_slabs(2);
	ATF_CHECK(counter_read(&pages.nhugified) != 0);
}

static bool
is_due(void)
{
	return (_bas_hugefill_is_due(&pages, 1));
}

ATF_TC_WITHOUT_HEAD(options);
ATF_TC_BODY(options, tc)
{
	model_init(1, 10000, 0);
	ATF_CHECK(!is_due());
	_bas_options.thp = THP_ALWAYS;
	ATF_CHECK(is_due());
	_bas_options.thp = THP_NEVER;
	fill(9);
	ATF_CHECK(!is_due());
	_bas_options.thp = THP_DEFAULT;
	ATF_CHECK(is_due());
	/* A kernel without, or with others than ours. */
	_bas_os_fake_hugepage(HUGE, false);
	ATF_CHECK(!is_due());
	_bas_os_fake_hugepage(HUGE * 16, true);
	ATF_CHECK(!is_due());
	_bas_os_fake_hugepage(0, true);
	ATF_CHECK(!is_due());
}

/* Where everything is backed huge, "never" must be said. */
ATF_TC_WITHOUT_HEAD(never);
ATF_TC_BODY(never, tc)
{
	const struct os_fake_event *event;
	size_t i, n = 0;

	_bas_options.thp = THP_NEVER;
	model_init(1, 10000, 0);
	fill(12);
	ATF_REQUIRE(model_span_alloc(1000, HUGE));
	for (i = 0; (event = _bas_os_fake_event(i)) != NULL; i++)
		if (event->call == OS_FAKE_HUGIFY) {
			ATF_CHECK(!event->flag);
			n += event->size / HUGE;
		}
	ATF_CHECK(n >= 14);
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	_bas_options.thp = THP_ALWAYS;
	model_init(1, 10000, 0);
	_bas_os_fake_fail(OS_FAKE_HUGIFY, 0, OS_FAKE_FOREVER);
	fill(3);
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* hpa: all, none, or each that has filled. */
ATF_TC_WITHOUT_HEAD(styles);
ATF_TC_BODY(styles, tc)
{
	model_init(1, 10000, 0);
	_bas_options.hpa = true;
	_bas_options.hpa_hugify_style = HUGIFY_EAGER;
	ATF_CHECK(is_due());
	_bas_options.hpa_hugify_style = HUGIFY_AUTO;
	ATF_CHECK(!is_due());
	_bas_options.hpa_hugify_style = HUGIFY_NONE;
	fill(10);
	ATF_CHECK(!is_due());
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_HUGIFY));
	_bas_options.hpa_hugify_style = HUGIFY_AUTO;
	ATF_CHECK(is_due());
	/* The older option is the stronger. */
	_bas_options.hpa_hugify_style = HUGIFY_NONE;
	_bas_options.thp = THP_ALWAYS;
	ATF_CHECK(is_due());
}

ATF_TC_WITHOUT_HEAD(lazy);
ATF_TC_BODY(lazy, tc)
{
	const struct os_fake_event *event;
	uintptr_t base;

	model_init(1, 10000, 0);
	_bas_options.hpa = true;
	_bas_options.hpa_hugification_threshold = 500 * PAGE;
	fill(10);
	ATF_CHECK_EQ(10, counter_read(&pages.nhugified));
	_bas_os_fake_reset();
	ATF_REQUIRE(model_alloc(499, 1));
	base = model.run[model.nruns - 1].base;
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_HUGIFY));
	ATF_REQUIRE(model_alloc(1, 1));
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_HUGIFY));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_COLLAPSE));
	event = _bas_os_fake_event(_bas_os_fake_event(1) == NULL ? 0 : 1);
	ATF_REQUIRE(event != NULL && event->call == OS_FAKE_HUGIFY);
	ATF_CHECK(event->flag);
	ATF_CHECK_EQ(base, event->addr);
	ATF_CHECK_EQ(HUGE, event->size);
	/* Once is enough. */
	ATF_REQUIRE(model_alloc(1, 1));
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_HUGIFY));
	ATF_CHECK_EQ(11, counter_read(&pages.nhugified));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
}

ATF_TC_WITHOUT_HEAD(lazy_refused);
ATF_TC_BODY(lazy_refused, tc)
{
	model_init(1, 10000, 0);
	_bas_options.hpa = true;
	_bas_options.hpa_hugify_style = HUGIFY_NONE;
	_bas_options.hpa_enforce_hugify = true;
	_bas_options.hpa_hugify_sync = true;
	_bas_os_fake_fail(OS_FAKE_HUGIFY, 0, 1);
	fill(1);
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_COLLAPSE));
	/* That it cannot be done at once is no refusal. */
	_bas_os_fake_fail(OS_FAKE_COLLAPSE, 0, 1);
	fill(1);
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_COLLAPSE));
	ATF_CHECK_EQ(1, counter_read(&pages.nhugified));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, styles);
	ATF_TP_ADD_TC(tp, lazy);
	ATF_TP_ADD_TC(tp, lazy_refused);
	ATF_TP_ADD_TC(tp, growing);
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, large_runs);
	ATF_TP_ADD_TC(tp, options);
	ATF_TP_ADD_TC(tp, never);
	ATF_TP_ADD_TC(tp, refused);
	return (atf_no_error());
}
