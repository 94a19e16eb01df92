/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <malloc.h>

#include "../include/testutil.h"

/* C23: both do nothing with NULL, whatever the other arguments are. */
ATF_TC_WITHOUT_HEAD(null);
ATF_TC_BODY(null, tc)
{
	static const size_t any[] = { 0, 1, 3, 16, 100, 1 << 20, SIZE_MAX };
	size_t i, j, n = sizeof(any) / sizeof(any[0]);

	(void)tc;
	errno = 77;
	for (i = 0; i < n; i++) {
		free_sized(hide(NULL), hide_size(any[i]));
		for (j = 0; j < n; j++)
			free_aligned_sized(hide(NULL), any[i], any[j]);
	}
	ATF_CHECK_EQ(77, errno);
}

static void *
obtain(int how, size_t size)
{
	void *p;

	switch (how) {
	case 0:
		return (malloc(size));
	case 1:
		return (calloc(size, 1));
	case 2:
		return (calloc(1, size));
	default:
		p = malloc(size / 2 + 1);
		return (p == NULL ? NULL : realloc(p, size));
	}
}

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	void *p[4];
	size_t size;
	int how;

	(void)tc;
	for (size = 1; size <= 4 * MIB; size = next_size(size)) {
		for (how = 0; how < 4; how++) {
			p[how] = obtain(how, size);
			ATF_REQUIRE(p[how] != NULL);
			pattern_fill(p[how], size < 5000 ? size : 5000, how);
		}
		errno = 77;
		for (how = 0; how < 4; how++) {
			ATF_REQUIRE_EQ(size < 5000 ? size : 5000,
			    pattern_check(p[how], size < 5000 ? size : 5000,
			    how));
			free_sized(p[how], size);
		}
		ATF_REQUIRE_EQ(77, errno);
	}
	free_sized(hide(malloc(hide_size(0))), 0);
}

ATF_TC_WITHOUT_HEAD(aligned);
ATF_TC_BODY(aligned, tc)
{
	static const size_t sizes[] = { 0, 1, 16, 100, 1000, 5000, 40000,
	    500000, 5000000 };
	size_t align, i;
	void *p, *q;

	(void)tc;
	for (align = 1; align <= 16 * MIB; align *= 2) {
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			p = aligned_alloc(align, sizes[i]);
			q = aligned_alloc(align, sizes[i]);
			ATF_REQUIRE(p != NULL && q != NULL && p != q);
			memset(p, 1, sizes[i]);
			memset(q, 2, sizes[i]);
			errno = 77;
			free_aligned_sized(p, align, sizes[i]);
			free_aligned_sized(q, align, sizes[i]);
			ATF_REQUIRE_EQ(77, errno);
		}
	}
}

/* What is freed with its size is reused like anything else. */
ATF_TC_WITHOUT_HEAD(memory_returns);
ATF_TC_BODY(memory_returns, tc)
{
	size_t before, i, round, size;
	static void *p[2000];

	(void)tc;
	before = resident_bytes();
	for (round = 0; round < 60; round++) {
		for (i = 0; i < 2000; i++) {
			size = 1 + i * 37 % 9000;
			p[i] = malloc(size);
			ATF_REQUIRE(p[i] != NULL);
			memset(p[i], 1, size);
		}
		for (i = 0; i < 2000; i++)
			free_sized(p[i], 1 + i * 37 % 9000);
	}
	ATF_CHECK_MSG(resident_bytes() < before + 64 * MIB,
	    "%zu bytes resident", resident_bytes());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, null);
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, aligned);
	ATF_TP_ADD_TC(tp, memory_returns);

	return (atf_no_error());
}
