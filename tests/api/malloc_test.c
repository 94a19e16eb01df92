/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <malloc.h>
#include <pthread.h>

#include "../include/testutil.h"

#define	NBLOCKS	8192

struct span {
	uintptr_t	 start;
	uintptr_t	 end;
};

static int
span_compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->start < y->start ? -1 : x->start > y->start);
}

ATF_TC_WITHOUT_HEAD(alignment);
ATF_TC_BODY(alignment, tc)
{
	void *p[4];
	size_t align, size;
	int i;

	(void)tc;
	for (size = 1; size <= 4 * MIB; size = next_size(size)) {
		align = size < 16 ? 8 : 16;
		for (i = 0; i < 4; i++) {
			p[i] = hide(malloc(size));
			ATF_REQUIRE(p[i] != NULL);
			ATF_REQUIRE_MSG(is_aligned(p[i], align),
			    "malloc(%zu) = %p", size, p[i]);
		}
		for (i = 0; i < 4; i++)
			free(p[i]);
	}
}

ATF_TC_WITHOUT_HEAD(zero_size);
ATF_TC_BODY(zero_size, tc)
{
	struct span s[256];
	size_t i;

	(void)tc;
	for (i = 0; i < 256; i++) {
		s[i].start = (uintptr_t)hide(malloc(hide_size(0)));
		ATF_REQUIRE(s[i].start != 0);
	}
	qsort(s, 256, sizeof(s[0]), span_compare);
	for (i = 1; i < 256; i++)
		ATF_REQUIRE_MSG(s[i].start != s[i - 1].start,
		    "two blocks of no bytes at one address");
	for (i = 0; i < 256; i++)
		free((void *)s[i].start);
}

ATF_TC_WITHOUT_HEAD(no_overlap);
ATF_TC_BODY(no_overlap, tc)
{
	static struct span s[NBLOCKS];
	uint64_t seed = 1;
	size_t i, size;
	void *p;

	(void)tc;
	for (i = 0; i < NBLOCKS; i++) {
		size = test_random(&seed) % ((size_t)1 << (i % 18 + 1));
		p = hide(malloc(size));
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE(malloc_usable_size(p) >= size);
		s[i].start = (uintptr_t)p;
		s[i].end = (uintptr_t)p + malloc_usable_size(p);
	}
	qsort(s, NBLOCKS, sizeof(s[0]), span_compare);
	for (i = 1; i < NBLOCKS; i++)
		ATF_REQUIRE_MSG(s[i - 1].end <= s[i].start,
		    "%#jx..%#jx overlaps %#jx", (uintmax_t)s[i - 1].start,
		    (uintmax_t)s[i - 1].end, (uintmax_t)s[i].start);
	for (i = 0; i < NBLOCKS; i++)
		free((void *)s[i].start);
}

/* Blocks of every size at once keep what was written to all their bytes. */
ATF_TC_WITHOUT_HEAD(content);
ATF_TC_BODY(content, tc)
{
	static void *p[NBLOCKS];
	static size_t sizes[NBLOCKS];
	size_t i, n, size;

	(void)tc;
	n = 0;
	for (size = 0; size <= 2 * MIB && n < NBLOCKS; size = next_size(size)) {
		sizes[n] = size;
		p[n] = malloc(size);
		ATF_REQUIRE(p[n] != NULL);
		pattern_fill(p[n], size, n);
		n++;
	}
	for (i = 0; i < n; i++)
		ATF_REQUIRE_MSG(pattern_check(p[i], sizes[i], i) == sizes[i],
		    "block of %zu bytes changed", sizes[i]);
	for (i = 0; i < n; i += 2)
		free(p[i]);
	for (i = 1; i < n; i += 2) {
		ATF_REQUIRE(pattern_check(p[i], sizes[i], i) == sizes[i]);
		free(p[i]);
	}
}

ATF_TC_WITHOUT_HEAD(reuse);
ATF_TC_BODY(reuse, tc)
{
	static void *p[NBLOCKS];
	static size_t sizes[NBLOCKS];
	uint64_t r, seed = 2;
	size_t i, op;

	(void)tc;
	memset(p, 0, sizeof(p));
	for (op = 0; op < 400000; op++) {
		r = test_random(&seed);
		i = r % NBLOCKS;
		if (p[i] != NULL) {
			ATF_REQUIRE_EQ(sizes[i],
			    pattern_check(p[i], sizes[i], i));
			free(p[i]);
		}
		sizes[i] = (r >> 32) % ((size_t)1 << ((r >> 20) % 11 + 1));
		p[i] = malloc(sizes[i]);
		ATF_REQUIRE(p[i] != NULL);
		pattern_fill(p[i], sizes[i], i);
	}
	for (i = 0; i < NBLOCKS; i++)
		free(p[i]);
}

ATF_TC_WITHOUT_HEAD(huge);
ATF_TC_BODY(huge, tc)
{
	size_t size;
	char *p, *q;

	(void)tc;
	for (size = 16 * MIB; size <= GIB; size *= 2) {
		p = hide(malloc(size - 1));
		q = hide(malloc(size + 1));
		ATF_REQUIRE(p != NULL && q != NULL);
		ATF_REQUIRE(p + size - 1 <= q || q + size + 1 <= p);
		p[0] = p[size / 2] = p[size - 2] = 1;
		q[0] = q[size / 2] = q[size] = 2;
		ATF_REQUIRE(p[0] + p[size / 2] + p[size - 2] == 3);
		free(p);
		ATF_REQUIRE(q[0] + q[size / 2] + q[size] == 6);
		free(q);
	}
}

ATF_TC_WITHOUT_HEAD(free_null);
ATF_TC_BODY(free_null, tc)
{
	(void)tc;
	free(hide(NULL));
	ATF_CHECK_EQ(0, malloc_usable_size(hide(NULL)));
}

static void *
free_all(void *arg)
{
	void **p = arg;
	size_t i;

	for (i = 0; i < NBLOCKS; i++) {
		if (pattern_check(p[i], i % 300, i) != i % 300)
			return (p[i]);
		free(p[i]);
	}
	return (NULL);
}

/* A thread that never allocated may be the one that frees. */
ATF_TC_WITHOUT_HEAD(free_elsewhere);
ATF_TC_BODY(free_elsewhere, tc)
{
	static void *p[NBLOCKS];
	pthread_t thread;
	void *bad;
	size_t i;
	int round;

	(void)tc;
	for (round = 0; round < 20; round++) {
		for (i = 0; i < NBLOCKS; i++) {
			p[i] = malloc(i % 300);
			ATF_REQUIRE(p[i] != NULL);
			pattern_fill(p[i], i % 300, i);
		}
		ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, free_all, p));
		ATF_REQUIRE_EQ(0, pthread_join(thread, &bad));
		ATF_REQUIRE_EQ_MSG(NULL, bad, "block at %p changed", bad);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, alignment);
	ATF_TP_ADD_TC(tp, zero_size);
	ATF_TP_ADD_TC(tp, no_overlap);
	ATF_TP_ADD_TC(tp, content);
	ATF_TP_ADD_TC(tp, reuse);
	ATF_TP_ADD_TC(tp, huge);
	ATF_TP_ADD_TC(tp, free_null);
	ATF_TP_ADD_TC(tp, free_elsewhere);

	return (atf_no_error());
}
