/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "page/decay.h"

#define	DECAY_MS	1000
#define	STEP		(DECAY_MS * MS / DECAY_STEPS)
#define	START		((uint64_t)5000 * MS)

static struct decay decay;

/* All of n pages become unused at once; how many may stay afterwards? */
ATF_TC_WITHOUT_HEAD(curve);
ATF_TC_BODY(curve, tc)
{
	size_t n = 100000, limit = n, next, half = 0;
	uint64_t t;

	_bas_decay_init(&decay, DECAY_MS, START);
	ATF_CHECK_EQ(n, _bas_decay_limit(&decay, START, n));
	for (t = 0; t <= DECAY_MS * MS + STEP; t += STEP / 3) {
		next = _bas_decay_limit(&decay, START + t, n);
		ATF_REQUIRE_MSG(next <= limit, "it rose to %zu", next);
		/* No cliff: the steepest of the curve is 15/8 a time. */
		ATF_REQUIRE(limit - next <= n * 2 / DECAY_STEPS + 1);
		limit = next;
		if (t < DECAY_MS * MS / 2)
			half = limit;
	}
	ATF_CHECK_EQ(0, limit);
	ATF_CHECK_MSG(half > n * 49 / 100 && half < n * 52 / 100,
	    "%zu at half the time", half);
}

/* It is the same whether time passes in steps or all at once. */
ATF_TC_WITHOUT_HEAD(jump);
ATF_TC_BODY(jump, tc)
{
	struct decay stepped;
	unsigned i;

	_bas_decay_init(&decay, DECAY_MS, START);
	_bas_decay_init(&stepped, DECAY_MS, START);
	(void)_bas_decay_limit(&decay, START + STEP, 1000);
	(void)_bas_decay_limit(&stepped, START + STEP, 1000);
	for (i = 2; i < 60; i++)
		(void)_bas_decay_limit(&stepped, START + i * STEP, 1000);
	ATF_CHECK_EQ(_bas_decay_limit(&stepped, START + 60 * STEP, 1000),
	    _bas_decay_limit(&decay, START + 60 * STEP, 1000));
	ATF_CHECK_EQ(0, _bas_decay_limit(&decay, START + 3600000 * MS, 1000));
}

/* Each batch fades from when it came. */
ATF_TC_WITHOUT_HEAD(batches);
ATF_TC_BODY(batches, tc)
{
	size_t both, late;

	_bas_decay_init(&decay, DECAY_MS, START);
	(void)_bas_decay_limit(&decay, START + STEP, 1000);
	(void)_bas_decay_limit(&decay, START + 101 * STEP, 3000);
	both = _bas_decay_limit(&decay, START + 150 * STEP, 3000);
	late = _bas_decay_limit(&decay, START + 202 * STEP, 3000);
	ATF_CHECK(both > late);
	ATF_CHECK_MSG(late > 980 && late < 1020, "%zu of 2000 at half", late);
	ATF_CHECK_EQ(0, _bas_decay_limit(&decay, START + 302 * STEP, 3000));
}

ATF_TC_WITHOUT_HEAD(never);
ATF_TC_BODY(never, tc)
{
	_bas_decay_init(&decay, -1, START);
	ATF_CHECK_EQ(SIZE_MAX, _bas_decay_limit(&decay, START, 5));
	ATF_CHECK_EQ(SIZE_MAX, _bas_decay_limit(&decay, UINT64_MAX, 5));
}

ATF_TC_WITHOUT_HEAD(at_once);
ATF_TC_BODY(at_once, tc)
{
	_bas_decay_init(&decay, 0, START);
	ATF_CHECK_EQ(0, _bas_decay_limit(&decay, START, 5));
}

/* The shortest and the longest times there are. */
ATF_TC_WITHOUT_HEAD(extremes);
ATF_TC_BODY(extremes, tc)
{
	_bas_decay_init(&decay, 1, START);
	ATF_CHECK_EQ(7, _bas_decay_limit(&decay, START, 7));
	ATF_CHECK_EQ(7, _bas_decay_limit(&decay, START + MS / 200, 7));
	ATF_CHECK_EQ(0, _bas_decay_limit(&decay, START + 2 * MS, 7));
	_bas_decay_init(&decay, (ssize_t)18446744072 * 1000, START);
	ATF_CHECK_EQ(7, _bas_decay_limit(&decay, START + 86400000 * MS, 7));
	/* Sixteen tebibytes of pages do not overflow. */
	_bas_decay_init(&decay, DECAY_MS, START);
	(void)_bas_decay_limit(&decay, START + STEP, UINT32_MAX);
	ATF_CHECK(_bas_decay_limit(&decay, START + 10 * STEP, UINT32_MAX) >
	    UINT32_MAX / 10 * 9);
}

/* Pages stay, and fade from the new time on. */
ATF_TC_WITHOUT_HEAD(clock_back);
ATF_TC_BODY(clock_back, tc)
{
	size_t before;

	_bas_decay_init(&decay, DECAY_MS, START);
	(void)_bas_decay_limit(&decay, START + STEP, 1000);
	before = _bas_decay_limit(&decay, START + 50 * STEP, 1000);
	ATF_CHECK_EQ(before, _bas_decay_limit(&decay, 0, 1000));
	ATF_CHECK_EQ(before, _bas_decay_limit(&decay, STEP / 2, 1000));
	ATF_CHECK(_bas_decay_limit(&decay, 10 * STEP, 1000) < before);
	ATF_CHECK_EQ(0, _bas_decay_limit(&decay, 201 * STEP, 1000));
}

/* What was purged and comes back is new; what stayed is not. */
ATF_TC_WITHOUT_HEAD(settle);
ATF_TC_BODY(settle, tc)
{
	size_t limit;

	_bas_decay_init(&decay, DECAY_MS, START);
	(void)_bas_decay_limit(&decay, START + STEP, 1000);
	limit = _bas_decay_limit(&decay, START + 150 * STEP, 1000);
	ATF_CHECK(limit < 200);
	_bas_decay_settle(&decay, limit);
	ATF_CHECK_EQ(limit + 500, _bas_decay_limit(&decay,
	    START + 150 * STEP, limit + 500));
	(void)_bas_decay_limit(&decay, START + 151 * STEP, limit + 500);
	limit = _bas_decay_limit(&decay, START + 251 * STEP, limit + 500);
	ATF_CHECK_MSG(limit > 240 && limit < 260, "%zu of 500 at half", limit);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, curve);
	ATF_TP_ADD_TC(tp, jump);
	ATF_TP_ADD_TC(tp, batches);
	ATF_TP_ADD_TC(tp, never);
	ATF_TP_ADD_TC(tp, at_once);
	ATF_TP_ADD_TC(tp, extremes);
	ATF_TP_ADD_TC(tp, clock_back);
	ATF_TP_ADD_TC(tp, settle);
	return (atf_no_error());
}
