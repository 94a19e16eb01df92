/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "threads.h"

#define	CLASS	9

static struct cache	*cache;
static void		*got[2000];

static void
fill(unsigned class, unsigned n)
{
	unsigned round, i;

	for (round = 0; round < 4; round++) {
		for (i = 0; i < n; i++)
			got[i] = threads_take(class);
		for (i = 0; i < n; i++)
			threads_put(class, got[i]);
	}
}

/* What nobody takes goes, and so do the slots that it lay in. */
ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	unsigned i, depth, before;

	cache = threads_init(1);
	fill(CLASS, 200);
	before = cache_depth(cache, CLASS);
	ATF_REQUIRE(before >= 60);
	_bas_cache_tick(cache);
	ATF_CHECK_EQ(before, cache_depth(cache, CLASS));
	for (i = 0; i < 20; i++) {
		_bas_os_fake_clock_advance(101 * MS);
		_bas_cache_tick(cache);
		depth = cache_depth(cache, CLASS);
		ATF_CHECK(depth <= before);
		before = depth;
	}
	ATF_CHECK_EQ(0, before);
	ATF_CHECK_EQ(0, cache->class[CLASS].slots);
	ATF_CHECK_EQ(0, cache->bytes);
	ATF_CHECK_EQ(0, _bas_arena_allocated(cache->arena));
}

/* A class in use keeps what it uses; its idle neighbour does not. */
ATF_TC_WITHOUT_HEAD(in_use);
ATF_TC_BODY(in_use, tc)
{
	size_t fills;
	unsigned i, k;

	cache = threads_init(1);
	fill(CLASS, 40);
	fill(CLASS + 1, 40);
	fills = counter_read(&cache->arena->bins[CLASS].nfills);
	for (i = 0; i < 20; i++) {
		for (k = 0; k < 30; k++)
			got[k] = threads_take(CLASS);
		for (k = 0; k < 30; k++)
			threads_put(CLASS, got[k]);
		_bas_os_fake_clock_advance(101 * MS);
		_bas_cache_tick(cache);
	}
	ATF_CHECK(cache_depth(cache, CLASS) >= 30);
	ATF_CHECK(counter_read(&cache->arena->bins[CLASS].nfills) <=
	    fills + 1);
	ATF_CHECK_EQ(0, cache->class[CLASS + 1].slots);
}

/* However often it is asked for, a collection needs time in between. */
ATF_TC_WITHOUT_HEAD(not_too_often);
ATF_TC_BODY(not_too_often, tc)
{
	unsigned before;

	cache = threads_init(1);
	fill(CLASS, 200);
	_bas_os_fake_clock_advance(20 * MS);
	_bas_cache_gc(cache, _bas_os_clock());
	_bas_os_fake_clock_advance(9 * MS);
	before = cache_depth(cache, CLASS);
	_bas_cache_gc(cache, _bas_os_clock());
	ATF_CHECK_EQ(before, cache_depth(cache, CLASS));
	_bas_os_fake_clock_advance(2 * MS);
	_bas_cache_gc(cache, _bas_os_clock());
	ATF_CHECK(cache_depth(cache, CLASS) < before);
}

static unsigned
draw(uint64_t ns)
{
	unsigned i;

	for (i = 0; i < 20; i++) {
		_bas_os_fake_clock_advance(ns);
		_bas_cache_event(cache, CLASS);
	}
	return (cache->interval);
}

/* A busy thread seldom looks at the clock, a slow one always. */
ATF_TC_WITHOUT_HEAD(interval);
ATF_TC_BODY(interval, tc)
{
	unsigned kept;

	cache = threads_init(1);
	ATF_CHECK_EQ(1, draw(50 * MS));
	ATF_CHECK(draw(MS / 10) >= 64);
	ATF_CHECK(draw(MS / 10) <= 256);
	kept = draw(MS / 10);
	ATF_CHECK_EQ(kept, draw(5 * MS));
	ATF_CHECK_EQ(kept, (unsigned)cache->left[CLASS]);
	ATF_CHECK_EQ(1, draw(50 * MS));
}

/*
 * The only thread there is takes and puts the same few objects, which stay
 * in its cache: the pages that it freed before must go all the same.
 */
ATF_TC_WITHOUT_HEAD(purges);
ATF_TC_BODY(purges, tc)
{
	struct pages *pages;
	unsigned i;
	void *p;

	_bas_options.dirty_decay_ms = 1000;
	cache = threads_init(1);
	pages = &cache->arena->pages;
	threads_put(CLASS, threads_take(CLASS));
	for (i = 0; i < 1000; i++)
		got[i] = threads_take(SC_NSMALL);
	for (i = 0; i < 1000; i++)
		threads_put(SC_NSMALL, got[i]);
	(void)_bas_thread_flush();
	ATF_REQUIRE(counter_read(&pages->ndirty) > 3000);
	/* Ten a second: within twice the decay time. */
	for (i = 0; i < 20; i++) {
		p = threads_take(CLASS);
		threads_put(CLASS, p);
		_bas_os_fake_clock_advance(100 * MS);
	}
	ATF_CHECK_MSG(counter_read(&pages->ndirty) < 150,
	    "%zu pages are left", counter_read(&pages->ndirty));
}

/* So it is for a thread that was busy and then slows down. */
ATF_TC_WITHOUT_HEAD(purges_after_rush);
ATF_TC_BODY(purges_after_rush, tc)
{
	struct pages *pages;
	unsigned i;
	void *p;

	_bas_options.dirty_decay_ms = 10000;
	cache = threads_init(1);
	pages = &cache->arena->pages;
	for (i = 0; i < 1000; i++)
		got[i] = threads_take(SC_NSMALL);
	for (i = 0; i < 10000; i++)
		threads_put(CLASS, threads_take(CLASS));
	for (i = 0; i < 1000; i++)
		threads_put(SC_NSMALL, got[i]);
	(void)_bas_thread_flush();
	threads_put(CLASS, threads_take(CLASS));
	ATF_REQUIRE(counter_read(&pages->ndirty) > 3000);
	for (i = 0; i < 200; i++) {
		p = threads_take(CLASS);
		threads_put(CLASS, p);
		_bas_os_fake_clock_advance(100 * MS);
	}
	ATF_CHECK_MSG(counter_read(&pages->ndirty) < 150,
	    "%zu pages are left", counter_read(&pages->ndirty));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, in_use);
	ATF_TP_ADD_TC(tp, not_too_often);
	ATF_TP_ADD_TC(tp, interval);
	ATF_TP_ADD_TC(tp, purges);
	ATF_TP_ADD_TC(tp, purges_after_rush);
	return (atf_no_error());
}
