/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "threads.h"

#include <errno.h>

#include "heap/large.h"
#include "page/purge.h"
#include "thread/background.h"

#define	MIB	((size_t)1 << 20)

static struct cache	*cache;

static size_t
nthreads(void)
{
	struct background_stats stats;

	_bas_background_stats(&stats);
	return (stats.num_threads);
}

static uint64_t
nruns(void)
{
	struct background_stats stats;

	_bas_background_stats(&stats);
	return (stats.num_runs);
}

/* Free so much of an arena that it has pages to purge. */
static void
dirty(struct arena *arena)
{
	bool zeroed = false;
	void *p;

	p = _bas_large_alloc(arena, MIB, 1, &zeroed);
	ATF_REQUIRE(p != NULL);
	(void)_bas_large_free("test", p);
	ATF_REQUIRE(counter_read(&arena->pages.ndirty) >= MIB / PAGE);
}

/* The clock goes on until nothing is dirty; slow paths have no part. */
static void
idle(struct arena *arena)
{
	while (counter_read(&arena->pages.ndirty) != 0) {
		_bas_os_fake_clock_advance(20 * MS);
		sched_yield();
	}
}

ATF_TC_WITHOUT_HEAD(off);
ATF_TC_BODY(off, tc)
{
	cache = threads_init(1);
	_bas_background_ready();
	dirty(cache->arena);
	_bas_os_fake_clock_advance(60000 * MS);
	background_note();
	ATF_CHECK(!_bas_background_is_on());
	ATF_CHECK(!background_is_missing());
	ATF_CHECK_EQ(0, _bas_purge_grace);
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_THREAD_START));
	ATF_CHECK_EQ(0, _bas_background_set(false));
	ATF_CHECK(counter_read(&cache->arena->pages.ndirty) != 0);
}

/* What nobody asks for goes, in all arenas. */
ATF_TC_WITHOUT_HEAD(purges);
ATF_TC_BODY(purges, tc)
{
	struct arena *other;

	cache = threads_init(3);
	other = _bas_arena_make(2);
	ATF_REQUIRE(other != NULL);
	ATF_CHECK_EQ(0, _bas_background_set(true));
	ATF_CHECK(_bas_background_is_on());
	ATF_CHECK_EQ(1, nthreads());
	dirty(cache->arena);
	dirty(other);
	idle(cache->arena);
	idle(other);
	ATF_CHECK(nruns() > 0);
	ATF_CHECK_EQ(0, _bas_background_set(false));
	ATF_CHECK_EQ(0, nthreads());
}

/* Not more often than ten times a second. */
ATF_TC_WITHOUT_HEAD(period);
ATF_TC_BODY(period, tc)
{
	struct background_stats stats;
	uint64_t from;

	cache = threads_init(1);
	from = _bas_os_clock();
	ATF_CHECK_EQ(0, _bas_background_set(true));
	dirty(cache->arena);
	idle(cache->arena);
	ATF_CHECK_EQ(0, _bas_background_set(false));
	_bas_background_stats(&stats);
	ATF_CHECK(stats.num_runs <= (_bas_os_clock() - from) /
	    BACKGROUND_PERIOD);
	ATF_CHECK(stats.run_interval >= BACKGROUND_PERIOD);
}

/* Slow paths leave it to them, but not for ever. */
ATF_TC_WITHOUT_HEAD(grace);
ATF_TC_BODY(grace, tc)
{
	uint64_t from;

	cache = threads_init(1);
	_bas_purge_wake(0);
	ATF_CHECK_EQ(0, _bas_background_set(true));
	ATF_CHECK_EQ(BACKGROUND_LATE, _bas_purge_grace);
	/* Asleep: for the test it is a thread that does nothing. */
	while (_bas_os_fake_deadline() == 0)
		sched_yield();
	from = _bas_os_clock();
	_bas_purge_due = from;
	_bas_arenas_tick(from + 50 * MS);
	ATF_CHECK_EQ(from, _bas_purge_due);
	_bas_arenas_tick(from + BACKGROUND_LATE);
	ATF_CHECK(_bas_purge_due != from);
	ATF_CHECK_EQ(0, _bas_background_set(false));
	ATF_CHECK_EQ(0, _bas_purge_grace);
	_bas_purge_due = from;
	_bas_arenas_tick(from);
	ATF_CHECK(_bas_purge_due != from);
}

/* The option starts one when the C library is ready, at a slow path. */
ATF_TC_WITHOUT_HEAD(lazy);
ATF_TC_BODY(lazy, tc)
{
	_bas_options.background_thread = true;
	cache = threads_init(1);
	background_note();
	ATF_CHECK(!background_is_missing());
	_bas_background_ready();
	ATF_CHECK(_bas_background_is_on() && background_is_missing());
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_THREAD_START));
	_bas_background_begin();
	ATF_CHECK(!background_is_missing());
	ATF_CHECK_EQ(1, nthreads());
	_bas_cache_tick(cache);
	ATF_CHECK(!background_is_missing());
}

static void
expect(size_t threads, unsigned arenas)
{
	unsigned i;

	for (i = 0; i < arenas; i++)
		ATF_REQUIRE(_bas_arena_make(i) != NULL);
	while (nthreads() != threads) {
		_bas_purge_wake(0);
		_bas_os_fake_clock_advance(BACKGROUND_PERIOD);
		sched_yield();
	}
	ATF_CHECK(!background_is_missing());
}

/* The leader starts the others, or has just started one too many. */
static void
settle(size_t threads)
{
	while (nthreads() != threads) {
		if (background_is_missing())
			_bas_background_begin();
		sched_yield();
	}
}

/* More arenas have more threads, up to the bound. */
ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	unsigned i;

	cache = threads_init(40);
	ATF_CHECK_EQ(4, _bas_background_max());
	ATF_CHECK_EQ(0, _bas_background_set(true));
	expect(1, BACKGROUND_ARENAS);
	expect(2, BACKGROUND_ARENAS + 1);
	expect(4, 40);
	for (i = 0; i < 40; i++)
		dirty(_bas_arena_get(i));
	for (i = 0; i < 40; i++)
		idle(_bas_arena_get(i));
	ATF_CHECK_EQ(EINVAL, _bas_background_set_max(0));
	ATF_CHECK_EQ(EINVAL, _bas_background_set_max(5));
	ATF_CHECK_EQ(0, _bas_background_set_max(2));
	ATF_CHECK_EQ(2, _bas_background_max());
	settle(2);
	for (i = 0; i < 40; i++)
		dirty(_bas_arena_get(i));
	for (i = 0; i < 40; i++)
		idle(_bas_arena_get(i));
	ATF_CHECK_EQ(0, _bas_background_set_max(4));
	settle(4);
	ATF_CHECK_EQ(0, _bas_background_set(false));
	ATF_CHECK_EQ(0, nthreads());
	ATF_CHECK_EQ(0, _bas_background_set_max(1));
	ATF_CHECK_EQ(0, nthreads());
}

/* No thread: an error for who asks, a later try where it is an option. */
ATF_TC_WITHOUT_HEAD(fails);
ATF_TC_BODY(fails, tc)
{
	cache = threads_init(1);
	_bas_os_fake_fail(OS_FAKE_THREAD_START, 0, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(EFAULT, _bas_background_set(true));
	ATF_CHECK(!_bas_background_is_on());
	ATF_CHECK_EQ(0, _bas_purge_grace);
	_bas_os_fake_reset();
	ATF_CHECK_EQ(0, _bas_background_set(true));
	ATF_CHECK_EQ(1, nthreads());
}

ATF_TC_WITHOUT_HEAD(fails_lazy);
ATF_TC_BODY(fails_lazy, tc)
{
	_bas_options.background_thread = true;
	cache = threads_init(1);
	_bas_background_ready();
	_bas_os_fake_fail(OS_FAKE_THREAD_START, 0, 1);
	_bas_background_begin();
	ATF_CHECK_EQ(0, nthreads());
	ATF_CHECK(_bas_background_is_on());
	/* Slow paths purge; they do not try at once again. */
	dirty(cache->arena);
	_bas_os_fake_clock_advance(900 * MS);
	_bas_cache_tick(cache);
	ATF_CHECK(!background_is_missing());
	_bas_os_fake_clock_advance(200 * MS);
	_bas_cache_tick(cache);
	ATF_CHECK(background_is_missing());
	_bas_background_begin();
	ATF_CHECK_EQ(1, nthreads());
}

/* While another thread forks: no failure, but a wish that stays. */
ATF_TC_WITHOUT_HEAD(busy);
ATF_TC_BODY(busy, tc)
{
	cache = threads_init(1);
	_bas_background_ready();
	_bas_os_fake_fail(OS_FAKE_THREAD_BUSY, 0, 2);
	ATF_CHECK_EQ(0, _bas_background_set(true));
	ATF_CHECK(_bas_background_is_on());
	ATF_CHECK_EQ(0, nthreads());
	ATF_CHECK_EQ(0, _bas_purge_grace);
	dirty(cache->arena);
	_bas_cache_tick(cache);
	ATF_CHECK(background_is_missing());
	_bas_background_begin();
	ATF_CHECK_EQ(0, nthreads());
	ATF_CHECK(_bas_background_is_on());
	_bas_cache_tick(cache);
	ATF_CHECK(background_is_missing());
	_bas_background_begin();
	ATF_CHECK_EQ(1, nthreads());
}

/* Nor one of the leader's, who tries each round. */
ATF_TC_WITHOUT_HEAD(busy_leader);
ATF_TC_BODY(busy_leader, tc)
{
	unsigned i;

	cache = threads_init(40);
	for (i = 0; i < 40; i++)
		ATF_REQUIRE(_bas_arena_make(i) != NULL);
	_bas_os_fake_fail(OS_FAKE_THREAD_BUSY, 1, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(0, _bas_background_set(true));
	ATF_CHECK_EQ(1, nthreads());
	dirty(cache->arena);
	idle(cache->arena);
	ATF_CHECK_EQ(1, nthreads());
	_bas_os_fake_reset();
	expect(4, 40);
	ATF_CHECK_EQ(0, _bas_background_set(false));
	ATF_CHECK_EQ(0, nthreads());
}

static void
child(void)
{
	_bas_arenas_mend();
	_bas_tsd_mend();
	_bas_background_mend();
	ATF_CHECK_EQ(0, nthreads());
	ATF_CHECK(_bas_background_is_on());
	/* Not for the first look, which finds all due. */
	_bas_cache_tick(cache);
	ATF_CHECK(!background_is_missing());
	dirty(cache->arena);
	_bas_cache_tick(cache);
	ATF_CHECK(background_is_missing());
	_bas_background_begin();
	ATF_CHECK_EQ(1, nthreads());
	idle(cache->arena);
	ATF_CHECK_EQ(0, _bas_background_set(false));
}

/* A child has none, and gets one of its own when it goes on. */
ATF_TC_WITHOUT_HEAD(forks);
ATF_TC_BODY(forks, tc)
{
	unit_skip_sanitized("leaves locks to a child as threads "
	    "had them");
	cache = threads_init(1);
	_bas_background_ready();
	ATF_CHECK_EQ(0, _bas_background_set(true));
	unit_child(child);
	dirty(cache->arena);
	idle(cache->arena);
	ATF_CHECK_EQ(1, nthreads());
}

/* As in a hook: the wish is for the next slow path. */
ATF_TC_WITHOUT_HEAD(in_hook);
ATF_TC_BODY(in_hook, tc)
{
	struct cache dead = { .state = CACHE_DEAD }, *own;

	cache = threads_init(1);
	own = self()->cache;
	self()->cache = &dead;
	ATF_CHECK_EQ(0, _bas_background_set(true));
	ATF_CHECK(background_is_missing());
	_bas_background_begin();
	ATF_CHECK_EQ(0, nthreads());
	self()->cache = own;
	_bas_background_begin();
	ATF_CHECK_EQ(1, nthreads());
	self()->cache = &dead;
	ATF_CHECK_EQ(0, _bas_background_set(false));
	ATF_CHECK_EQ(1, nthreads());
	self()->cache = own;
	ATF_CHECK(background_is_missing());
	_bas_background_begin();
	ATF_CHECK_EQ(0, nthreads());
}

static void *
switcher(void *arg)
{
	unsigned i;

	for (i = 0; i < 300; i++) {
		if (_bas_background_set(i % 2 == 0) != 0)
			return ("it cannot be set");
		(void)_bas_background_set_max(i % 4 + 1);
	}
	return (arg);
}

/* All is due all the time: leaders are at work when they have to end. */
static void *
driver(void *arg)
{
	atomic_bool *stop = arg;

	while (!atomic_load(stop)) {
		_bas_purge_wake(0);
		_bas_os_fake_clock_advance(2 * BACKGROUND_PERIOD);
		sched_yield();
	}
	return (NULL);
}

/* Several that want it on and off: the last wish is what is. */
ATF_TC_WITHOUT_HEAD(race);
ATF_TC_BODY(race, tc)
{
	atomic_bool stop = false;
	pthread_t drive, thread[3];
	unsigned i;

	cache = threads_init(20);
	for (i = 0; i < 20; i++)
		ATF_REQUIRE(_bas_arena_make(i) != NULL);
	ATF_REQUIRE_EQ(0, pthread_create(&drive, NULL, driver, &stop));
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, switcher,
		    NULL));
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	atomic_store(&stop, true);
	pthread_join(drive, NULL);
	ATF_CHECK_EQ(0, _bas_background_set_max(3));
	ATF_CHECK_EQ(0, _bas_background_set(true));
	settle(3);
	dirty(cache->arena);
	idle(cache->arena);
	ATF_CHECK_EQ(0, _bas_background_set(false));
	ATF_CHECK_EQ(0, nthreads());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, off);
	ATF_TP_ADD_TC(tp, purges);
	ATF_TP_ADD_TC(tp, period);
	ATF_TP_ADD_TC(tp, grace);
	ATF_TP_ADD_TC(tp, lazy);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, fails);
	ATF_TP_ADD_TC(tp, fails_lazy);
	ATF_TP_ADD_TC(tp, busy);
	ATF_TP_ADD_TC(tp, busy_leader);
	ATF_TP_ADD_TC(tp, forks);
	ATF_TP_ADD_TC(tp, in_hook);
	ATF_TP_ADD_TC(tp, race);
	return (atf_no_error());
}
