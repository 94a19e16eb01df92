/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>

#include "../include/testutil.h"

ATF_TC_WITHOUT_HEAD(fresh);
ATF_TC_BODY(fresh, tc)
{
	size_t size;
	void *p;

	(void)tc;
	for (size = 1; size <= 8 * MIB; size = next_size(size)) {
		p = calloc(1, size);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE_MSG(zero_prefix(p, size) == size,
		    "calloc(1, %zu) is not zero at %zu", size,
		    zero_prefix(p, size));
		free(p);
	}
}

/*
 * The same memory comes back dirty, from caches, slabs and runs alike, at its
 * own size and at others.
 */
ATF_TC_WITHOUT_HEAD(dirty);
ATF_TC_BODY(dirty, tc)
{
	void *p[8];
	size_t size;
	int i, round;

	(void)tc;
	for (size = 1; size <= MIB; size = next_size(size)) {
		for (round = 0; round < 3; round++) {
			for (i = 0; i < 8; i++) {
				p[i] = round == 0 ? malloc(size) :
				    calloc(size, 1);
				ATF_REQUIRE(p[i] != NULL);
				if (round != 0)
					ATF_REQUIRE_EQ(size,
					    zero_prefix(p[i], size));
				memset(p[i], 0xff, size);
			}
			for (i = 0; i < 8; i++)
				free(p[i]);
		}
	}
}

ATF_TC_WITHOUT_HEAD(dirty_large);
ATF_TC_BODY(dirty_large, tc)
{
	size_t i, size;
	char *p, *q;

	(void)tc;
	for (size = MIB; size <= 128 * MIB; size = size * 2 + 12345) {
		for (i = 0; i < 3; i++) {
			p = malloc(size);
			ATF_REQUIRE(p != NULL);
			memset(p, 0xff, size);
			free(p);
			p = calloc(size / 3, 2);
			q = calloc(3, size / 9);
			ATF_REQUIRE(p != NULL && q != NULL);
			ATF_REQUIRE_EQ(size / 3 * 2,
			    zero_prefix(p, size / 3 * 2));
			ATF_REQUIRE_EQ(size / 9 * 3,
			    zero_prefix(q, size / 9 * 3));
			memset(q, 0xff, size / 9 * 3);
			free(p);
			free(q);
		}
	}
}

ATF_TC_WITHOUT_HEAD(random_reuse);
ATF_TC_BODY(random_reuse, tc)
{
	static void *p[1024];
	uint64_t r, seed = 3;
	size_t i, op, size;

	(void)tc;
	memset(p, 0, sizeof(p));
	for (op = 0; op < 200000; op++) {
		r = test_random(&seed);
		i = r % 1024;
		free(p[i]);
		size = (r >> 32) % ((size_t)1 << ((r >> 12) % 15 + 1)) + 1;
		if ((r >> 20 & 1) != 0) {
			p[i] = calloc(1, size);
			ATF_REQUIRE(p[i] != NULL);
			ATF_REQUIRE_EQ(size, zero_prefix(p[i], size));
		} else
			p[i] = malloc(size);
		ATF_REQUIRE(p[i] != NULL);
		memset(p[i], 0xee, size);
	}
	for (i = 0; i < 1024; i++)
		free(p[i]);
}

ATF_TC_WITHOUT_HEAD(overflow);
ATF_TC_BODY(overflow, tc)
{
	static const size_t pairs[][2] = {
		{ SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX, SIZE_MAX },
		{ SIZE_MAX / 2 + 1, 2 }, { (size_t)1 << 32, (size_t)1 << 32 },
		{ SIZE_MAX / 3 + 1, 3 }, { SIZE_MAX / 16 + 1, 16 },
		{ ((size_t)1 << 32) + 1, (size_t)1 << 32 },
	};
	size_t i;
	void *p;

	(void)tc;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		errno = 0;
		p = hide(calloc(hide_size(pairs[i][0]),
		    hide_size(pairs[i][1])));
		ATF_CHECK_MSG(p == NULL, "calloc(%#zx, %#zx) = %p",
		    pairs[i][0], pairs[i][1], p);
		ATF_CHECK_EQ(ENOMEM, errno);
	}
}

ATF_TC_WITHOUT_HEAD(zero_size);
ATF_TC_BODY(zero_size, tc)
{
	void *p, *q;

	(void)tc;
	p = hide(calloc(hide_size(0), hide_size(SIZE_MAX)));
	q = hide(calloc(hide_size(SIZE_MAX), hide_size(0)));
	ATF_CHECK(p != NULL);
	ATF_CHECK(q != NULL);
	ATF_CHECK(p != q);
	free(p);
	free(q);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fresh);
	ATF_TP_ADD_TC(tp, dirty);
	ATF_TP_ADD_TC(tp, dirty_large);
	ATF_TP_ADD_TC(tp, random_reuse);
	ATF_TP_ADD_TC(tp, overflow);
	ATF_TP_ADD_TC(tp, zero_size);

	return (atf_no_error());
}
