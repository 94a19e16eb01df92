/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "model.h"

/* Bytes of the purges of one sort since the last reset. */
static size_t
purged(bool lazy)
{
	const struct os_fake_event *event;
	size_t i, sum = 0;

	for (i = 0; (event = _bas_os_fake_event(i)) != NULL; i++)
		if (event->call == OS_FAKE_PURGE && event->flag == lazy &&
		    event->error == 0)
			sum += event->size;
	return (sum);
}

/* Time passes in steps of a decay. */
static void
pass(uint64_t ms, uint64_t step)
{
	uint64_t t;

	for (t = 0; t < ms; t += step) {
		_bas_os_fake_clock_advance(step * MS);
		_bas_purge_decay(&pages, _bas_os_clock());
		model_totals();
	}
}

/* As time passes all of it goes, and the OS gets just that. */
ATF_TC_WITHOUT_HEAD(decay);
ATF_TC_BODY(decay, tc)
{
	size_t left;

	model_init(1, 1000, 0);
	ATF_REQUIRE(model_alloc(400, 1));
	ATF_REQUIRE(model_alloc(100, 1));
	(void)model_free(0);
	pass(500, 5);
	left = counter_read(&pages.ndirty);
	ATF_CHECK_MSG(left > 180 && left < 220, "%zu of 400 at half", left);
	ATF_CHECK_EQ(400 - left, purged(false) / PAGE);
	pass(510, 5);
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(400, purged(false) / PAGE);
	ATF_CHECK_EQ(400, counter_read(&pages.dirty_stats.purged));
	ATF_CHECK_EQ(_bas_os_fake_count(OS_FAKE_PURGE),
	    counter_read(&pages.dirty_stats.nmadvise));
	ATF_CHECK(counter_read(&pages.dirty_stats.npurge) > 0);
	ATF_CHECK_EQ(1, counter_read(&pages.nhuge));
	ATF_CHECK_EQ(0, purged(true));
	model_check(&model.run[0]);
	/* They are zero now, and the arena knows. */
	_bas_os_fake_reset();
	ATF_REQUIRE(model_alloc(300, 1));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* A page of the OS that a run shares with another cannot go. */
static void
page_sizes(size_t page)
{
	unsigned i, n = 0;

	model_init(page, 1000, 0);
	_bas_os_fake_page(page);
	for (i = 0; i < 512; i++)
		ATF_REQUIRE(model_alloc(1, 1));
	/* All but the last page of each of the OS's. */
	for (i = 512; i-- > 0;)
		if ((i + 1) % (page / PAGE) != 0) {
			(void)model_free(i);
			n++;
		}
	ATF_CHECK_EQ(n, counter_read(&pages.ndirty));
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(0, purged(false));
	for (i = 0; i < model.nruns; i++)
		model_check(&model.run[i]);
	/* With the last one gone all of it can. */
	model_free_all();
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(HUGE, purged(false));
	model_is_empty();
}

ATF_TC_WITHOUT_HEAD(page16);
ATF_TC_BODY(page16, tc)
{
	page_sizes(16384);
}

ATF_TC_WITHOUT_HEAD(page64);
ATF_TC_BODY(page64, tc)
{
	page_sizes(65536);
}

/* A decay that takes few pages at a time gets whole ones to the OS, too. */
static void
decay_in_steps(size_t page, ssize_t muzzy_ms)
{
	model_init(page, 1000, muzzy_ms);
	_bas_os_fake_page(page);
	ATF_REQUIRE(model_alloc(16, 1));
	ATF_REQUIRE(model_alloc(480, 1));
	(void)model_free(1);
	pass(2100, 2);
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(0, counter_read(&pages.nmuzzy));
	ATF_CHECK_EQ_MSG(480 * PAGE, purged(false),
	    "%zu of 480 pages went to the OS", purged(false) / PAGE);
}

ATF_TC_WITHOUT_HEAD(decay_page4);
ATF_TC_BODY(decay_page4, tc)
{
	decay_in_steps(4096, 0);
}

ATF_TC_WITHOUT_HEAD(decay_page16);
ATF_TC_BODY(decay_page16, tc)
{
	decay_in_steps(16384, 0);
}

ATF_TC_WITHOUT_HEAD(decay_page64);
ATF_TC_BODY(decay_page64, tc)
{
	decay_in_steps(65536, 0);
}

ATF_TC_WITHOUT_HEAD(decay_page64_muzzy);
ATF_TC_BODY(decay_page64_muzzy, tc)
{
	decay_in_steps(65536, 1000);
}

ATF_TC_WITHOUT_HEAD(muzzy);
ATF_TC_BODY(muzzy, tc)
{
	model_init(2, 1000, 500);
	ATF_REQUIRE(model_alloc(200, 1));
	ATF_REQUIRE(model_alloc(10, 1));
	(void)model_free(0);
	_bas_os_fake_clock_advance(6 * MS);
	_bas_purge_decay(&pages, _bas_os_clock());
	_bas_os_fake_clock_advance(1010 * MS);
	_bas_purge_decay(&pages, _bas_os_clock());
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(200, counter_read(&pages.nmuzzy));
	ATF_CHECK_EQ(200, purged(true) / PAGE);
	ATF_CHECK_EQ(0, purged(false));
	/* What is in them is anything. */
	ATF_REQUIRE(model_alloc(50, 1));
	ATF_CHECK_EQ(150, counter_read(&pages.nmuzzy));
	pass(520, 5);
	ATF_CHECK_EQ(0, counter_read(&pages.nmuzzy));
	ATF_CHECK_EQ(150, purged(false) / PAGE);
	ATF_CHECK_EQ(150, counter_read(&pages.muzzy_stats.purged));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* The superpages that serve nobody go before those that are in use. */
ATF_TC_WITHOUT_HEAD(emptiest_first);
ATF_TC_BODY(emptiest_first, tc)
{
	const struct os_fake_event *event;
	uintptr_t order[4];
	size_t i, n = 0;

	model_init(3, 10000, 0);
	ATF_REQUIRE(model_alloc(512, 1));
	ATF_REQUIRE(model_alloc(500, 1));
	ATF_REQUIRE(model_alloc(12, 1));
	ATF_REQUIRE(model_span_alloc(600, HUGE));
	ATF_REQUIRE_EQ(model.run[1].huge, model.run[2].huge);
	order[0] = model.run[3].base;
	order[1] = model.run[0].base;
	order[2] = model.run[1].base;
	(void)model_free(1);
	(void)model_free(0);
	for (i = 0; i < model.nruns; i++)
		if (model.run[i].base == order[0]) {
			(void)model_free(i);
			break;
		}
	_bas_os_fake_reset();
	_bas_purge_all(&pages);
	for (i = 0; (event = _bas_os_fake_event(i)) != NULL; i++)
		if (event->call == OS_FAKE_PURGE) {
			ATF_REQUIRE(n < 3);
			ATF_CHECK_EQ_MSG(order[n], event->addr, "purge %zu",
			    n);
			n++;
		}
	ATF_CHECK_EQ(3, n);
	ATF_CHECK_EQ(1, counter_read(&pages.nhuge));
	/* Its own pages, and no other. */
	ATF_CHECK_EQ(600 + 512 + 500, counter_read(&pages.dirty_stats.purged));
}

/* The OS refuses: no endless loop, nothing is lost, the rest still goes. */
ATF_TC_WITHOUT_HEAD(purge_fails);
ATF_TC_BODY(purge_fails, tc)
{
	size_t calls;

	model_init(4, 1000, 0);
	ATF_REQUIRE(model_alloc(300, 1));
	ATF_REQUIRE(model_alloc(400, 1));
	_bas_os_fake_fail(OS_FAKE_PURGE, 0, OS_FAKE_FOREVER);
	model_free_all();
	_bas_purge_all(&pages);
	calls = _bas_os_fake_count(OS_FAKE_PURGE);
	ATF_CHECK(calls >= 2 && calls < 10);
	model_totals();
	_bas_os_fake_reset();
	/* They are as they were: not zero. */
	ATF_REQUIRE(model_alloc(300, 1));
	ATF_REQUIRE(model_alloc(400, 1));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* A span that the OS does not let go of does not stop the others. */
ATF_TC_WITHOUT_HEAD(span_purge_fails);
ATF_TC_BODY(span_purge_fails, tc)
{
	model_init(5, 1000, 0);
	ATF_REQUIRE(model_span_alloc(600, HUGE));
	ATF_REQUIRE(model_span_alloc(700, HUGE));
	ATF_REQUIRE(model_alloc(300, 1));
	model_free_all();
	_bas_os_fake_fail(OS_FAKE_PURGE, 0, 1);
	_bas_purge_all(&pages);
	ATF_CHECK_MSG(counter_read(&pages.ndirty) <= 700,
	    "%zu pages stayed", counter_read(&pages.ndirty));
	model_totals();
	_bas_os_fake_fail(OS_FAKE_PURGE, 0, OS_FAKE_FOREVER);
	_bas_purge_all(&pages);
	ATF_CHECK(_bas_os_fake_count(OS_FAKE_PURGE) < 20);
	_bas_os_fake_reset();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* Holes in a superpage that is backed huge: the kernel must not fill them. */
ATF_TC_WITHOUT_HEAD(hugified);
ATF_TC_BODY(hugified, tc)
{
	const struct os_fake_event *event, *last = NULL;
	size_t i;

	_bas_options.thp = THP_ALWAYS;
	model_init(6, 1000, 0);
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_CHECK_EQ(1, counter_read(&pages.nhugified));
	(void)model_free(0);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
	ATF_CHECK_EQ(2, _bas_os_fake_count(OS_FAKE_HUGIFY));
	for (i = 0; (event = _bas_os_fake_event(i)) != NULL; i++)
		if (event->call == OS_FAKE_HUGIFY)
			last = event;
	ATF_REQUIRE(last != NULL);
	ATF_CHECK(!last->flag);
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* A thin superpage that is backed huge fades like any other. */
ATF_TC_WITHOUT_HEAD(decay_hugified);
ATF_TC_BODY(decay_hugified, tc)
{
	size_t left;

	_bas_options.thp = THP_ALWAYS;
	model_init(10, 1000, 0);
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_REQUIRE(model_alloc(300, 1));
	(void)model_free(1);
	pass(250, 5);
	left = counter_read(&pages.ndirty);
	ATF_CHECK_MSG(left > 240, "%zu of 300 at a quarter", left);
	ATF_CHECK_EQ(300 - left, counter_read(&pages.dirty_stats.purged));
	pass(800, 5);
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(300, counter_read(&pages.dirty_stats.purged));
	/* What was never used had memory, too. */
	ATF_CHECK_EQ(412 * PAGE, purged(false));
	model_check(&model.run[0]);
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

static struct model_run	later;
static bool		later_done;

/* Another thread frees, and takes, while the lock is not held. */
static void
meanwhile(enum os_fake_call call, uintptr_t addr, size_t size)
{
	if (call != OS_FAKE_PURGE || later_done)
		return;
	ATF_REQUIRE(!lock_is_held(&pages.lock));
	later_done = true;
	(void)_bas_page_free(later.huge, later.base, later.npages);
	model_mark(later.base, later.npages, false);
	ATF_REQUIRE(model_alloc(30, 1));
	/* Not what is just being purged. */
	ATF_CHECK(model.run[0].base + 30 * PAGE <= addr ||
	    model.run[0].base >= addr + size);
}

ATF_TC_WITHOUT_HEAD(meanwhile);
ATF_TC_BODY(meanwhile, tc)
{
	model_init(7, 1000, 0);
	ATF_REQUIRE(model_alloc(200, 1));
	ATF_REQUIRE(model_alloc(312, 1));
	later = model.run[1];
	model.nruns = 1;
	(void)model_free(0);
	_bas_os_fake_hook(meanwhile);
	_bas_purge_all(&pages);
	ATF_CHECK(later_done);
	ATF_CHECK_EQ(1, model.nruns);
	model_check(&model.run[0]);
	model_totals();
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

ATF_TC_WITHOUT_HEAD(set_ms);
ATF_TC_BODY(set_ms, tc)
{
	model_init(8, -1, 0);
	ATF_REQUIRE(model_alloc(100, 1));
	(void)model_free(0);
	pass(5000, 500);
	ATF_CHECK_EQ(100, counter_read(&pages.ndirty));
	_bas_purge_set_ms(&pages, true, -1);
	_bas_purge_set_ms(&pages, false, 100);
	ATF_CHECK_EQ(100, counter_read(&pages.ndirty));
	pass(150, 1);
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(100, counter_read(&pages.nmuzzy));
	_bas_purge_set_ms(&pages, true, 0);
	model_is_empty();
}

/* Somebody learns when to look. */
ATF_TC_WITHOUT_HEAD(due);
ATF_TC_BODY(due, tc)
{
	uint64_t now;

	model_init(9, 1000, 0);
	_bas_os_fake_clock_advance(3600000 * MS);
	now = _bas_os_clock();
	ATF_CHECK_EQ(UINT64_MAX, _bas_purge_due);
	ATF_REQUIRE(model_alloc(100, 1));
	(void)model_free(0);
	ATF_CHECK(_bas_purge_due > now && _bas_purge_due <= now + 5 * MS);
	/* A long sleep did not age what has only now become unused. */
	_bas_purge_due = UINT64_MAX;
	_bas_purge_decay(&pages, now + 1);
	ATF_CHECK_EQ(100, counter_read(&pages.ndirty));
	ATF_CHECK(_bas_purge_due <= now + 1 + 5 * MS);
	pass(1010, 5);
	_bas_purge_due = UINT64_MAX;
	_bas_purge_decay(&pages, _bas_os_clock());
	ATF_CHECK_EQ(UINT64_MAX, _bas_purge_due);
	model_is_empty();
}

/* One step as a slow path makes it, of which each call takes too long. */
static void
step(void)
{
	_bas_purge_step(&pages, _bas_os_clock(),
	    _bas_os_clock_exact() + PURGE_TIME);
	model_totals();
}

/* Who only comes by is not kept: a superpage a step, and soon the next. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	unsigned n;

	model_init(10, 1000, 0);
	_bas_os_fake_purge_ns(1000);
	ATF_REQUIRE(model_span_alloc(8 * HUGE_PAGES, HUGE));
	ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	model_free_all();
	_bas_os_fake_clock_advance(10 * MS);
	step();
	_bas_os_fake_clock_advance(3000 * MS);
	for (n = 10; n > 0; n--) {
		ATF_CHECK_EQ(n * HUGE_PAGES, counter_read(&pages.ndirty));
		step();
		ATF_CHECK(n == 1 || pages.due <= _bas_os_clock() +
		    PURGE_REST);
		ATF_CHECK(_bas_purge_due <= pages.due);
	}
	ATF_CHECK_EQ(UINT64_MAX, pages.due);
	model_is_empty();
}

/* Nor is who asks for more than is free: he owes the rest. */
ATF_TC_WITHOUT_HEAD(debt);
ATF_TC_BODY(debt, tc)
{
	_bas_os_fake_sparse(true);
	model_init(11, -1, 0);
	_bas_os_fake_purge_ns(1000);
	ATF_REQUIRE(model_span_alloc(4 * HUGE_PAGES, HUGE));
	(void)model_free(0);
	ATF_REQUIRE(model_span_alloc(100 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(3 * HUGE_PAGES, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(3 * HUGE_PAGES, pages.debt);
	ATF_CHECK_EQ(0, _bas_purge_due);
	step();
	ATF_CHECK_EQ(2 * HUGE_PAGES, pages.debt);
	/* What is used again is not owed. */
	ATF_REQUIRE(model_span_alloc(2 * HUGE_PAGES, HUGE));
	ATF_CHECK_EQ(0, pages.debt);
	/* Nor what is freed now. */
	(void)model_free(1);
	step();
	ATF_CHECK_EQ(2 * HUGE_PAGES, counter_read(&pages.ndirty));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, debt);
	ATF_TP_ADD_TC(tp, decay);
	ATF_TP_ADD_TC(tp, page16);
	ATF_TP_ADD_TC(tp, page64);
	ATF_TP_ADD_TC(tp, decay_page4);
	ATF_TP_ADD_TC(tp, decay_page16);
	ATF_TP_ADD_TC(tp, decay_page64);
	ATF_TP_ADD_TC(tp, decay_page64_muzzy);
	ATF_TP_ADD_TC(tp, muzzy);
	ATF_TP_ADD_TC(tp, emptiest_first);
	ATF_TP_ADD_TC(tp, purge_fails);
	ATF_TP_ADD_TC(tp, span_purge_fails);
	ATF_TP_ADD_TC(tp, hugified);
	ATF_TP_ADD_TC(tp, decay_hugified);
	ATF_TP_ADD_TC(tp, meanwhile);
	ATF_TP_ADD_TC(tp, set_ms);
	ATF_TP_ADD_TC(tp, due);
	return (atf_no_error());
}
