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
	ATF_TP_ADD_TC(tp, rank_order);
	ATF_TP_ADD_TC(tp, rank_broken);
	return (atf_no_error());
}
