/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/arena.h"
#include "heap/large.h"
#include "meta/pagemap.h"
#include "page/page.h"
#include "page/purge.h"
#include "util/options.h"

static struct arena	*arena;
static char		*object;
static bool		zeroed;

static void
init(void)
{
	_bas_options.narenas = 1;
	_bas_arenas_init();
	arena = _bas_arena_make(0);
	ATF_REQUIRE(arena != NULL);
}

static char *
alloc(size_t size, size_t align)
{
	char *p;

	p = _bas_large_alloc(arena, size, align, &zeroed);
	ATF_REQUIRE(p != NULL);
	ATF_REQUIRE_EQ(0, (uintptr_t)p % align);
	ATF_REQUIRE(_bas_large_size("test", p) >= size);
	ATF_REQUIRE(_bas_large_size("test", p) < size + PAGE);
	return (p);
}

static void
check(size_t n, size_t bytes)
{
	struct large_stats stats;
	size_t live = 0;
	unsigned i;

	for (i = 0; i < SC_NLARGE; i++) {
		_bas_arena_large_stats(arena, i, &stats);
		live += stats.cur;
	}
	ATF_CHECK_EQ(n, live);
	ATF_CHECK_EQ(bytes, arena->large_allocated);
	ATF_CHECK_EQ(bytes / PAGE, counter_read(&arena->pages.nactive));
}

/* All sizes on all alignments; only the first page has a class. */
ATF_TC_WITHOUT_HEAD(alloc);
ATF_TC_BODY(alloc, tc)
{
	const size_t sizes[] = { 1, 4096, 5000, 20480, 65536, 100000,
	    1048576, 1048577, 2097152, 2097153, 5000000 };
	size_t i, align;
	char *p;

	init();
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (align = 1; align <= 64 * HUGE; align *= 4) {
			p = alloc(sizes[i], align);
			memset(p, 1, sizes[i]);
			ATF_CHECK(pagemap_class(p) > SC_NSMALL);
			if (sizes[i] > PAGE)
				ATF_CHECK_EQ(SC_NONE, pagemap_class(p +
				    PAGE));
			(void)_bas_large_free("free", p);
			ATF_CHECK_EQ(SC_NONE, pagemap_class(p));
		}
	check(0, 0);
}

/* A run that is as long as a class is of that class, so it is cached. */
ATF_TC_WITHOUT_HEAD(classes);
ATF_TC_BODY(classes, tc)
{
	unsigned c;

	init();
	for (c = SC_NSMALL + 1; c <= SC_NCLASS; c++)
		ATF_CHECK_EQ(c, pagemap_class(alloc(sizeclass_size(c), 1)));
	ATF_CHECK_EQ(SC_LARGE, pagemap_class(alloc(9 * PAGE, 1)));
	ATF_CHECK_EQ(SC_LARGE, pagemap_class(alloc(PAGE, 1)));
	ATF_CHECK_EQ(SC_LARGE, pagemap_class(alloc(300 * PAGE, 1)));
}

static void
filled_check(size_t size)
{
	size_t i;

	for (i = 0; i < size; i += 512)
		ATF_REQUIRE_EQ((char)(i / 512 * 7), object[i]);
}

static void
fill(size_t size)
{
	size_t i;

	for (i = 0; i < size; i += 512)
		object[i] = (char)(i / 512 * 7);
}

static char *
resize(size_t size)
{
	return (_bas_large_resize(object, size));
}

/* A run grows into what is free after it, and back. */
ATF_TC_WITHOUT_HEAD(resize_run);
ATF_TC_BODY(resize_run, tc)
{
	char *next;

	init();
	object = alloc(10 * PAGE, 1);
	next = alloc(10 * PAGE, 1);
	fill(10 * PAGE);
	ATF_REQUIRE_EQ(object + 10 * PAGE, next);
	ATF_CHECK_EQ(NULL, resize(11 * PAGE));
	(void)_bas_large_free("free", next);
	ATF_CHECK_EQ(object, resize(16 * PAGE));
	check(1, 16 * PAGE);
	ATF_CHECK_EQ(16 * PAGE, _bas_large_size("test", object));
	ATF_CHECK_EQ(sizeclass_of(65536), pagemap_class(object));
	filled_check(10 * PAGE);
	ATF_CHECK_EQ(object, resize(7 * PAGE - 5));
	check(1, 7 * PAGE);
	ATF_CHECK_EQ(SC_NONE, pagemap_class(object + 7 * PAGE));
	filled_check(7 * PAGE);
	(void)_bas_large_free("free", object);
	check(0, 0);
}

/* A long run that has to move becomes a span, with room where it lies. */
ATF_TC_WITHOUT_HEAD(resize_to_span);
ATF_TC_BODY(resize_to_span, tc)
{
	char *next, *moved;

	init();
	object = alloc(100 * PAGE, 1);
	next = alloc(PAGE, 1);
	ATF_REQUIRE_EQ(object + 100 * PAGE, next);
	fill(100 * PAGE);
	/* No addresses: it is as it was. */
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(NULL, resize(5000 * PAGE));
	_bas_os_fake_reset();
	check(2, 101 * PAGE);
	moved = resize(101 * PAGE);
	ATF_REQUIRE(moved != NULL && moved != object);
	ATF_CHECK_EQ(SC_NONE, pagemap_class(object));
	ATF_CHECK_EQ(SC_LARGE, pagemap_class(moved));
	object = moved;
	filled_check(100 * PAGE);
	check(2, 102 * PAGE);
	ATF_CHECK_EQ(object, resize(500 * PAGE));
	ATF_CHECK_EQ(500 * PAGE, _bas_large_size("test", object));
	ATF_CHECK_EQ(object, resize(200 * PAGE));
	filled_check(100 * PAGE);
	check(2, 201 * PAGE);
	(void)_bas_large_free("free", object);
	(void)_bas_large_free("free", next);
	check(0, 0);
}

/* A span grows where it is, or its pages move. */
ATF_TC_WITHOUT_HEAD(resize_span);
ATF_TC_BODY(resize_span, tc)
{
	char *next, *moved;

	init();
	object = alloc(3 * HUGE, 1);
	fill(3 * HUGE);
	next = alloc(3 * HUGE, 1);
	moved = resize(9 * HUGE + 1);
	ATF_REQUIRE(moved != NULL);
	if (moved != object)
		ATF_CHECK_EQ(SC_NONE, pagemap_class(object));
	object = moved;
	ATF_CHECK_EQ(SC_LARGE, pagemap_class(object));
	filled_check(3 * HUGE);
	check(2, 12 * HUGE + PAGE);
	ATF_CHECK_EQ(object, resize(2 * HUGE + PAGE));
	filled_check(2 * HUGE);
	check(2, 5 * HUGE + PAGE);
	/* Nowhere to go: it is as it was. */
	_bas_os_fake_fail(OS_FAKE_MAP_AT, 0, OS_FAKE_FOREVER);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(NULL, resize(2000 * HUGE));
	_bas_os_fake_reset();
	filled_check(2 * HUGE);
	check(2, 5 * HUGE + PAGE);
	ATF_CHECK_EQ(object, resize(HUGE));
	check(2, 4 * HUGE);
	/* For so little a span is too much: it must be copied. */
	ATF_CHECK_EQ(NULL, resize(20 * PAGE));
	(void)_bas_large_free("free", object);
	(void)_bas_large_free("free", next);
	check(0, 0);
}

/* Known to be zero only where it is; never wrong about it. */
ATF_TC_WITHOUT_HEAD(zero);
ATF_TC_BODY(zero, tc)
{
	uint64_t state = 5;
	char *p[16] = { NULL };
	size_t size[16], i, j, nzero = 0;
	unsigned round;

	init();
	_bas_purge_set_ms(&arena->pages, false, 0);
	for (round = 0; round < 600; round++) {
		i = unit_below(&state, 16);
		if (p[i] != NULL) {
			(void)_bas_large_free("free", p[i]);
			if (unit_below(&state, 3) == 0)
				_bas_arena_purge(arena);
			p[i] = NULL;
			continue;
		}
		size[i] = 1 + unit_below(&state, unit_below(&state, 4) == 0 ?
		    4 * HUGE : 300000);
		p[i] = alloc(size[i], 1);
		nzero += zeroed;
		for (j = 0; zeroed && j < size[i]; j += 1024)
			ATF_REQUIRE_EQ_MSG(0, p[i][j], "byte %zu of %zu", j,
			    size[i]);
		for (j = 0; j < size[i]; j += 1024)
			p[i][j] = 1;
	}
	ATF_CHECK(nzero > 20);
}

static void
free_object(void)
{
	(void)_bas_large_free("free", object);
}

static void
size_object(void)
{
	(void)_bas_large_size("malloc_usable_size", object);
}

ATF_TC_WITHOUT_HEAD(misuse);
ATF_TC_BODY(misuse, tc)
{
	char *run, *span;

	init();
	run = alloc(10 * PAGE, 1);
	span = alloc(3 * HUGE, 1);
	object = run + PAGE;
	unit_aborts(free_object, "free(): ");
	object = run + 16;
	unit_aborts(free_object, "not the start of an object");
	object = span + HUGE;
	unit_aborts(free_object, "free(): ");
	object = span + 4096;
	unit_aborts(size_object, "malloc_usable_size(): ");
	object = (char *)&zeroed;
	unit_aborts(free_object, "not allocated here");
	object = run;
	free_object();
	unit_aborts(free_object, "free already");
	object = span;
	free_object();
	unit_aborts(free_object, "free(): ");
}

ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	init();
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(NULL, _bas_large_alloc(arena, 5 * PAGE, 1, &zeroed));
	ATF_CHECK_EQ(NULL, _bas_large_alloc(arena, 5 * HUGE, 1, &zeroed));
	_bas_os_fake_reset();
	ATF_CHECK_EQ(NULL, _bas_large_alloc(arena, SC_SIZE_MAX, 1, &zeroed));
	ATF_CHECK_EQ(NULL, _bas_large_alloc(arena, 1, (size_t)1 << 62,
	    &zeroed));
	ATF_CHECK_EQ(NULL, _bas_large_alloc(arena, SC_SIZE_MAX,
	    (size_t)1 << 62, &zeroed));
	check(0, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, alloc);
	ATF_TP_ADD_TC(tp, classes);
	ATF_TP_ADD_TC(tp, resize_run);
	ATF_TP_ADD_TC(tp, resize_to_span);
	ATF_TP_ADD_TC(tp, resize_span);
	ATF_TP_ADD_TC(tp, zero);
	ATF_TP_ADD_TC(tp, misuse);
	ATF_TP_ADD_TC(tp, no_memory);
	return (atf_no_error());
}
