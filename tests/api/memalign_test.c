/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <malloc.h>

#include "../include/testutil.h"

/* The functions that take an alignment, as one. */
enum how { POSIX_MEMALIGN, ALIGNED_ALLOC, MEMALIGN, HOW_COUNT };

static const char *const how_name[HOW_COUNT] = {
	"posix_memalign", "aligned_alloc", "memalign"
};

static void *
aligned(enum how how, size_t alignment, size_t size)
{
	void *p = NULL;

	alignment = hide_size(alignment);
	size = hide_size(size);
	switch (how) {
	case POSIX_MEMALIGN:
		if (alignment < sizeof(void *))
			alignment = sizeof(void *);
		errno = posix_memalign(&p, alignment, size);
		return (p);
	case ALIGNED_ALLOC:
		return (aligned_alloc(alignment, size));
	default:
		return (memalign(alignment, size));
	}
}

static void
check_block(enum how how, void *p, size_t alignment, size_t size)
{
	ATF_REQUIRE_MSG(p != NULL, "%s(%zu, %zu): errno %d", how_name[how],
	    alignment, size, errno);
	ATF_REQUIRE_MSG(is_aligned(p, alignment), "%s(%zu, %zu) = %p",
	    how_name[how], alignment, size, p);
	ATF_REQUIRE(malloc_usable_size(p) >= size);
}

ATF_TC_WITHOUT_HEAD(every_alignment);
ATF_TC_BODY(every_alignment, tc)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 100, 1000, 4096, 5000,
	    16384, 50000, 300000, MIB - 1, MIB, MIB + 1, 2 * MIB, 3000000 };
	void *p[3];
	size_t align, i, n, turn = 0;
	int how;

	(void)tc;
	for (how = 0; how < HOW_COUNT; how++) {
		for (align = 1; align <= 64 * MIB; align *= 2) {
			n = sizeof(sizes) / sizeof(sizes[0]);
			for (i = 0; i < n * 3; i++) {
				/* What is large takes its time. */
				if (i % 3 == 0 && sizes[i / 3] > 100 * KIB &&
				    ++turn % test_stride(10) != 0) {
					i += 2;
					continue;
				}
				p[i % 3] = aligned(how, align, sizes[i / 3]);
				check_block(how, p[i % 3], align, sizes[i / 3]);
				pattern_fill(p[i % 3], sizes[i / 3], i);
				if (i % 3 != 2)
					continue;
				ATF_REQUIRE_EQ(sizes[i / 3], pattern_check(p[0],
				    sizes[i / 3], i - 2));
				ATF_REQUIRE_EQ(sizes[i / 3], pattern_check(p[1],
				    sizes[i / 3], i - 1));
				free(p[0]);
				free(p[1]);
				free(p[2]);
			}
		}
	}
}

/* Small aligned blocks, many at once, between others. */
ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	static struct {
		unsigned char	*p;
		size_t		 size;
	} b[4000];
	uint64_t r, seed = 5;
	size_t align, i, op;
	enum how how;

	(void)tc;
	memset(b, 0, sizeof(b));
	for (op = 0; op < 60000; op++) {
		r = test_random(&seed);
		i = r % 4000;
		if (b[i].p != NULL)
			ATF_REQUIRE_EQ(b[i].size,
			    pattern_check(b[i].p, b[i].size, i));
		free(b[i].p);
		align = (size_t)1 << (r >> 16) % 14;
		b[i].size = (r >> 32) % ((size_t)1 << ((r >> 24) % 13 + 1));
		how = (enum how)((r >> 60) % HOW_COUNT);
		b[i].p = aligned(how, align, b[i].size);
		check_block(how, b[i].p, align, b[i].size);
		pattern_fill(b[i].p, b[i].size, i);
	}
	for (i = 0; i < 4000; i++)
		free(b[i].p);
}

/* Beyond a superpage, and beyond what an address space has. */
ATF_TC_WITHOUT_HEAD(giant_alignment);
ATF_TC_BODY(giant_alignment, tc)
{
	unsigned char *p, *q;
	size_t align;
	int how;

	(void)tc;
	for (how = 0; how < HOW_COUNT; how++) {
		for (align = 4 * MIB; align <= 2 * GIB; align *= 2) {
			p = aligned(how, align, 100);
			check_block(how, p, align, 100);
			q = aligned(how, align, 10 * MIB);
			check_block(how, q, align, 10 * MIB);
			q[0] = q[10 * MIB - 1] = 1;
			memset(p, 2, 100);
			ATF_REQUIRE(q[0] + q[10 * MIB - 1] == 2);
			free(p);
			free(q);
		}
		for (; align != 0; align *= 2) {
			errno = 0;
			p = aligned(how, align, 100);
			if (p == NULL)
				ATF_CHECK_EQ_MSG(ENOMEM, errno, "%s(%#zx): %d",
				    how_name[how], align, errno);
			else
				ATF_CHECK(is_aligned(p, align));
			free(p);
		}
	}
}

ATF_TC_WITHOUT_HEAD(bad_alignment);
ATF_TC_BODY(bad_alignment, tc)
{
	static const size_t bad[] = { 0, 3, 5, 12, 24, 48, 4097, 3 * MIB,
	    SIZE_MAX };
	void *const sentinel = &tc;
	size_t i;
	void *p;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p = sentinel;
		errno = 77;
		ATF_CHECK_EQ(EINVAL, posix_memalign(&p, bad[i], 100));
		ATF_CHECK_EQ(sentinel, p);
		ATF_CHECK_EQ(77, errno);

		errno = 0;
		p = hide(aligned_alloc(hide_size(bad[i]), hide_size(100)));
		ATF_CHECK_EQ_MSG(NULL, p, "aligned_alloc(%zu)", bad[i]);
		ATF_CHECK_EQ(EINVAL, errno);
	}
	for (i = 1; i < sizeof(void *); i *= 2) {
		p = sentinel;
		ATF_CHECK_EQ(EINVAL, posix_memalign(&p, i, 100));
		ATF_CHECK_EQ(sentinel, p);
	}
}

/* memalign may round an odd alignment up; a refusal has to give a reason. */
ATF_TC_WITHOUT_HEAD(memalign_odd);
ATF_TC_BODY(memalign_odd, tc)
{
	static const size_t odd[] = { 0, 3, 5, 12, 24, 48, 4097 };
	size_t align, i;
	void *p;

	(void)tc;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		for (align = 1; align < odd[i]; align *= 2)
			continue;
		errno = 0;
		p = hide(memalign(hide_size(odd[i]), 100));
		if (p == NULL)
			ATF_CHECK_EQ(EINVAL, errno);
		else
			ATF_CHECK(is_aligned(p, align));
		free(p);
	}
	errno = 0;
	ATF_CHECK_EQ(NULL, hide(memalign(hide_size(SIZE_MAX), 100)));
	ATF_CHECK(errno == EINVAL || errno == ENOMEM);
}

ATF_TC_WITHOUT_HEAD(page_functions);
ATF_TC_BODY(page_functions, tc)
{
	size_t page = sysconf(_SC_PAGESIZE), size, whole;
	void *p, *q;

	(void)tc;
	for (size = 0; size <= 2 * MIB; size = next_size(size + 500)) {
		whole = (size + page - 1) / page * page;
		p = hide(valloc(hide_size(size)));
		q = hide(pvalloc(hide_size(size)));
		ATF_REQUIRE(p != NULL && q != NULL && p != q);
		ATF_REQUIRE(is_aligned(p, page));
		ATF_REQUIRE(is_aligned(q, page));
		ATF_REQUIRE(malloc_usable_size(p) >= size);
		ATF_REQUIRE(malloc_usable_size(q) >= whole);
		memset(p, 1, size);
		memset(q, 2, whole);
		free(p);
		free(q);
	}
}

/* C11 lets the size be no multiple of the alignment since its correction. */
ATF_TC_WITHOUT_HEAD(no_multiple);
ATF_TC_BODY(no_multiple, tc)
{
	void *p;

	(void)tc;
	p = hide(aligned_alloc(64, hide_size(7)));
	check_block(ALIGNED_ALLOC, p, 64, 7);
	free(p);
}

/* A size that suits its alignment costs no more than without it. */
ATF_TC_WITHOUT_HEAD(exact_multiple);
ATF_TC_BODY(exact_multiple, tc)
{
	size_t align, size, usable;
	void *p;
	int how;

	(void)tc;
	for (how = 0; how < HOW_COUNT; how++) {
		for (align = 8; align <= 4096; align *= 2) {
			for (size = align; size <= 4 * MIB; size *= 2) {
				p = aligned(how, align, size);
				check_block(how, p, align, size);
				memset(p, 1, size);
				usable = malloc_usable_size(p);
				ATF_CHECK_MSG(usable <= size + size / 4 + 32,
				    "%s(%zu, %zu) takes %zu", how_name[how],
				    align, size, usable);
				free(p);
			}
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_alignment);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, giant_alignment);
	ATF_TP_ADD_TC(tp, bad_alignment);
	ATF_TP_ADD_TC(tp, memalign_odd);
	ATF_TP_ADD_TC(tp, page_functions);
	ATF_TP_ADD_TC(tp, no_multiple);
	ATF_TP_ADD_TC(tp, exact_multiple);

	return (atf_no_error());
}
