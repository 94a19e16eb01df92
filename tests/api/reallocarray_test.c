/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <malloc.h>

#include "../include/testutil.h"

static const size_t overflow[][2] = {
	{ SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX / 2 + 1, 2 },
	{ (size_t)1 << 32, (size_t)1 << 32 }, { SIZE_MAX / 7 + 1, 7 },
};

#define	NOVERFLOW	(sizeof(overflow) / sizeof(overflow[0]))

ATF_TC_WITHOUT_HEAD(array);
ATF_TC_BODY(array, tc)
{
	size_t n;
	void *p;

	(void)tc;
	p = reallocarray(NULL, 10, 10);
	ATF_REQUIRE(p != NULL);
	pattern_fill(p, 100, 1);
	for (n = 10; n < 100000; n = n * 3 / 2) {
		p = reallocarray(p, n, 10);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE(malloc_usable_size(p) >= n * 10);
		ATF_REQUIRE_EQ(100, pattern_check(p, 100, 1));
		memset((char *)p + 100, 7, n * 10 - 100);
	}
	free(p);
}

ATF_TC_WITHOUT_HEAD(array_overflow);
ATF_TC_BODY(array_overflow, tc)
{
	size_t i;
	void *p;

	(void)tc;
	p = malloc(100);
	ATF_REQUIRE(p != NULL);
	pattern_fill(p, 100, 1);
	for (i = 0; i < NOVERFLOW; i++) {
		errno = 0;
		ATF_CHECK_EQ(NULL, hide(reallocarray(p,
		    hide_size(overflow[i][0]), hide_size(overflow[i][1]))));
		ATF_CHECK_EQ(ENOMEM, errno);
		errno = 0;
		ATF_CHECK_EQ(NULL, hide(reallocarray(NULL,
		    hide_size(overflow[i][0]), hide_size(overflow[i][1]))));
		ATF_CHECK_EQ(ENOMEM, errno);
	}
	ATF_CHECK_EQ(100, pattern_check(p, 100, 1));
	free(p);
}

ATF_TC_WITHOUT_HEAD(reallocf_grows);
ATF_TC_BODY(reallocf_grows, tc)
{
	void *p;

	(void)tc;
	p = reallocf(NULL, 50);
	ATF_REQUIRE(p != NULL);
	pattern_fill(p, 50, 2);
	p = reallocf(p, 500000);
	ATF_REQUIRE(p != NULL);
	ATF_REQUIRE_EQ(50, pattern_check(p, 50, 2));
	free(p);
}

/*
 * A failing reallocf frees the block: were it not so, the rounds would hold
 * 400 MiB at the end.
 */
ATF_TC_WITHOUT_HEAD(reallocf_fails);
ATF_TC_BODY(reallocf_fails, tc)
{
	size_t before, i;
	char *p;

	(void)tc;
	before = resident_bytes();
	for (i = 0; i < 200; i++) {
		p = malloc(2 * MIB);
		ATF_REQUIRE(p != NULL);
		memset(p, 1, 2 * MIB);
		errno = 0;
		ATF_REQUIRE_EQ(NULL, reallocf(p, hide_size(SIZE_MAX - i)));
		ATF_REQUIRE_EQ(ENOMEM, errno);
	}
	ATF_CHECK(resident_bytes() < before + 100 * MIB);
	errno = 0;
	ATF_CHECK_EQ(NULL, hide(reallocf(NULL, hide_size(SIZE_MAX))));
	ATF_CHECK_EQ(ENOMEM, errno);
}

/* What is new is zero, what was there stays, over sizes small and large. */
ATF_TC_WITHOUT_HEAD(recalloc);
ATF_TC_BODY(recalloc, tc)
{
	size_t from, keep, to;
	char *p;

	(void)tc;
	for (from = 1; from < 60000; from = from * 2 + 3) {
		for (to = 1; to < 60000; to = to * 3 / 2 + 1) {
			/* Leave dirt for the new block to be made of. */
			p = malloc(to * 8);
			ATF_REQUIRE(p != NULL);
			memset(p, 0xff, to * 8);
			free(p);
			p = recallocarray(NULL, 0, from, 8);
			ATF_REQUIRE(p != NULL);
			ATF_REQUIRE_EQ(from * 8, zero_prefix(p, from * 8));
			pattern_fill(p, from * 8, 3);
			p = recallocarray(p, from, to, 8);
			ATF_REQUIRE(p != NULL);
			keep = (from < to ? from : to) * 8;
			ATF_REQUIRE_EQ(keep, pattern_check(p, keep, 3));
			ATF_REQUIRE_EQ(to * 8 - keep,
			    zero_prefix(p + keep, to * 8 - keep));
			free(p);
		}
	}
}

ATF_TC_WITHOUT_HEAD(recalloc_errors);
ATF_TC_BODY(recalloc_errors, tc)
{
	size_t i;
	void *p;

	(void)tc;
	p = malloc(100);
	ATF_REQUIRE(p != NULL);
	pattern_fill(p, 100, 4);
	for (i = 0; i < NOVERFLOW; i++) {
		errno = 0;
		ATF_CHECK_EQ(NULL, hide(recallocarray(p, 1,
		    hide_size(overflow[i][0]), hide_size(overflow[i][1]))));
		ATF_CHECK_EQ(ENOMEM, errno);
	}
	/* An old size that overflows cannot be the block's. */
	errno = 0;
	ATF_CHECK_EQ(NULL, recallocarray(p, hide_size(SIZE_MAX / 2), 1, 4));
	ATF_CHECK_EQ(EINVAL, errno);
	errno = 0;
	ATF_CHECK_EQ(NULL, hide(recallocarray(NULL, 0, hide_size(SIZE_MAX),
	    2)));
	ATF_CHECK_EQ(ENOMEM, errno);
	ATF_CHECK_EQ(100, pattern_check(p, 100, 4));
	free(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, array);
	ATF_TP_ADD_TC(tp, array_overflow);
	ATF_TP_ADD_TC(tp, reallocf_grows);
	ATF_TP_ADD_TC(tp, reallocf_fails);
	ATF_TP_ADD_TC(tp, recalloc);
	ATF_TP_ADD_TC(tp, recalloc_errors);

	return (atf_no_error());
}
