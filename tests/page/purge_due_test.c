/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "os/os.h"
#include "page/purge.h"

/* The earliest of all times counts. */
ATF_TC_WITHOUT_HEAD(wake);
ATF_TC_BODY(wake, tc)
{
	ATF_CHECK_EQ(UINT64_MAX, _bas_purge_due);
	_bas_purge_wake(100);
	_bas_purge_wake(200);
	ATF_CHECK_EQ(100, _bas_purge_due);
	_bas_purge_wake(50);
	ATF_CHECK_EQ(50, _bas_purge_due);
}

/* Who claims takes it out; grace leaves it to others for a while. */
ATF_TC_WITHOUT_HEAD(claim);
ATF_TC_BODY(claim, tc)
{
	ATF_CHECK(!_bas_purge_claim(1000, 0));
	_bas_purge_wake(100);
	ATF_CHECK(!_bas_purge_claim(99, 0));
	ATF_CHECK(!_bas_purge_claim(109, 10));
	ATF_CHECK_EQ(100, _bas_purge_due);
	ATF_CHECK(_bas_purge_claim(110, 10));
	ATF_CHECK(!_bas_purge_claim(110, 0));
	_bas_purge_wake(100);
	ATF_CHECK(_bas_purge_claim(100, 0));
	_bas_purge_wake(UINT64_MAX - 1);
	ATF_CHECK(_bas_purge_claim(UINT64_MAX, 1000));
	ATF_CHECK_EQ(UINT64_MAX, _bas_purge_due);
}

static _Atomic unsigned	woken;
static uint64_t		least;

static void *
sleeper(void *arg)
{
	_bas_purge_sleep(_bas_purge_ticket(), least);
	woken++;
	return (arg);
}

/* Returns when it is asleep, for the nth time. */
static pthread_t
sleep_begin(size_t nth)
{
	pthread_t thread;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, sleeper, NULL));
	while (_bas_os_fake_count(OS_FAKE_WAIT_UNTIL) < nth)
		sched_yield();
	return (thread);
}

ATF_TC_WITHOUT_HEAD(sleep_time);
ATF_TC_BODY(sleep_time, tc)
{
	uint64_t now = _bas_os_clock();
	pthread_t thread;

	/* Until it is due. */
	_bas_purge_wake(now + 1000);
	thread = sleep_begin(1);
	ATF_CHECK_EQ(now + 1000, _bas_os_fake_deadline());
	_bas_os_fake_clock_advance(1000);
	pthread_join(thread, NULL);
	/* Not before least, however soon it is due. */
	least = now + 5000;
	thread = sleep_begin(2);
	ATF_CHECK_EQ(now + 5000, _bas_os_fake_deadline());
	_bas_purge_wake(0);
	_bas_os_fake_reset();
	_bas_purge_rouse();
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_WAKE));
	ATF_CHECK_EQ(1, woken);
	_bas_os_fake_clock_advance(5000);
	pthread_join(thread, NULL);
}

/* Nothing is due: it sleeps until something is, and is woken once. */
ATF_TC_WITHOUT_HEAD(rouse);
ATF_TC_BODY(rouse, tc)
{
	uint64_t now = _bas_os_clock();
	pthread_t thread;

	_bas_purge_rouse();
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_WAKE));
	thread = sleep_begin(1);
	ATF_CHECK_EQ(UINT64_MAX, _bas_os_fake_deadline());
	_bas_purge_rouse();
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_WAKE));
	_bas_purge_wake(now + 7000);
	_bas_purge_rouse();
	_bas_purge_rouse();
	pthread_join(thread, NULL);
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_WAKE));
	/* Later than what it sleeps for is no reason. */
	thread = sleep_begin(2);
	_bas_purge_wake(now + 8000);
	_bas_purge_rouse();
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_WAKE));
	_bas_purge_stir();
	pthread_join(thread, NULL);
	ATF_CHECK_EQ(2, woken);
}

/* A stir between the ticket and the sleep is not missed. */
ATF_TC_WITHOUT_HEAD(ticket);
ATF_TC_BODY(ticket, tc)
{
	uint32_t drawn = _bas_purge_ticket();

	_bas_purge_stir();
	_bas_purge_sleep(drawn, 0);
	ATF_CHECK(_bas_purge_ticket() != drawn);
}

#define	ROUNDS	20000

static _Atomic unsigned	done;

static void *
claimer(void *arg)
{
	while (done < ROUNDS) {
		_bas_purge_sleep(_bas_purge_ticket(), 0);
		if (_bas_purge_claim(_bas_os_clock(), 0))
			done++;
	}
	return (arg);
}

/* The clock stands, so only being woken ends a sleep: none is missed. */
ATF_TC_WITHOUT_HEAD(race);
ATF_TC_BODY(race, tc)
{
	pthread_t thread;
	unsigned i;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, claimer, NULL));
	for (i = 0; i < ROUNDS; i++) {
		_bas_purge_wake(1);
		_bas_purge_rouse();
		while (done <= i)
			sched_yield();
	}
	pthread_join(thread, NULL);
	ATF_CHECK_EQ(ROUNDS, done);
}

ATF_TC_WITHOUT_HEAD(mend);
ATF_TC_BODY(mend, tc)
{
	_bas_purge_wake(5000);
	_bas_purge_grace = 1000;
	_bas_purge_mend();
	ATF_CHECK_EQ(0, _bas_purge_due);
	ATF_CHECK_EQ(0, _bas_purge_grace);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, wake);
	ATF_TP_ADD_TC(tp, claim);
	ATF_TP_ADD_TC(tp, sleep_time);
	ATF_TP_ADD_TC(tp, rouse);
	ATF_TP_ADD_TC(tp, ticket);
	ATF_TP_ADD_TC(tp, race);
	ATF_TP_ADD_TC(tp, mend);
	return (atf_no_error());
}
