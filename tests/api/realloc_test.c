/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <malloc.h>

#include "../include/testutil.h"

static size_t
min_size(size_t a, size_t b)
{
	return (a < b ? a : b);
}

ATF_TC_WITHOUT_HEAD(null_is_malloc);
ATF_TC_BODY(null_is_malloc, tc)
{
	size_t size;
	void *p;

	(void)tc;
	for (size = 0; size <= MIB; size = next_size(size)) {
		p = hide(realloc(hide(NULL), size));
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE(is_aligned(p, size < 16 ? 8 : 16));
		ATF_REQUIRE(malloc_usable_size(p) >= size);
		free(p);
	}
}

/* A size of zero frees, returns NULL and is not an error. */
ATF_TC_WITHOUT_HEAD(zero_frees);
ATF_TC_BODY(zero_frees, tc)
{
	static const size_t sizes[] = { 1, 100, 5000, 100000, 40000000 };
	size_t i, n;

	(void)tc;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		errno = 77;
		ATF_CHECK_EQ(NULL, realloc(hide(malloc(sizes[i])),
		    hide_size(0)));
		ATF_CHECK_EQ(77, errno);
	}
	/* Were they not freed, 40 GB would be held by now. */
	for (n = 0; n < 1000; n++)
		ATF_REQUIRE_EQ(NULL, realloc(hide(malloc(40000000)),
		    hide_size(0)));
}

/* From every size to every size of a coarser series. */
ATF_TC_WITHOUT_HEAD(content);
ATF_TC_BODY(content, tc)
{
	size_t from, to;
	void *p;

	(void)tc;
	for (from = 1; from <= 300000; from = from * 5 / 4 + 1) {
		for (to = 1; to <= 300000; to = to * 4 / 3 + 1) {
			p = malloc(from);
			ATF_REQUIRE(p != NULL);
			pattern_fill(p, from, from);
			p = realloc(p, to);
			ATF_REQUIRE(p != NULL);
			ATF_REQUIRE_MSG(pattern_check(p, min_size(from, to),
			    from) == min_size(from, to),
			    "content lost from %zu to %zu", from, to);
			ATF_REQUIRE(malloc_usable_size(p) >= to);
			memset(p, 0x11, to);
			free(p);
		}
	}
}

ATF_TC_WITHOUT_HEAD(grow_by_one);
ATF_TC_BODY(grow_by_one, tc)
{
	unsigned char *p = NULL;
	size_t size;

	(void)tc;
	for (size = 1; size <= 40000; size++) {
		p = realloc(p, size);
		ATF_REQUIRE(p != NULL);
		p[size - 1] = pattern_byte(7, size - 1);
	}
	ATF_REQUIRE_EQ(40000, pattern_check(p, 40000, 7));
	for (size = 40000; size > 0; size--) {
		p = realloc(p, size);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE_EQ(p[size - 1], pattern_byte(7, size - 1));
	}
	free(p);
}

static void
mark_pages(unsigned char *p, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to; i += 4096)
		memcpy(p + i, &i, sizeof(i));
}

static size_t
marks_check(unsigned char *p, size_t size)
{
	size_t i, mark;

	for (i = 0; i < size; i += 4096) {
		memcpy(&mark, p + i, sizeof(mark));
		if (mark != i)
			return (i);
	}
	return (size);
}

/* By quarters to 512 MiB and back; a neighbour forces every other move. */
ATF_TC(large);
ATF_TC_HEAD(large, tc)
{
	atf_tc_set_md_var(tc, "descr", "%s",
	    "Blocks of hundreds of MiB grow, move and shrink whole");
}
ATF_TC_BODY(large, tc)
{
	unsigned char *p;
	size_t next, size;
	void *block;
	int step;

	(void)tc;
	size = 64 * KIB;
	p = malloc(size);
	ATF_REQUIRE(p != NULL);
	mark_pages(p, 0, size);
	for (step = 0; size < 512 * MIB; step++) {
		block = (step & 1) != 0 ? malloc(size / 2) : NULL;
		next = (size + size / 4) & ~(size_t)4095;
		p = realloc(p, next);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE_EQ(size, marks_check(p, size));
		mark_pages(p, size, next);
		size = next;
		free(block);
	}
	while (size > 64 * KIB) {
		size = (size * 2 / 3) & ~(size_t)4095;
		p = realloc(p, size);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE_EQ(size, marks_check(p, size));
	}
	free(p);
}

/* Two that grow by turns are in each other's way. */
ATF_TC_WITHOUT_HEAD(two_growing);
ATF_TC_BODY(two_growing, tc)
{
	unsigned char *p[2] = { NULL, NULL };
	size_t size[2] = { 0, 0 }, next;
	int i;

	(void)tc;
	while (size[1] < 64 * MIB) {
		for (i = 0; i < 2; i++) {
			next = size[i] + (i == 0 ? 65536 : 1U << 20);
			p[i] = realloc(p[i], next);
			ATF_REQUIRE(p[i] != NULL);
			ATF_REQUIRE_EQ(size[i], marks_check(p[i], size[i]));
			mark_pages(p[i], size[i], next);
			size[i] = next;
		}
	}
	free(p[0]);
	free(p[1]);
}

ATF_TC_WITHOUT_HEAD(failure_keeps);
ATF_TC_BODY(failure_keeps, tc)
{
	static const size_t sizes[] = { 1, 24, 1000, 20000, 300000, 5000000 };
	static const size_t bad[] = { SIZE_MAX, SIZE_MAX - 4096,
	    (size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX };
	size_t i, j;
	void *p;

	(void)tc;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		p = malloc(sizes[i]);
		ATF_REQUIRE(p != NULL);
		pattern_fill(p, sizes[i], i);
		for (j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
			errno = 0;
			ATF_CHECK_EQ(NULL, realloc(p, hide_size(bad[j])));
			ATF_CHECK_EQ(ENOMEM, errno);
			ATF_CHECK_EQ(sizes[i], pattern_check(p, sizes[i], i));
		}
		free(p);
	}
}

ATF_TC_WITHOUT_HEAD(random_walk);
ATF_TC_BODY(random_walk, tc)
{
	static void *p[256];
	static size_t sizes[256];
	uint64_t r, seed = 4;
	size_t i, keep, op, size;

	(void)tc;
	memset(p, 0, sizeof(p));
	memset(sizes, 0, sizeof(sizes));
	for (op = 0; op < 60000; op++) {
		r = test_random(&seed);
		i = r % 256;
		size = (r >> 32) % ((size_t)1 << ((r >> 16) % 17 + 1)) + 1;
		keep = min_size(size, sizes[i]);
		p[i] = realloc(p[i], size);
		ATF_REQUIRE(p[i] != NULL);
		ATF_REQUIRE_EQ(keep, pattern_check(p[i], keep, i));
		pattern_fill(p[i], size, i);
		sizes[i] = size;
	}
	for (i = 0; i < 256; i++)
		free(p[i]);
}

/* What was allocated with an alignment may go through realloc as well. */
ATF_TC_WITHOUT_HEAD(from_aligned);
ATF_TC_BODY(from_aligned, tc)
{
	size_t align, size;
	void *p;

	(void)tc;
	for (align = 16; align <= 8 * MIB; align *= 2) {
		for (size = 1; size <= MIB; size = size * 7 + 1) {
			ATF_REQUIRE_EQ(0, posix_memalign(&p, align, size));
			pattern_fill(p, size, align);
			p = realloc(p, size * 3);
			ATF_REQUIRE(p != NULL);
			ATF_REQUIRE_EQ(size, pattern_check(p, size, align));
			memset(p, 1, size * 3);
			free(p);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, null_is_malloc);
	ATF_TP_ADD_TC(tp, zero_frees);
	ATF_TP_ADD_TC(tp, content);
	ATF_TP_ADD_TC(tp, grow_by_one);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, two_growing);
	ATF_TP_ADD_TC(tp, failure_keeps);
	ATF_TP_ADD_TC(tp, random_walk);
	ATF_TP_ADD_TC(tp, from_aligned);

	return (atf_no_error());
}
