/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "threads.h"

#define	CLASS		9	/* 128 bytes */
#define	BYTES_MAX	((size_t)2 << 20)
#define	NMAX		5000

static struct cache	*cache;
static void		*got[NMAX];
static uint64_t		allocated, deallocated;
static size_t		active;

/* The most that the arena had in use: a cache may have a part of that. */
static void
note_active(void)
{
	size_t now = counter_read(&cache->arena->pages.nactive) * PAGE;

	if (now > active)
		active = now;
}

static void *
take(unsigned class)
{
	void *p = threads_take(class);

	note_active();
	if (p != NULL)
		allocated += sizeclass_size(class);
	return (p);
}

static void
put(unsigned class, void *p)
{
	threads_put(class, p);
	deallocated += sizeclass_size(class);
}

/* What must hold after each call. */
static void
check(void)
{
	uint64_t a, d;
	size_t slots = 0, cached = 0;
	unsigned c;

	_bas_thread_counts(&a, &d);
	ATF_REQUIRE_EQ(allocated, a);
	ATF_REQUIRE_EQ(deallocated, d);
	for (c = 1; c <= SC_NCLASS; c++) {
		ATF_REQUIRE(cache_depth(cache, c) <= cache->class[c].slots);
		slots += cache->class[c].slots * sizeclass_size(c);
		cached += cache_depth(cache, c) * sizeclass_size(c);
		ATF_REQUIRE_EQ(NULL, (cache->limit[c] -
		    cache->class[c].slots)[-1]);
	}
	ATF_REQUIRE_EQ(slots, cache->bytes);
	/* And a quarter of the most that the arena had in use. */
	ATF_REQUIRE(slots <= BYTES_MAX + active / 4);
	ATF_REQUIRE(!cache->busy);
	ATF_REQUIRE_EQ(allocated - deallocated + cached,
	    _bas_arena_allocated(cache->arena));
}

static size_t
cached(void)
{
	size_t n = 0;
	unsigned c;

	for (c = 1; c <= SC_NCLASS; c++)
		n += cache_depth(cache, c);
	return (n);
}

/* A thread not seen yet: stacks that are empty and full at once. */
ATF_TC_WITHOUT_HEAD(none);
ATF_TC_BODY(none, tc)
{
	unsigned c;

	ATF_CHECK_EQ(&_bas_cache_none, self()->cache);
	for (c = 0; c < SC_COUNT; c++) {
		ATF_CHECK_EQ(NULL, cache_take(self()->cache, c));
		ATF_CHECK(!cache_put(self()->cache, c, &c));
	}
}

/* Last in, first out; full and empty where they should be. */
ATF_TC_WITHOUT_HEAD(stack);
ATF_TC_BODY(stack, tc)
{
	unsigned i, n;
	void *p;

	cache = threads_init(1);
	ATF_REQUIRE(_bas_cache_resize(cache, CLASS, 5));
	for (i = 0; i < 5; i++)
		ATF_CHECK(cache_put(cache, CLASS, &got[i]));
	ATF_CHECK(!cache_put(cache, CLASS, &got[i]));
	ATF_CHECK_EQ(5, cache_depth(cache, CLASS));
	ATF_REQUIRE(_bas_cache_resize(cache, CLASS, 9));
	ATF_CHECK_EQ(5, cache_depth(cache, CLASS));
	ATF_REQUIRE(_bas_cache_resize(cache, CLASS, 5));
	cache->left[CLASS] = 3;
	cache->class[CLASS].drawn = 3;
	for (n = 0; (p = cache_take(cache, CLASS)) != NULL; n++)
		ATF_CHECK_EQ(&got[4 - n], p);
	/* The event comes after as many takes as were drawn. */
	ATF_CHECK_EQ(3, n);
	ATF_CHECK_EQ(3, cache_takes(cache, CLASS));
	ATF_CHECK_EQ(NULL, cache_take(cache, CLASS));
	ATF_CHECK_EQ(3, cache_takes(cache, CLASS));
	ATF_CHECK_EQ(2, cache_depth(cache, CLASS));
}

/* Neither takes from nor puts to a cache touch the object. */
ATF_TC_WITHOUT_HEAD(untouched);
ATF_TC_BODY(untouched, tc)
{
	unsigned char *p;
	unsigned i;

	cache = threads_init(1);
	p = take(CLASS);
	memset(p, 0x77, 128);
	put(CLASS, p);
	ATF_CHECK_EQ(p, take(CLASS));
	for (i = 0; i < 128; i++)
		ATF_REQUIRE_EQ(0x77, p[i]);
	check();
}

/* Every class, more than any stack holds, and all of it back. */
ATF_TC_WITHOUT_HEAD(all_classes);
ATF_TC_BODY(all_classes, tc)
{
	unsigned c, i, n;

	cache = threads_init(1);
	for (c = 1; c <= SC_NCLASS; c++) {
		n = c <= SC_NSMALL ? 700 : 20;
		for (i = 0; i < n; i++) {
			got[i] = take(c);
			ATF_REQUIRE(got[i] != NULL);
			memset(got[i], (int)i, sizeclass_size(c));
		}
		check();
		for (i = 0; i < n; i++) {
			ATF_REQUIRE_EQ((unsigned char)i,
			    *(unsigned char *)got[i]);
			put(c, got[i]);
		}
		check();
	}
	ATF_CHECK(cached() > 0);
	ATF_CHECK(!_bas_thread_flush());
	ATF_CHECK_EQ(0, cached());
	check();
	ATF_CHECK_EQ(0, _bas_arena_allocated(cache->arena));
	ATF_CHECK_EQ(0, cache->bytes);
}

/* A stack that runs empty and full in turns grows until it does not. */
ATF_TC_WITHOUT_HEAD(grows);
ATF_TC_BODY(grows, tc)
{
	size_t fills;
	unsigned round, i;

	cache = threads_init(1);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 100; i++)
			got[i] = take(CLASS);
		for (i = 0; i < 100; i++)
			put(CLASS, got[i]);
	}
	fills = counter_read(&cache->arena->bins[CLASS].nfills);
	ATF_CHECK(cache->class[CLASS].slots >= 100);
	for (i = 0; i < 100; i++)
		got[i] = take(CLASS);
	for (i = 0; i < 100; i++)
		put(CLASS, got[i]);
	ATF_CHECK_EQ(fills, counter_read(&cache->arena->bins[CLASS].nfills));
	check();
}

/* Counts are exact whatever way the objects went. */
ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	static unsigned class[NMAX];
	uint64_t state = 9;
	size_t i, n = 0, up;
	unsigned round;

	cache = threads_init(1);
	for (round = 0; round < 60000; round++) {
		up = round / 3000 % 2 == 0 ? 60 : 40;
		if (n == 0 || (n < NMAX && unit_below(&state, 100) < up)) {
			class[n] = 1 + (unsigned)unit_below(&state,
			    unit_below(&state, 30) == 0 ? SC_NCLASS : 40);
			got[n] = take(class[n]);
			ATF_REQUIRE(got[n] != NULL);
			*(size_t *)got[n] = (size_t)got[n];
			n++;
		} else {
			i = unit_below(&state, n);
			ATF_REQUIRE_EQ((size_t)got[i], *(size_t *)got[i]);
			*(size_t *)got[i] = 0;
			put(class[i], got[i]);
			n--;
			got[i] = got[n];
			class[i] = class[n];
		}
		if (unit_below(&state, 4) == 0)
			_bas_os_fake_clock_advance(unit_below(&state, 8) *
			    MS);
		if (unit_below(&state, 2000) == 0)
			(void)_bas_thread_flush();
		if (unit_below(&state, 3000) == 0)
			(void)_bas_thread_cache_enable(
			    !_bas_thread_cache_enabled());
		if (round % 50 == 0)
			check();
	}
	while (n-- > 0)
		put(class[n], got[n]);
	check();
	(void)_bas_thread_flush();
	ATF_CHECK_EQ(0, _bas_arena_allocated(cache->arena));
}

ATF_TC_WITHOUT_HEAD(tcache_off);
ATF_TC_BODY(tcache_off, tc)
{
	unsigned i;

	_bas_options.tcache = false;
	cache = threads_init(1);
	ATF_CHECK(!_bas_thread_cache_enabled());
	for (i = 0; i < 100; i++)
		got[i] = take(CLASS);
	for (i = 0; i < 100; i++)
		put(CLASS, got[i]);
	ATF_CHECK_EQ(0, cached());
	check();
	ATF_CHECK(_bas_thread_flush());
	ATF_CHECK(!_bas_thread_cache_enable(true));
	put(CLASS, take(CLASS));
	ATF_CHECK(cached() > 0);
	ATF_CHECK(_bas_thread_cache_enable(false));
	ATF_CHECK_EQ(0, cached());
	check();
}

ATF_TC_WITHOUT_HEAD(tcache_max);
ATF_TC_BODY(tcache_max, tc)
{
	unsigned c;

	_bas_options.tcache_max = 4096;
	cache = threads_init(1);
	for (c = 1; c <= SC_NCLASS; c++) {
		put(c, take(c));
		ATF_CHECK_EQ(sizeclass_size(c) <= 4096,
		    cache_depth(cache, c) > 0);
	}
	check();
}

/* Without memory for slots, or for objects. */
ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	unsigned i, n;
	void *p;

	cache = threads_init(1);
	for (n = 0; n < 200; n++)
		got[n] = take(50);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_base_alloc(16) != NULL)
		;
	for (; n < NMAX && (p = take(50)) != NULL; n++)
		got[n] = p;
	ATF_CHECK(n < NMAX);
	check();
	while ((p = take(SC_NCLASS)) != NULL)
		check();
	for (i = 0; i < n; i++)
		put(50, got[i]);
	check();
	ATF_CHECK(take(50) != NULL);
	check();
}

static void
double_free(void)
{
	void *p = take(CLASS);

	put(CLASS, p);
	put(CLASS, p);
	(void)_bas_thread_flush();
}

ATF_TC_WITHOUT_HEAD(misuse);
ATF_TC_BODY(misuse, tc)
{
	cache = threads_init(1);
	unit_aborts(double_free, "double free");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, none);
	ATF_TP_ADD_TC(tp, stack);
	ATF_TP_ADD_TC(tp, untouched);
	ATF_TP_ADD_TC(tp, all_classes);
	ATF_TP_ADD_TC(tp, grows);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, tcache_off);
	ATF_TP_ADD_TC(tp, tcache_max);
	ATF_TP_ADD_TC(tp, no_memory);
	ATF_TP_ADD_TC(tp, misuse);
	return (atf_no_error());
}
