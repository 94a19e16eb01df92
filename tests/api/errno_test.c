/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Requests that no address space can hold: each function fails, says ENOMEM
 * and leaves what it was given alone.
 */

#include <atf-c.h>
#include <errno.h>
#include <malloc.h>

#include "../include/testutil.h"

#define	REQUIRE_ENOMEM(call, size) do {					\
	void *res_;							\
									\
	errno = 0;							\
	res_ = hide(call);						\
	ATF_REQUIRE_MSG(res_ == NULL, #call " at %#zx = %p", size, res_);\
	ATF_REQUIRE_MSG(errno == ENOMEM, #call " at %#zx: errno %d",	\
	    size, errno);						\
} while (0)

/* Every function that takes a size, with one that cannot be. */
static void
require_refusals(void *block, size_t size)
{
	size_t align;
	void *p = block;

	size = hide_size(size);
	REQUIRE_ENOMEM(malloc(size), size);
	REQUIRE_ENOMEM(calloc(1, size), size);
	REQUIRE_ENOMEM(calloc(size, 1), size);
	REQUIRE_ENOMEM(realloc(block, size), size);
	REQUIRE_ENOMEM(realloc(hide(NULL), size), size);
	REQUIRE_ENOMEM(reallocarray(block, 1, size), size);
	REQUIRE_ENOMEM(reallocarray(block, size, 1), size);
	REQUIRE_ENOMEM(recallocarray(block, 100, size, 1), size);
	REQUIRE_ENOMEM(reallocf(malloc(10), size), size);
	REQUIRE_ENOMEM(valloc(size), size);
	REQUIRE_ENOMEM(pvalloc(size), size);
	for (align = 8; align <= 4 * MIB; align *= 8) {
		REQUIRE_ENOMEM(aligned_alloc(align, size), size);
		REQUIRE_ENOMEM(memalign(align, size), size);
		ATF_REQUIRE_EQ(ENOMEM, posix_memalign(&p, align, size));
		ATF_REQUIRE_EQ(block, p);
	}
}

ATF_TC_WITHOUT_HEAD(near_size_max);
ATF_TC_BODY(near_size_max, tc)
{
	size_t i;
	void *p;

	(void)tc;
	p = malloc(100);
	ATF_REQUIRE(p != NULL);
	pattern_fill(p, 100, 1);
	for (i = 0; i < 16384; i++)
		require_refusals(p, SIZE_MAX - i);
	for (i = 16384; i < SIZE_MAX / 2; i += i / 4)
		require_refusals(p, SIZE_MAX - i);
	ATF_CHECK_EQ(100, pattern_check(p, 100, 1));
	free(p);
}

ATF_TC_WITHOUT_HEAD(near_ptrdiff_max);
ATF_TC_BODY(near_ptrdiff_max, tc)
{
	size_t i;
	void *p;

	(void)tc;
	p = malloc(100);
	ATF_REQUIRE(p != NULL);
	pattern_fill(p, 100, 1);
	for (i = 0; i < 16384; i++)
		require_refusals(p, (size_t)PTRDIFF_MAX - 8192 + i);
	ATF_CHECK_EQ(100, pattern_check(p, 100, 1));
	free(p);
}

/* Between what a machine has and what a number holds. */
ATF_TC_WITHOUT_HEAD(powers_of_two);
ATF_TC_BODY(powers_of_two, tc)
{
	size_t size;
	void *p;

	(void)tc;
	p = malloc(100);
	ATF_REQUIRE(p != NULL);
	for (size = (size_t)1 << 48; size != 0; size <<= 1) {
		require_refusals(p, size);
		require_refusals(p, size - 1);
		require_refusals(p, size + 1);
		require_refusals(p, size + size / 2);
	}
	free(p);
}

/* pvalloc rounds up: what rounds to zero must not be granted. */
ATF_TC_WITHOUT_HEAD(pvalloc_wrap);
ATF_TC_BODY(pvalloc_wrap, tc)
{
	size_t i, page = sysconf(_SC_PAGESIZE);

	(void)tc;
	for (i = 0; i <= 2 * page; i++)
		REQUIRE_ENOMEM(pvalloc(hide_size(SIZE_MAX - i)), SIZE_MAX - i);
}

/* Success and free leave errno as it was, small and large. */
ATF_TC_WITHOUT_HEAD(free_keeps_errno);
ATF_TC_BODY(free_keeps_errno, tc)
{
	static void *p[3000];
	size_t i, size;

	(void)tc;
	for (size = 1; size <= 64 * MIB; size = size * 3 + 1) {
		for (i = 0; i < (size > 5000 ? 4 : 3000); i++) {
			p[i] = malloc(size);
			ATF_REQUIRE(p[i] != NULL);
		}
		while (i-- > 0) {
			errno = 1234 + (int)i;
			free(p[i]);
			ATF_REQUIRE_EQ_MSG(1234 + (int)i, errno,
			    "free of %zu bytes: errno %d", size, errno);
		}
	}
	errno = 77;
	free(hide(NULL));
	ATF_CHECK_EQ(77, errno);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, near_size_max);
	ATF_TP_ADD_TC(tp, near_ptrdiff_max);
	ATF_TP_ADD_TC(tp, powers_of_two);
	ATF_TP_ADD_TC(tp, pvalloc_wrap);
	ATF_TP_ADD_TC(tp, free_keeps_errno);

	return (atf_no_error());
}
