/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The end of a process that a signal handler calls for, while its thread is
 * at what profiles hold: there is no last profile then, but an end.
 */
#include <atf-c.h>
#include <stdio.h>
#include <unistd.h>

#include "malloc_np.h"

#include "../include/names.h"
#include "util/lock.h"
#include "watch/prof.h"

extern const char *bas_malloc_conf;
const char *bas_malloc_conf =
    "prof:true,lg_prof_sample:0,prof_final:true,prof_log:true";

static char name[64];

static bool
is_written(void)
{
	return (access(name, R_OK) == 0);
}

static void
end_within(struct lock *lock)
{
	lock_take(lock);
	_bas_prof_end();
	ATF_CHECK(lock_is_mine(lock));
	lock_give(lock);
	ATF_CHECK(!is_written());
}

ATF_TC_WITHOUT_HEAD(within);
ATF_TC_BODY(within, tc)
{
	bas_free(bas_malloc(1));
	(void)snprintf(name, sizeof(name), "jeprof.%d.0.f.heap",
	    (int)getpid());
	end_within(_bas_prof_lock());
	end_within(_bas_prof_dump_lock());
	_bas_prof_end();
	ATF_CHECK(is_written());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, within);
	return (atf_no_error());
}
