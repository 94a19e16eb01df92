/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>

#include "threads.h"

#define	NMAX	(2 * CACHE_SLOTS_MAX + 100)

static struct cache	*cache;
static void		*got[NMAX];

/* As many as a stack can have, out and in and out and in. */
static void
churn(unsigned class)
{
	unsigned round, i, n = class <= SC_NSMALL ? NMAX : 60;

	for (round = 0; round < 6; round++) {
		for (i = 0; i < n; i++)
			got[i] = threads_take(class);
		for (i = 0; i < n; i++)
			threads_put(class, got[i]);
	}
}

/* Slots that a class may have if nobody sets a bound. */
static unsigned
slots_of(unsigned class)
{
	unsigned few = CACHE_FEW_BYTES / sizeclass_size(class);

	return (class > SC_NSMALL || few < CACHE_SLOTS_FEW ? CACHE_SLOTS_FEW :
	    few < CACHE_SLOTS_MAX ? few : CACHE_SLOTS_MAX);
}

static void
range_set(unsigned i, size_t start, size_t end, size_t value)
{
	_bas_options.tcache_ncached_max.n = i + 1;
	_bas_options.tcache_ncached_max.range[i] = (struct option_range){
	    start, end, value };
}

static void
check(unsigned class, unsigned most)
{
	/* Other classes may have all the bytes that a cache can have. */
	(void)_bas_thread_flush();
	churn(class);
	ATF_CHECK_MSG(cache->class[class].slots <= most,
	    "class %u has %u slots, not %u", class,
	    (unsigned)cache->class[class].slots, most);
	ATF_CHECK(cache_depth(cache, class) <= most);
	if (class <= SC_NSMALL)
		ATF_CHECK_EQ(most == 0, cache_depth(cache, class) == 0);
}

ATF_TC_WITHOUT_HEAD(options);
ATF_TC_BODY(options, tc)
{
	unsigned class;

	_bas_options.tcache_nslots_small_max = 9;
	_bas_options.tcache_nslots_large = 2;
	cache = threads_init(1);
	for (class = 1; class <= SC_NCLASS; class++)
		check(class, class <= SC_NSMALL ? 9 : 2);
	churn(7);
	ATF_CHECK_EQ(9, cache->class[7].slots);
}

ATF_TC_WITHOUT_HEAD(first);
ATF_TC_BODY(first, tc)
{
	_bas_options.tcache_nslots_small_min = 20;
	cache = threads_init(1);
	threads_put(7, threads_take(7));
	ATF_CHECK_EQ(20, cache->class[7].slots);
	threads_put(SC_NCLASS, threads_take(SC_NCLASS));
	ATF_CHECK(cache->class[SC_NCLASS].slots <= 1);
}

/* The last range that has a size counts, with both ends in it. */
ATF_TC_WITHOUT_HEAD(ranges);
ATF_TC_BODY(ranges, tc)
{
	unsigned class;
	size_t size, n;

	range_set(0, 100, 2000, 5);
	range_set(1, 128, 128, 0);
	range_set(2, 30000, SIZE_MAX, 1);
	range_set(3, SIZE_MAX, SIZE_MAX, 77);
	cache = threads_init(1);
	for (class = 1; class <= SC_NCLASS; class++) {
		size = sizeclass_size(class);
		n = size == 128 ? 0 : size >= 112 && size <= 2048 ? 5 :
		    size >= 32768 ? 1 : slots_of(class);
		check(class, (unsigned)n);
	}
	ATF_CHECK_EQ(0, _bas_thread_cache_slots(128, &n));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(0, _bas_thread_cache_slots(100, &n));
	ATF_CHECK_EQ(5, n);
	ATF_CHECK_EQ(0, _bas_thread_cache_slots(50000, &n));
	ATF_CHECK_EQ(1, n);
	ATF_CHECK_EQ(0, _bas_thread_cache_slots(8, &n));
	ATF_CHECK_EQ(CACHE_SLOTS_MAX, n);
}

ATF_TC_WITHOUT_HEAD(set_slots);
ATF_TC_BODY(set_slots, tc)
{
	size_t n;

	cache = threads_init(1);
	churn(7);
	ATF_REQUIRE(cache_depth(cache, 7) > 20);
	n = sizeclass_size(7);
	/* What is above goes at once. */
	ATF_CHECK_EQ(0, _bas_thread_cache_set_slots(n, n, 20));
	ATF_CHECK_EQ(20, cache->class[7].slots);
	ATF_CHECK_EQ(20, cache_depth(cache, 7));
	check(7, 20);
	ATF_CHECK_EQ(0, _bas_thread_cache_set_slots(0, SC_CLASS_MAX, 0));
	ATF_CHECK_EQ(0, cache->bytes);
	check(7, 0);
	check(SC_NCLASS, 0);
	ATF_CHECK_EQ(0, _bas_thread_cache_set_slots(0, SIZE_MAX, 100000));
	check(7, slots_of(7));
	ATF_CHECK(cache_depth(cache, 7) > 20);
	ATF_CHECK_EQ(0, _bas_thread_cache_slots(SC_CLASS_MAX, &n));
	ATF_CHECK_EQ(1, n);
	ATF_CHECK_EQ(EINVAL, _bas_thread_cache_slots(SC_CLASS_MAX + 1, &n));
	ATF_CHECK_EQ(EINVAL, _bas_thread_cache_set_slots(2, 1, 1));
	(void)_bas_thread_cache_enable(false);
	ATF_CHECK_EQ(ENOENT, _bas_thread_cache_slots(8, &n));
	ATF_CHECK_EQ(ENOENT, _bas_thread_cache_set_slots(1, 2, 1));
}

ATF_TC_WITHOUT_HEAD(set_max);
ATF_TC_BODY(set_max, tc)
{
	unsigned class;
	size_t n;

	cache = threads_init(1);
	ATF_CHECK_EQ(OPTIONS_TCACHE_MAX_LIMIT, _bas_thread_cache_max());
	for (class = 1; class <= SC_NCLASS; class++)
		churn(class);
	_bas_thread_cache_set_max(1000);
	ATF_CHECK_EQ(1024, _bas_thread_cache_max());
	for (class = 1; class <= SC_NCLASS; class++)
		if (sizeclass_size(class) > 1024) {
			ATF_CHECK_EQ(0, cache_depth(cache, class));
			check(class, 0);
		}
	check(sizeclass_of(1024), CACHE_SLOTS_FEW);
	ATF_CHECK_EQ(sizeclass_of(1024), _bas_cache_classes(1000));
	ATF_CHECK_EQ(0, _bas_cache_classes(0));
	ATF_CHECK_EQ(SC_NCLASS, _bas_cache_classes(SIZE_MAX));
	ATF_CHECK_EQ(0, _bas_thread_cache_slots(1025, &n));
	ATF_CHECK_EQ(0, n);
	_bas_thread_cache_set_max(SIZE_MAX);
	ATF_CHECK_EQ(OPTIONS_TCACHE_MAX_LIMIT, _bas_thread_cache_max());
	check(sizeclass_of(16384), CACHE_SLOTS_FEW);
	_bas_thread_cache_set_max(0);
	ATF_CHECK_EQ(0, _bas_thread_cache_max());
	ATF_CHECK_EQ(0, cache->bytes);
	check(1, 0);
}

/* Bounds are a thread's own, and end with it. */
static void *
fresh(void *arg)
{
	size_t n;

	threads_put(7, threads_take(7));
	if (_bas_thread_cache_max() != OPTIONS_TCACHE_MAX_LIMIT)
		return ("the largest size");
	if (_bas_thread_cache_slots(8, &n) != 0 || n != CACHE_SLOTS_MAX)
		return ("the slots");
	_bas_thread_cache_set_max(8);
	return (arg);
}

ATF_TC_WITHOUT_HEAD(threads);
ATF_TC_BODY(threads, tc)
{
	cache = threads_init(1);
	_bas_thread_cache_set_max(100);
	ATF_CHECK_EQ(0, _bas_thread_cache_set_slots(8, 8, 3));
	threads_run(fresh, NULL);
	threads_run(fresh, NULL);
	ATF_CHECK_EQ(112, _bas_thread_cache_max());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, options);
	ATF_TP_ADD_TC(tp, first);
	ATF_TP_ADD_TC(tp, ranges);
	ATF_TP_ADD_TC(tp, set_slots);
	ATF_TP_ADD_TC(tp, set_max);
	ATF_TP_ADD_TC(tp, threads);
	return (atf_no_error());
}
