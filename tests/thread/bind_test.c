/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "threads.h"

static struct cache	caches[8];

/* One arena a thread while there are any, then as even as can be. */
ATF_TC_WITHOUT_HEAD(even);
ATF_TC_BODY(even, tc)
{
	unsigned i;

	_bas_options.narenas = 4;
	_bas_arenas_init();
	for (i = 0; i < 8; i++)
		ATF_REQUIRE(_bas_bind(&caches[i]) != NULL);
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(2, _bas_arena_get(i)->nthreads);
	for (i = 0; i < 8; i += 2)
		_bas_unbind(&caches[i]);
	for (i = 0; i < 8; i += 2) {
		ATF_CHECK_EQ(NULL, caches[i].arena);
		ATF_REQUIRE(_bas_bind(&caches[i]) != NULL);
	}
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(2, _bas_arena_get(i)->nthreads);
	for (i = 0; i < 8; i++) {
		_bas_unbind(&caches[i]);
		_bas_unbind(&caches[i]);
	}
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(0, _bas_arena_get(i)->nthreads);
}

/* A program with few threads has few arenas. */
ATF_TC_WITHOUT_HEAD(few);
ATF_TC_BODY(few, tc)
{
	unsigned i;

	_bas_options.narenas = 4;
	_bas_arenas_init();
	for (i = 0; i < 8; i++) {
		ATF_REQUIRE(_bas_bind(&caches[0]) != NULL);
		_bas_unbind(&caches[0]);
	}
	ATF_CHECK(_bas_arena_get(0) != NULL);
	ATF_CHECK_EQ(NULL, _bas_arena_get(1));
}

ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	_bas_options.narenas = 2;
	_bas_arenas_init();
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_base_alloc(16) != NULL)
		;
	ATF_CHECK_EQ(NULL, _bas_bind(&caches[0]));
	ATF_CHECK_EQ(NULL, caches[0].arena);
	_bas_unbind(&caches[0]);
	_bas_os_fake_reset();
	ATF_CHECK(_bas_bind(&caches[0]) != NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, even);
	ATF_TP_ADD_TC(tp, few);
	ATF_TP_ADD_TC(tp, no_memory);
	return (atf_no_error());
}
