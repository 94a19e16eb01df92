/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "threads.h"

#define	CLASS	9

static void	*got[1000];

static void
churn(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		got[i] = threads_take(CLASS);
	for (i = 0; i < n; i++)
		threads_put(CLASS, got[i]);
}

static void *
work(void *arg)
{
	(void)arg;
	churn(300);
	return (self()->cache->state == CACHE_LIVE ? NULL : "it is not live");
}

/* A thread's end gives everything back: objects, slots, arena, block. */
ATF_TC_WITHOUT_HEAD(thread_end);
ATF_TC_BODY(thread_end, tc)
{
	struct base_stats before, after;
	unsigned i;

	(void)threads_init(2);
	threads_run(work, NULL);
	ATF_CHECK_EQ(0, _bas_arena_get(1)->nthreads);
	ATF_CHECK_EQ(0, _bas_arena_allocated(_bas_arena_get(1)));
	_bas_base_stats(&before);
	for (i = 0; i < 200; i++)
		threads_run(work, NULL);
	_bas_base_stats(&after);
	ATF_CHECK_EQ(before.allocated, after.allocated);
	ATF_CHECK_EQ(before.mapped, after.mapped);
	ATF_CHECK_EQ(0, _bas_arena_get(1)->nthreads);
	ATF_CHECK_EQ(0, _bas_arena_allocated(_bas_arena_get(1)));
	ATF_CHECK_EQ(1, _bas_arena_get(0)->nthreads);
}

static pthread_key_t	late_key;
static const char	*late_wrong;
static _Atomic int	late_runs;

/* Runs after the destructor of the library did. */
static void
late(void *arg)
{
	void *p = NULL;

	(void)arg;
	late_runs++;
	if (self()->cache->state != CACHE_DEAD)
		late_wrong = "the state is not dead";
	else if (_bas_tsd_cache() != NULL)
		late_wrong = "there is a cache";
	else if (cache_take(self()->cache, CLASS) != NULL ||
	    cache_put(self()->cache, CLASS, p))
		late_wrong = "there are slots";
	else if (!_bas_thread_flush() || _bas_thread_cache_enabled())
		late_wrong = "a cache is claimed";
}

static void *
work_late(void *arg)
{
	(void)pthread_setspecific(late_key, &late_key);
	return (work(arg));
}

ATF_TC_WITHOUT_HEAD(dead);
ATF_TC_BODY(dead, tc)
{
	(void)threads_init(2);
	ATF_REQUIRE_EQ(0, pthread_key_create(&late_key, late));
	threads_run(work_late, NULL);
	threads_run(work_late, NULL);
	ATF_CHECK_EQ(2, late_runs);
	ATF_CHECK_MSG(late_wrong == NULL, "%s", late_wrong);
	ATF_CHECK_EQ(CACHE_LIVE, self()->cache->state);
}

static void *
work_slow(void *arg)
{
	struct cache *cache = _bas_tsd_cache();

	(void)arg;
	if (cache == NULL || cache->state != CACHE_LIVE)
		return ("no live cache");
	if (self()->cache->state != CACHE_SLOW || self()->cache->real != cache)
		return ("not in slow mode");
	threads_put(CLASS, threads_take(CLASS));
	if (cache_take(self()->cache, CLASS) != NULL)
		return ("the fast path got something");
	if (cache_depth(cache, CLASS) == 0)
		return ("nothing is cached");
	return (NULL);
}

/* Options that look at every object: the fast path never hits. */
ATF_TC_WITHOUT_HEAD(slow);
ATF_TC_BODY(slow, tc)
{
	struct base_stats before, after;
	unsigned i;

	(void)threads_init(2);
	_bas_options.zero = true;
	threads_run(work_slow, NULL);
	_bas_base_stats(&before);
	for (i = 0; i < 50; i++)
		threads_run(work_slow, NULL);
	_bas_base_stats(&after);
	ATF_CHECK_EQ(before.allocated, after.allocated);
	ATF_CHECK_EQ(0, _bas_arena_get(1)->nthreads);
}

/* Who asks where the counts are gets them, and the slow mode. */
ATF_TC_WITHOUT_HEAD(countp);
ATF_TC_BODY(countp, tc)
{
	uint64_t *a, *d, *a2, *d2, allocated, deallocated;

	(void)threads_init(1);
	got[0] = threads_take(CLASS);
	ATF_REQUIRE(!_bas_thread_countp(&a, &d));
	ATF_CHECK_EQ(CACHE_SLOW, self()->cache->state);
	ATF_CHECK_EQ(128, *a);
	ATF_CHECK_EQ(0, *d);
	ATF_REQUIRE(!_bas_thread_countp(&a2, &d2));
	ATF_CHECK(a == a2 && d == d2);
	_bas_thread_counts(&allocated, &deallocated);
	ATF_CHECK_EQ(128, allocated);
	ATF_CHECK_EQ(0, deallocated);
}

static void *
work_without(void *arg)
{
	(void)arg;
	if (_bas_tsd_cache() != NULL)
		return ("a cache without memory for it");
	if (self()->cache->state != CACHE_NONE)
		return ("the state has changed");
	_bas_os_fake_reset();
	if (_bas_tsd_cache() == NULL)
		return ("no cache though there is memory");
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	(void)threads_init(1);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_base_alloc(16) != NULL)
		;
	threads_run(work_without, NULL);
	ATF_CHECK_EQ(1, _bas_arena_get(0)->nthreads);
}

/* The OS has no key for us, or does not take the mark. */
ATF_TC_WITHOUT_HEAD(unmarked);
ATF_TC_BODY(unmarked, tc)
{
	_bas_os_fake_fail(OS_FAKE_THREAD_INIT, 0, 1);
	_bas_os_fake_fail(OS_FAKE_THREAD_MARK, 0, OS_FAKE_FOREVER);
	(void)threads_init(2);
	churn(100);
	threads_run(work, NULL);
	churn(100);
}

static struct cache	*other;
static _Atomic int	other_ready;

static void *
work_parked(void *arg)
{
	churn(300);
	other = self()->cache;
	other_ready = 1;
	while (other_ready)
		pause();
	return (arg);
}

static void
mend(void)
{
	_bas_base_mend();
	_bas_extent_mend(&_bas_extents);
	_bas_arenas_mend();
	_bas_tsd_mend();
}

static void
child_gives_back(void)
{
	mend();
	if (_bas_arena_allocated(_bas_arena_get(1)) != 0)
		_exit(1);
	if (_bas_arena_get(1)->nthreads != 0 ||
	    _bas_arena_get(0)->nthreads != 1)
		_exit(2);
	if (_bas_tsd_cache() == other || other->live)
		_exit(3);
	churn(1000);
	/* The block of the thread that is not here is a new thread's. */
	threads_run(work, NULL);
	if (_bas_arena_get(1)->nthreads != 0)
		_exit(4);
}

/* A child has one thread: the other's cache is given back. */
ATF_TC_WITHOUT_HEAD(mend_parked);
ATF_TC_BODY(mend_parked, tc)
{
	pthread_t thread;

	(void)threads_init(2);
	churn(300);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, work_parked, NULL));
	while (!other_ready)
		sched_yield();
	ATF_REQUIRE(_bas_arena_allocated(_bas_arena_get(1)) > 0);
	unit_child(child_gives_back);
	ATF_CHECK_EQ(1, _bas_arena_get(1)->nthreads);
}

static void
get_ready(void)
{
	churn(300);
	other = self()->cache;
}

static void
stuck_take(void)
{
	unsigned i;

	for (i = 0; i < 100000; i++)
		(void)threads_take(SC_NSMALL);
}

static void
child_leaves_busy(void)
{
	mend();
	if (_bas_arena_get(1)->nthreads != 0)
		_exit(1);
	churn(1000);
	threads_run(work, NULL);
	(void)_bas_thread_flush();
}

/* One that was being changed is left alone, and nothing waits for it. */
ATF_TC_WITHOUT_HEAD(mend_busy);
ATF_TC_BODY(mend_busy, tc)
{
	(void)threads_init(2);
	churn(300);
	unit_stuck_in(OS_FAKE_MAP, get_ready, stuck_take);
	unit_child(child_leaves_busy);
}

static void
stuck_flush(void)
{
	(void)_bas_thread_flush();
}

/* Half of what it holds is given back already: nobody knows which. */
ATF_TC_WITHOUT_HEAD(mend_flushing);
ATF_TC_BODY(mend_flushing, tc)
{
	_bas_options.dirty_decay_ms = 0;
	(void)threads_init(2);
	churn(300);
	unit_stuck_in(OS_FAKE_PURGE, get_ready, stuck_flush);
	ATF_REQUIRE(other->busy);
	unit_child(child_leaves_busy);
}

/* The thread that forks has no cache itself. */
static void *
fork_uncached(void *arg)
{
	(void)arg;
	unit_child(child_leaves_busy);
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(mend_uncached);
ATF_TC_BODY(mend_uncached, tc)
{
	pthread_t thread;

	(void)threads_init(2);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, work_parked, NULL));
	while (!other_ready)
		sched_yield();
	threads_run(fork_uncached, NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, thread_end);
	ATF_TP_ADD_TC(tp, dead);
	ATF_TP_ADD_TC(tp, slow);
	ATF_TP_ADD_TC(tp, countp);
	ATF_TP_ADD_TC(tp, no_memory);
	ATF_TP_ADD_TC(tp, unmarked);
	ATF_TP_ADD_TC(tp, mend_parked);
	ATF_TP_ADD_TC(tp, mend_busy);
	ATF_TP_ADD_TC(tp, mend_flushing);
	ATF_TP_ADD_TC(tp, mend_uncached);
	return (atf_no_error());
}
