/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <pthread.h>

#include "os/tally.h"

static _Alignas(64) char lines[4][64];

static uint64_t
moved(enum tally kind)
{

	return (_bas_tally_read(kind).moved);
}

static void *
write_one(void *arg)
{

	tally_write(TALLY_SLAB, arg);
	return (NULL);
}

static void
elsewhere(void *p)
{
	pthread_t thread;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, write_one, p));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
}

ATF_TC_WITHOUT_HEAD(calls);
ATF_TC_BODY(calls, tc)
{
	uint64_t n = _bas_tally_read(TALLY_REMAP).n;

	tally(TALLY_REMAP);
	tally(TALLY_REMAP);
	ATF_CHECK_EQ(n + 2, _bas_tally_read(TALLY_REMAP).n);
	ATF_CHECK_EQ(0, moved(TALLY_REMAP));
}

/* One thread alone moves nothing, whatever it writes. */
ATF_TC_WITHOUT_HEAD(own);
ATF_TC_BODY(own, tc)
{
	uint64_t n = _bas_tally_read(TALLY_SLAB).n, was = moved(TALLY_SLAB);
	int i;

	for (i = 0; i < 100; i++)
		tally_write(TALLY_SLAB, lines[i % 4]);
	ATF_CHECK_EQ(n + 100, _bas_tally_read(TALLY_SLAB).n);
	ATF_CHECK_EQ(was, moved(TALLY_SLAB));
}

/* A line that another thread writes has moved, and again on the way back. */
ATF_TC_WITHOUT_HEAD(other);
ATF_TC_BODY(other, tc)
{
	uint64_t was;

	tally_write(TALLY_SLAB, lines[1]);
	was = moved(TALLY_SLAB);
	elsewhere(lines[1] + 63);
	ATF_CHECK_EQ(was + 1, moved(TALLY_SLAB));
	tally_write(TALLY_SLAB, lines[1]);
	ATF_CHECK_EQ(was + 2, moved(TALLY_SLAB));
	tally_write(TALLY_SLAB, lines[1]);
	ATF_CHECK_EQ(was + 2, moved(TALLY_SLAB));
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, calls);
	ATF_TP_ADD_TC(tp, own);
	ATF_TP_ADD_TC(tp, other);
	return (atf_no_error());
}
