/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Kernels whose huge pages are smaller or larger than a superpage. */
#include "model.h"
#include "meta/base.h"
#include "page/hugefill.h"

#define	KIB	((size_t)1 << 10)
#define	MIB	((size_t)1 << 20)

/* What advice may get, and how often a superpage's runs fill 8 of them. */
static const struct {
	uint64_t	sizes;
	size_t		page;
	size_t		due;		/* pages in use; 0: never */
	unsigned	unit;		/* pages */
	bool		refilled;
} cases[] = {
	{ 0, 4096, 0, 1, true },
	{ 2 * MIB, 4096, 2048, 512, true },
	{ 64 * KIB, 4096, 64, 16, false },
	{ 1 * MIB, 4096, 1024, 256, false },
	{ 32 * MIB, 16384, 0, 4, true },
	{ 32 * MIB | 2 * MIB, 16384, 2048, 512, true },
	{ 32 * MIB | 128 * KIB, 16384, 128, 32, true },
	{ 512 * MIB, 65536, 0, 16, true },
	{ 512 * MIB | 2 * MIB, 65536, 2048, 512, true },
	{ 256 * KIB, 65536, 256, 64, false },
};

static bool
due_with(size_t nactive)
{
	struct pages some;

	memset(&some, 0, sizeof(some));
	counter_add(&some.nactive, nactive);
	return (_bas_hugefill_is_due(&some, 1));
}

ATF_TC_WITHOUT_HEAD(runs);
ATF_TC_BODY(runs, tc)
{
	size_t i, due;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_bas_os_fake_page(cases[i].page);
		_bas_os_fake_hugepages(cases[i].sizes);
		due = cases[i].due;
		_bas_options.thp = THP_DEFAULT;
		ATF_CHECK_EQ_MSG(due != 0, due_with(1 << 20), "case %zu", i);
		if (due != 0) {
			ATF_CHECK(!due_with(due - 1));
			ATF_CHECK(due_with(due));
		}
		_bas_options.thp = THP_ALWAYS;
		ATF_CHECK(due_with(0));
		_bas_options.thp = THP_NEVER;
		ATF_CHECK(!due_with(1 << 20));
		ATF_CHECK_EQ_MSG(cases[i].unit, _bas_hugefill_pages(),
		    "case %zu", i);
		ATF_CHECK_EQ_MSG(cases[i].refilled,
		    _bas_hugefill_is_refilled(), "case %zu", i);
	}
}

static size_t
span_unit(uint64_t sizes, uintptr_t base, size_t n)
{
	_bas_os_fake_hugepages(sizes);
	return (_bas_hugefill_span(base, n));
}

ATF_TC_WITHOUT_HEAD(spans);
ATF_TC_BODY(spans, tc)
{
	const uint64_t all = 1024 * MIB | 512 * MIB | 32 * MIB | 2 * MIB |
	    64 * KIB;
	const uintptr_t base = (uintptr_t)1 << 40;

	_bas_options.thp = THP_ALWAYS;
	ATF_CHECK_EQ(HUGE, span_unit(all, 0, 1));
	ATF_CHECK_EQ(HUGE, span_unit(all, 0, 15));
	ATF_CHECK_EQ(32 * MIB, span_unit(all, 0, 16));
	ATF_CHECK_EQ(32 * MIB, span_unit(all, 0, 255));
	ATF_CHECK_EQ(512 * MIB, span_unit(all, 0, 256));
	ATF_CHECK_EQ(512 * MIB, span_unit(all, 0, (size_t)1 << 30));
	ATF_CHECK_EQ(HUGE, span_unit(2 * MIB, 0, 1000));
	ATF_CHECK_EQ(HUGE, span_unit(64 * KIB, 0, 1000));
	ATF_CHECK_EQ(HUGE, span_unit(0, 0, 1000));
	ATF_CHECK_EQ(512 * MIB, span_unit(512 * MIB, 0, 256));
	ATF_CHECK_EQ(HUGE, span_unit(512 * MIB, 0, 255));
	ATF_CHECK_EQ(512 * MIB, span_unit(512 * MIB, 0, 260));
	ATF_CHECK_EQ(32 * MIB, span_unit(all, 0, 36));
	/* Where it lies decides, too. */
	ATF_CHECK_EQ(512 * MIB, span_unit(all, base, 256));
	ATF_CHECK_EQ(32 * MIB, span_unit(all, base + 32 * MIB, 256));
	ATF_CHECK_EQ(HUGE, span_unit(all, base + HUGE, 256));
	_bas_options.thp = THP_DEFAULT;
	ATF_CHECK_EQ(HUGE, span_unit(all, 0, 256));
	_bas_options.thp = THP_NEVER;
	ATF_CHECK_EQ(HUGE, span_unit(all, 0, 256));
}

/* Calls of a kind since the reset whose flag is so; the last of them. */
static size_t
calls(enum os_fake_call call, bool flag, const struct os_fake_event **last)
{
	const struct os_fake_event *event;
	size_t i, n = 0;

	for (i = 0; (event = _bas_os_fake_event(i)) != NULL; i++)
		if (event->call == call && event->flag == flag) {
			n++;
			*last = event;
		}
	return (n);
}

/*
 * Smaller huge pages: of those that lose pages all that is not in use goes,
 * of the others nothing; and the advice stays, since nobody fills holes.
 */
ATF_TC_WITHOUT_HEAD(smaller);
ATF_TC_BODY(smaller, tc)
{
	const struct os_fake_event *event = NULL;
	uintptr_t base;

	_bas_options.thp = THP_ALWAYS;
	_bas_os_fake_hugepages(64 * KIB);
	model_init(1, 1000, 0);
	ATF_REQUIRE(model_alloc(20, 1));
	ATF_REQUIRE(model_alloc(6, 1));
	base = model.run[0].base;
	ATF_REQUIRE_EQ(base + 20 * PAGE, model.run[1].base);
	ATF_CHECK_EQ(1, counter_read(&pages.nhugified));
	(void)model_free(1);
	_bas_os_fake_reset();
	_bas_purge_all(&pages);
	/* Pages 20 to 25 were used, 26 to 31 had memory. */
	ATF_CHECK_EQ(1, calls(OS_FAKE_PURGE, false, &event));
	ATF_CHECK_EQ(base + 20 * PAGE, event->addr);
	ATF_CHECK_EQ(12 * PAGE, event->size);
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_HUGIFY));
	ATF_CHECK_EQ(1, counter_read(&pages.nhugified));
	ATF_CHECK_EQ(6, counter_read(&pages.dirty_stats.purged));
	ATF_REQUIRE(model_alloc(492, 1));
	ATF_CHECK_EQ(base + 20 * PAGE, model.run[1].base);
	(void)model_free(1);
	model_free_all();
	_bas_purge_all(&pages);
	/* Whoever has the addresses next has not asked. */
	ATF_CHECK_EQ(1, calls(OS_FAKE_HUGIFY, false, &event));
	model_is_empty();
}

/* From within slabs: it loses the advice, and has no memory elsewhere. */
ATF_TC_WITHOUT_HEAD(smaller_split);
ATF_TC_BODY(smaller_split, tc)
{
	const struct os_fake_event *event = NULL;

	_bas_options.thp = THP_ALWAYS;
	_bas_os_fake_hugepages(64 * KIB);
	model_init(2, 1000, 0);
	ATF_REQUIRE(model_alloc(20, 1));
	_bas_page_split(model.run[0].huge);
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(1, calls(OS_FAKE_HUGIFY, false, &event));
	/* With a larger one all of it has. */
	_bas_os_fake_hugepages(2 * MIB);
	ATF_REQUIRE(model_alloc(500, 1));
	_bas_page_split(model.run[1].huge);
	ATF_CHECK_EQ(12, counter_read(&pages.ndirty));
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* A span of a huge page or more lies so that the kernel can use one. */
ATF_TC_WITHOUT_HEAD(aligned);
ATF_TC_BODY(aligned, tc)
{
	size_t npages = 40 * MIB / PAGE, i;

	_bas_options.thp = THP_ALWAYS;
	_bas_os_fake_page(16384);
	_bas_os_fake_hugepages(32 * MIB);
	model_init(3, 10000, 0);
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE(model_span_alloc(600, HUGE));
		ATF_REQUIRE(model_span_alloc(npages, HUGE));
		ATF_CHECK_EQ(0, model.run[2 * i + 1].base % (32 * MIB));
	}
	model_free_all();
	_bas_purge_all(&pages);
	/* The addresses serve the next as well, and not only those. */
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE(model_span_alloc(npages, HUGE));
		ATF_CHECK_EQ(0, model.run[i].base % (32 * MIB));
	}
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* Where such an address cannot be had, any other will do. */
ATF_TC_WITHOUT_HEAD(aligned_refused);
ATF_TC_BODY(aligned_refused, tc)
{
	_bas_options.thp = THP_ALWAYS;
	_bas_os_fake_hugepages(32 * MIB);
	model_init(4, 10000, 0);
	ATF_REQUIRE(model_span_alloc(600, HUGE));
	_bas_os_fake_fail(OS_FAKE_MAP, 0, 1);
	ATF_REQUIRE(model_span_alloc(40 * MIB / PAGE, HUGE));
	ATF_CHECK(_bas_os_fake_count(OS_FAKE_MAP) >= 2);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK(!model_span_alloc(400 * MIB / PAGE, HUGE));
	_bas_os_fake_reset();
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* By default, and with never, spans lie as they come. */
ATF_TC_WITHOUT_HEAD(not_aligned);
ATF_TC_BODY(not_aligned, tc)
{
	size_t i, odd = 0;

	_bas_os_fake_hugepages(32 * MIB);
	model_init(5, 10000, 0);
	for (i = 0; i < 4; i++) {
		_bas_options.thp = i % 2 == 0 ? THP_DEFAULT : THP_NEVER;
		ATF_REQUIRE(model_span_alloc(600, HUGE));
		ATF_REQUIRE(model_span_alloc(40 * MIB / PAGE, HUGE));
		odd += model.run[2 * i + 1].base % (32 * MIB) != 0;
	}
	ATF_CHECK(odd > 0);
	model_free_all();
	_bas_purge_all(&pages);
	model_is_empty();
}

/* What is purged of a span is whole huge pages. */
ATF_TC_WITHOUT_HEAD(span_purge);
ATF_TC_BODY(span_purge, tc)
{
	const struct os_fake_event *event = NULL;
	uintptr_t base;

	_bas_options.thp = THP_ALWAYS;
	_bas_os_fake_hugepages(32 * MIB);
	model_init(6, 1000, 0);
	ATF_REQUIRE(model_span_alloc(72 * MIB / PAGE, HUGE));
	base = model.run[0].base;
	ATF_REQUIRE_EQ(0, base % (32 * MIB));
	(void)model_free(0);
	_bas_os_fake_reset();
	lock_take(&pages.lock);
	_bas_purge_spans(&pages, 1);
	ATF_CHECK_EQ(1, calls(OS_FAKE_PURGE, false, &event));
	ATF_CHECK_EQ(base + 64 * MIB, event->addr);
	ATF_CHECK_EQ(8 * MIB, event->size);
	_bas_purge_spans(&pages, 1);
	ATF_CHECK_EQ(2, calls(OS_FAKE_PURGE, false, &event));
	ATF_CHECK_EQ(base + 32 * MIB, event->addr);
	ATF_CHECK_EQ(32 * MIB, event->size);
	lock_give(&pages.lock);
	_bas_purge_all(&pages);
	model_is_empty();
}

/*
 * Never, on a kernel that backs everything huge: all that is mapped is told
 * so, superpages, spans and what they grow by, and our own data.
 */
ATF_TC_WITHOUT_HEAD(never);
ATF_TC_BODY(never, tc)
{
	const struct os_fake_event *map, *event;
	uintptr_t at;
	size_t i, j;

	_bas_options.thp = THP_NEVER;
	_bas_options.retain = false;
	_bas_os_fake_hugepages(512 * MIB | 64 * KIB);
	model_init(7, 10000, 0);
	ATF_REQUIRE(_bas_pagemap_cover(model.space + ((uintptr_t)8 << 30),
	    1));
	ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	ATF_REQUIRE(model_alloc(HUGE_PAGES, 1));
	ATF_REQUIRE(model_span_alloc(1000, HUGE));
	model_span_resize(2, 3000, true);
	model_span_resize(2, 5000, true);
	for (i = 0; i < 4000; i++)
		ATF_REQUIRE(_bas_base_alloc(4096) != NULL);
	for (i = 0; (map = _bas_os_fake_event(i)) != NULL; i++) {
		if ((map->call != OS_FAKE_MAP && map->call !=
		    OS_FAKE_MAP_AT) || map->error != 0)
			continue;
		/* By superpages, or all at once. */
		for (at = map->addr; at < map->addr + map->size; at += HUGE) {
			for (j = i; (event = _bas_os_fake_event(j)) != NULL;
			    j++)
				if (event->call == OS_FAKE_HUGIFY &&
				    !event->flag && event->addr <= at &&
				    event->addr + event->size > at)
					break;
			ATF_CHECK_MSG(event != NULL, "%#lx of %#lx, %zu "
			    "bytes", (unsigned long)at,
			    (unsigned long)map->addr, map->size);
		}
	}
	ATF_CHECK_EQ(0, calls(OS_FAKE_HUGIFY, true, &event));
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, runs);
	ATF_TP_ADD_TC(tp, spans);
	ATF_TP_ADD_TC(tp, smaller);
	ATF_TP_ADD_TC(tp, smaller_split);
	ATF_TP_ADD_TC(tp, aligned);
	ATF_TP_ADD_TC(tp, aligned_refused);
	ATF_TP_ADD_TC(tp, not_aligned);
	ATF_TP_ADD_TC(tp, span_purge);
	ATF_TP_ADD_TC(tp, never);
	return (atf_no_error());
}
