/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* A thread's first calls, before it has a cache. */

#include "threads.h"
#include "thread/object.h"

#define	SIZE	((size_t)100000)
#define	MANY	16

/* Allocates and frees until there is a cache: after how many calls? */
static unsigned
calls_until_cache(void)
{
	void *p[MANY] = { NULL };
	struct origin from;
	unsigned n;

	for (n = 0; n < MANY; n++) {
		if (!_bas_origin_own(&from) || from.own != NULL)
			break;
		if (n % 2 == 0)
			p[n] = _bas_object_alloc(&from, SIZE, 1, false);
		else
			_bas_object_give(&from, sizeclass_of(SIZE), p[n - 1]);
	}
	return (n);
}

static unsigned
nthreads(void)
{
	unsigned i, n = 0;

	for (i = 0; i < _bas_arena_auto_count(); i++)
		if (_bas_arena_get(i) != NULL)
			n += _bas_arena_get(i)->nthreads;
	return (n);
}

/* Each of two calls leaves an object or takes it back: an even number. */
static void *
work_early(void *arg)
{
	uint64_t allocated, freed, size = sizeclass_size(sizeclass_of(SIZE));
	unsigned before = nthreads(), n;

	(void)arg;
	n = calls_until_cache();
	if (n == 0 || n == MANY || n % 2 != 0)
		return ("no few calls without a cache");
	if (self()->cache->state != CACHE_LIVE)
		return ("there is no cache after them");
	if (nthreads() != before + 1)
		return ("the thread is not counted");
	_bas_thread_counts(&allocated, &freed);
	if (allocated != n / 2 * size || freed != n / 2 * size)
		return ("what it did before is not counted");
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(calls);
ATF_TC_BODY(calls, tc)
{
	(void)threads_init(2);
	threads_run(work_early, NULL);
	threads_run(work_early, NULL);
}

/* Its block is what costs a thread memory: there is none. */
static void *
work_little(void *arg)
{
	struct base_stats before, after;
	struct origin from;
	void *p;

	(void)arg;
	_bas_base_stats(&before);
	if (!_bas_origin_own(&from))
		return ("no origin");
	p = _bas_object_alloc(&from, SIZE, 1, false);
	if (!_bas_origin_own(&from))
		return ("no origin");
	_bas_object_give(&from, sizeclass_of(SIZE), p);
	_bas_base_stats(&after);
	return (self()->cache->state == CACHE_NONE &&
	    before.allocated == after.allocated ? NULL : "it has a block");
}

ATF_TC_WITHOUT_HEAD(little);
ATF_TC_BODY(little, tc)
{
	(void)threads_init(1);
	/* What the arena needs is there. */
	threads_run(work_early, NULL);
	threads_run(work_little, NULL);
	ATF_CHECK_EQ(1, _bas_arena_get(0)->nthreads);
	ATF_CHECK_EQ(0, _bas_arena_allocated(_bas_arena_get(0)));
}

static void *
work_seen(void *arg)
{
	(void)arg;
	return (_bas_tsd_own() != NULL ? NULL : "a call that is not seen");
}

/* Some options want each call seen. */
ATF_TC_WITHOUT_HEAD(seen);
ATF_TC_BODY(seen, tc)
{
	struct cache *cache;

	_bas_options.zero = true;
	cache = threads_init(1);
	ATF_CHECK_EQ(CACHE_SLOW, self()->cache->state);
	ATF_CHECK_EQ(cache, _bas_tsd_own());
	threads_run(work_seen, NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, calls);
	ATF_TP_ADD_TC(tp, little);
	ATF_TP_ADD_TC(tp, seen);
	return (atf_no_error());
}
