/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "util/lock.h"

#define	NTHREADS	4
#define	NROUNDS		50000

static struct lock	low = LOCK_INITIALIZER(RANK_BASE);
static struct lock	high = LOCK_INITIALIZER(RANK_BIN);
static struct lock	peer = LOCK_INITIALIZER(RANK_BIN);
static volatile size_t	shared[2];
static _Atomic int	reached;

ATF_TC_WITHOUT_HEAD(states);
ATF_TC_BODY(states, tc)
{
	struct lock lock;

	_bas_lock_init(&lock, RANK_PAGES);
	ATF_CHECK(!lock_is_held(&lock));
	lock_take(&lock);
	ATF_CHECK(lock_is_held(&lock));
	lock_give(&lock);
	ATF_CHECK(!lock_is_held(&lock));
	ATF_CHECK(lock_try(&lock));
	ATF_CHECK(!lock_try(&lock));
	lock_give(&lock);
	ATF_CHECK(lock_try(&lock));
	lock_give(&lock);
	/* Without others there is no reason to ask the kernel. */
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_WAKE));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_WAIT));
}

static void *
count_up(void *arg)
{
	size_t i;

	for (i = 0; i < NROUNDS; i++) {
		if (i % 3 != 0 || !lock_try(&low))
			lock_take(&low);
		shared[0]++;
		if (i % 1000 == 0)
			sched_yield();
		shared[1]++;
		if (shared[0] != shared[1])
			return (arg);
		lock_give(&low);
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(exclusion);
ATF_TC_BODY(exclusion, tc)
{
	pthread_t thread[NTHREADS];
	void *wrong;
	unsigned i;

	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, count_up,
		    &low));
	for (i = 0; i < NTHREADS; i++) {
		pthread_join(thread[i], &wrong);
		ATF_CHECK_EQ(NULL, wrong);
	}
	ATF_CHECK_EQ((size_t)NTHREADS * NROUNDS, shared[0]);
	ATF_CHECK(!lock_is_held(&low));
}

static void *
take_once(void *arg)
{
	(void)arg;
	lock_take(&low);
	reached++;
	lock_give(&low);
	return (NULL);
}

/* Who waits long sleeps, and each who sleeps is woken. */
ATF_TC_WITHOUT_HEAD(sleep_and_wake);
ATF_TC_BODY(sleep_and_wake, tc)
{
	pthread_t thread[NTHREADS];
	unsigned i;

	lock_take(&low);
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, take_once,
		    NULL));
	while (_bas_os_fake_count(OS_FAKE_WAIT) < NTHREADS)
		sched_yield();
	ATF_CHECK_EQ(0, reached);
	lock_give(&low);
	for (i = 0; i < NTHREADS; i++)
		pthread_join(thread[i], NULL);
	ATF_CHECK_EQ(NTHREADS, reached);
	ATF_CHECK(_bas_os_fake_count(OS_FAKE_WAKE) > 0);
	ATF_CHECK(!lock_is_held(&low));
}

ATF_TC_WITHOUT_HEAD(rank_order);
ATF_TC_BODY(rank_order, tc)
{
	lock_take(&high);
	lock_take(&low);
	/* Given in any order. */
	lock_give(&high);
	lock_give(&low);
	lock_take(&low);
	lock_give(&low);
	lock_take(&high);
	lock_give(&high);
}

static bool
is_zero(const struct lock_stats *s)
{
	return (s->num_ops + s->num_wait + s->num_spin_acq +
	    s->num_owner_switch + s->total_wait_time + s->max_wait_time +
	    s->max_num_thds == 0);
}

/* Times taken, and by whom; a try that fails is none. */
ATF_TC_WITHOUT_HEAD(counts);
ATF_TC_BODY(counts, tc)
{
	struct lock_stats s;
	pthread_t thread;
	unsigned i;

	_bas_lock_stats(&low, &s);
	ATF_CHECK(is_zero(&s));
	for (i = 0; i < 10; i++) {
		if (i % 2 == 0)
			lock_take(&low);
		else
			ATF_REQUIRE(lock_try(&low));
		ATF_CHECK(!lock_try(&low));
		lock_give(&low);
	}
	_bas_lock_stats(&low, &s);
	ATF_CHECK_EQ(10, s.num_ops);
	ATF_CHECK_EQ(1, s.num_owner_switch);
	ATF_CHECK_EQ(0, s.num_wait + s.num_spin_acq + s.total_wait_time +
	    s.max_wait_time + s.max_num_thds);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, take_once, NULL));
	pthread_join(thread, NULL);
	lock_take(&low);
	lock_give(&low);
	_bas_lock_stats(&low, &s);
	ATF_CHECK_EQ(12, s.num_ops);
	ATF_CHECK_EQ(3, s.num_owner_switch);
}

/* Those who slept, how long, and how many at once; and all forgotten. */
ATF_TC_WITHOUT_HEAD(counts_of_sleep);
ATF_TC_BODY(counts_of_sleep, tc)
{
	struct lock_stats s;
	pthread_t thread[NTHREADS];
	unsigned i;

	_bas_os_fake_clock_set(1000);
	lock_take(&low);
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, take_once,
		    NULL));
	while (_bas_os_fake_count(OS_FAKE_WAIT) < NTHREADS)
		sched_yield();
	_bas_os_fake_clock_advance(7 * MS);
	lock_give(&low);
	for (i = 0; i < NTHREADS; i++)
		pthread_join(thread[i], NULL);
	_bas_lock_stats(&low, &s);
	ATF_CHECK_EQ(NTHREADS + 1, s.num_ops);
	ATF_CHECK_EQ(NTHREADS, s.num_wait);
	ATF_CHECK_EQ(0, s.num_spin_acq);
	ATF_CHECK_EQ(NTHREADS + 1, s.num_owner_switch);
	ATF_CHECK_EQ(NTHREADS * 7 * MS, s.total_wait_time);
	ATF_CHECK_EQ(7 * MS, s.max_wait_time);
	ATF_CHECK_EQ(NTHREADS, s.max_num_thds);
	_bas_lock_stats_reset(&low);
	_bas_lock_stats(&low, &s);
	ATF_CHECK(is_zero(&s));
	lock_take(&low);
	lock_give(&low);
	_bas_lock_stats(&low, &s);
	ATF_CHECK_EQ(1, s.num_ops);
	ATF_CHECK_EQ(1, s.num_owner_switch);
}

static void
pause_a_little(void)
{
	volatile unsigned i;

	for (i = 0; i < 50; i++)
		;
}

static void *
take_often(void *arg)
{
	unsigned i;

	for (i = 0; i < NROUNDS; i++) {
		lock_take(&low);
		pause_a_little();
		lock_give(&low);
	}
	return (arg);
}

/* Whatever way the lock was had, it was had once. */
ATF_TC_WITHOUT_HEAD(counts_of_many);
ATF_TC_BODY(counts_of_many, tc)
{
	pthread_t thread[NTHREADS];
	struct lock_stats s;
	unsigned i;

	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL,
		    take_often, NULL));
	for (i = 0; i < NTHREADS; i++)
		pthread_join(thread[i], NULL);
	_bas_lock_stats(&low, &s);
	ATF_CHECK_EQ((uint64_t)NTHREADS * NROUNDS, s.num_ops);
	ATF_CHECK(s.num_wait + s.num_spin_acq <= s.num_ops);
	ATF_CHECK(s.num_owner_switch >= NTHREADS);
	ATF_CHECK(s.num_owner_switch <= s.num_ops);
	/* Who has just had the lock may wait again while others are counted. */
	ATF_CHECK(s.max_num_thds <= NTHREADS);
	ATF_CHECK(s.num_wait == 0 || s.max_num_thds > 0);
}

ATF_TC_WITHOUT_HEAD(sums);
ATF_TC_BODY(sums, tc)
{
	struct lock_stats sum = { 0 }, one = { .num_ops = 5, .num_wait = 4,
	    .num_spin_acq = 3, .num_owner_switch = 2, .total_wait_time = 9,
	    .max_wait_time = 6, .max_num_thds = 1 }, two = one;

	two.max_wait_time = 2;
	two.max_num_thds = 7;
	_bas_lock_stats_add(&sum, &one);
	_bas_lock_stats_add(&sum, &two);
	ATF_CHECK_EQ(10, sum.num_ops);
	ATF_CHECK_EQ(8, sum.num_wait);
	ATF_CHECK_EQ(6, sum.num_spin_acq);
	ATF_CHECK_EQ(4, sum.num_owner_switch);
	ATF_CHECK_EQ(18, sum.total_wait_time);
	ATF_CHECK_EQ(6, sum.max_wait_time);
	ATF_CHECK_EQ(7, sum.max_num_thds);
}

static void
upwards(void)
{
	lock_take(&low);
	lock_take(&high);
}

static void
equals(void)
{
	lock_take(&high);
	lock_take(&peer);
}

static void
try_upwards(void)
{
	lock_take(&low);
	(void)lock_try(&high);
}

static void
not_held(void)
{
	lock_give(&low);
}

ATF_TC_WITHOUT_HEAD(rank_broken);
ATF_TC_BODY(rank_broken, tc)
{
	unit_aborts(upwards, "out of rank");
	unit_aborts(equals, "out of rank");
	unit_aborts(try_upwards, "out of rank");
	unit_aborts(not_held, "not held");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, states);
	ATF_TP_ADD_TC(tp, exclusion);
	ATF_TP_ADD_TC(tp, sleep_and_wake);
	ATF_TP_ADD_TC(tp, counts);
	ATF_TP_ADD_TC(tp, counts_of_sleep);
	ATF_TP_ADD_TC(tp, counts_of_many);
	ATF_TP_ADD_TC(tp, sums);
	ATF_TP_ADD_TC(tp, rank_order);
	ATF_TP_ADD_TC(tp, rank_broken);
	return (atf_no_error());
}
