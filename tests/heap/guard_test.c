/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/arena.h"
#include "heap/large.h"
#include "heap/slab.h"
#include "meta/pagemap.h"
#include "page/guard.h"
#include "page/page.h"

#define	MIB	((size_t)1 << 20)

static struct arena	*arena;
static volatile char	*target;
static size_t		page;

static void
init(size_t small, size_t large)
{
	/* What faults is the kernel's page and not the fake's. */
	if ((size_t)sysconf(_SC_PAGESIZE) > _bas_os_info.page)
		_bas_os_fake_page((size_t)sysconf(_SC_PAGESIZE));
	_bas_options.narenas = 1;
	_bas_options.san_guard_small = small;
	_bas_options.san_guard_large = large;
	_bas_options.dirty_decay_ms = 0;
	_bas_arenas_init();
	arena = _bas_arena_make(0);
	ATF_REQUIRE(arena != NULL);
	page = _bas_os_info.page;
}

static void
target_write(void)
{
	*target = 1;
}

static bool
faults(uintptr_t address)
{
	target = (volatile char *)address;
	return (unit_faults(target_write));
}

/* Whether it can be written, all of it, and nothing around it. */
static bool
is_guarded(uintptr_t base, size_t size)
{
	uintptr_t end = (base + size + page - 1) & ~(uintptr_t)(page - 1);

	memset((void *)base, 0x5a, size);
	return (faults(base - 1) && faults(base - page) && faults(end) &&
	    faults(end + page - 1) && !faults(base) &&
	    !faults(base + size - 1));
}

static char *
large(size_t size, size_t align)
{
	bool zeroed = false;
	char *p;

	p = _bas_large_alloc(arena, size, align, &zeroed);
	ATF_REQUIRE(p != NULL);
	ATF_REQUIRE(_bas_large_size("test", p) >= size);
	ATF_CHECK_EQ(p == NULL ? NULL : arena, _bas_arena_of(p));
	return (p);
}

/* Nothing is in use, nothing is protected: all of it can be written. */
static void
all_back(void)
{
	struct huge *huge;
	uintptr_t base;
	bool zeroed = false;

	ATF_CHECK_EQ(0, counter_read(&arena->pages.nactive));
	_bas_options.san_guard_large = 0;
	base = _bas_page_alloc(&arena->pages, HUGE_PAGES, 1, &zeroed);
	ATF_REQUIRE(base != 0);
	huge = pagemap_huge((void *)base);
	memset((void *)base, 1, HUGE);
	(void)_bas_page_free(huge, base, HUGE_PAGES);
	memset(large(8 * MIB, 1), 1, 8 * MIB);
}

static const size_t sizes[] = { 16385, 20480, 300000, MIB, 2 * MIB - 8192,
    2 * MIB - 4096, 2 * MIB, 2 * MIB + 1, 3 * MIB, 4 * MIB, 6 * MIB - 4096 };
#define	NSIZES	(sizeof(sizes) / sizeof(sizes[0]))

static void
each_size(void)
{
	char *p[NSIZES];
	unsigned i;

	for (i = 0; i < NSIZES; i++)
		p[i] = large(sizes[i], 1);
	for (i = 0; i < NSIZES; i++)
		ATF_CHECK_MSG(is_guarded((uintptr_t)p[i],
		    _bas_large_size("test", p[i])), "%zu bytes", sizes[i]);
	for (i = 0; i < NSIZES; i++)
		(void)_bas_large_free("test", p[(i * 7) % NSIZES]);
	ATF_CHECK_EQ(0, arena->large_allocated);
	all_back();
}

ATF_TC_WITHOUT_HEAD(large_objects);
ATF_TC_BODY(large_objects, tc)
{
	init(0, 1);
	each_size();
}

ATF_TC_WITHOUT_HEAD(large_pages);
ATF_TC_BODY(large_pages, tc)
{
	_bas_os_fake_page(16384);
	init(0, 1);
	each_size();
}

/* One in three; those on larger alignments have none. */
ATF_TC_WITHOUT_HEAD(nth);
ATF_TC_BODY(nth, tc)
{
	unsigned i, n = 0;
	char *p;

	init(0, 3);
	for (i = 0; i < 9; i++) {
		p = large(5 * PAGE, PAGE);
		n += is_guarded((uintptr_t)p, 5 * PAGE);
	}
	ATF_CHECK_EQ(3, n);
	for (i = 0; i < 9; i++)
		(void)large(5 * PAGE, 2 * PAGE);
	ATF_CHECK_EQ(6, _bas_os_fake_count(OS_FAKE_PROTECT));
}

ATF_TC_WITHOUT_HEAD(off);
ATF_TC_BODY(off, tc)
{
	init(0, 0);
	(void)_bas_large_free("test", large(5 * PAGE, 1));
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_PROTECT));
}

/* A run loses its guards where it changes its size; a span stays. */
ATF_TC_WITHOUT_HEAD(resize);
ATF_TC_BODY(resize, tc)
{
	char *p;

	init(0, 1);
	p = large(5 * PAGE, 1);
	memset(p, 7, 5 * PAGE);
	ATF_CHECK(_bas_large_resize_in_place(p, 5 * PAGE));
	ATF_CHECK(is_guarded((uintptr_t)p, 5 * PAGE));
	ATF_CHECK_EQ(p, _bas_large_resize(p, 8 * PAGE));
	memset(p - PAGE, 7, 10 * PAGE);
	ATF_CHECK_EQ(8 * PAGE, _bas_large_size("test", p));
	(void)_bas_large_free("test", p);
	p = large(3 * MIB, 1);
	ATF_CHECK(_bas_large_resize_in_place(p, 3 * MIB));
	ATF_CHECK(!_bas_large_resize_in_place(p, 3 * MIB + 1));
	ATF_CHECK_EQ(NULL, _bas_large_resize(p, 8 * MIB));
	ATF_CHECK_EQ(NULL, _bas_large_resize(p, 2 * MIB + PAGE));
	ATF_CHECK_EQ(NULL, _bas_large_resize(p, PAGE));
	ATF_CHECK(is_guarded((uintptr_t)p, 3 * MIB));
	(void)_bas_large_free("test", p);
	all_back();
}

/* No guard to be had is no failure, and neither may be left over. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	unsigned i;

	init(0, 1);
	for (i = 0; i < 2; i++) {
		_bas_os_fake_fail(OS_FAKE_PROTECT, i, 1);
		memset(large(5 * PAGE, 1), 1, 7 * PAGE);
		_bas_os_fake_fail(OS_FAKE_PROTECT, i, 1);
		memset(large(3 * MIB, 1), 1, 3 * MIB + PAGE);
	}
}

/* The first is closed, nothing more works: that one stays with the object. */
ATF_TC_WITHOUT_HEAD(half);
ATF_TC_BODY(half, tc)
{
	const size_t size[2] = { 5 * PAGE, 3 * MIB };
	unsigned i, k;
	char *p;

	for (i = 0; i < 2; i++) {
		init(0, 1);
		_bas_os_fake_fail(OS_FAKE_PROTECT, 1, OS_FAKE_FOREVER);
		p = large(size[i], 1);
		memset(p, 1, size[i]);
		ATF_CHECK(faults((uintptr_t)p - 1));
		(void)_bas_large_free("test", p);
		_bas_os_fake_reset();
		_bas_options.san_guard_large = 0;
		for (k = 0; k < 400; k++)
			memset(large(size[0], 1), 1, size[0]);
		memset(large(size[1], 1), 1, size[1]);
	}
}

/* A guard that cannot be opened stays what it is, and nobody gets it. */
ATF_TC_WITHOUT_HEAD(stays_closed);
ATF_TC_BODY(stays_closed, tc)
{
	char *p[2], *q;
	unsigned i;

	init(0, 1);
	p[0] = large(5 * PAGE, 1);
	p[1] = large(3 * MIB, 1);
	_bas_os_fake_fail(OS_FAKE_PROTECT, 0, OS_FAKE_FOREVER);
	for (i = 0; i < 2; i++)
		(void)_bas_large_free("test", p[i]);
	_bas_os_fake_reset();
	_bas_options.san_guard_large = 0;
	ATF_CHECK(faults((uintptr_t)p[0] - 1));
	for (i = 0; i < 600; i++) {
		q = large(PAGE * 5, 1);
		memset(q, 1, PAGE * 5);
	}
	memset(large(3 * MIB, 1), 1, 3 * MIB);
}

ATF_TC_WITHOUT_HEAD(slabs);
ATF_TC_BODY(slabs, tc)
{
	struct slab *slab[SC_NSMALL + 1];
	unsigned class;

	init(1, 0);
	for (class = 1; class <= SC_NSMALL; class++) {
		slab[class] = _bas_slab_make(&arena->pages,
		    &arena->bins[class], class);
		ATF_REQUIRE(slab[class] != NULL);
	}
	for (class = 1; class <= SC_NSMALL; class += 8)
		ATF_CHECK(is_guarded(slab[class]->base,
		    sizeclass_slab_size(class)));
	for (class = 1; class <= SC_NSMALL; class++)
		(void)_bas_slab_unmake(slab[class]);
	all_back();
}

/* Of a created arena, guards go with the rest. */
ATF_TC_WITHOUT_HEAD(reset);
ATF_TC_BODY(reset, tc)
{
	unsigned i, k;
	void *end[4];

	init(1, 1);
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	arena = _bas_arena_get(i);
	for (k = 0; k < NSIZES; k++)
		memset(large(sizes[k], 1), 1, sizes[k]);
	ATF_REQUIRE(_bas_heap_take(arena, 0, 9, end + 4, 4) != 0);
	ATF_CHECK_EQ(0, _bas_arena_reset(i));
	all_back();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, large_objects);
	ATF_TP_ADD_TC(tp, large_pages);
	ATF_TP_ADD_TC(tp, nth);
	ATF_TP_ADD_TC(tp, off);
	ATF_TP_ADD_TC(tp, resize);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, half);
	ATF_TP_ADD_TC(tp, stays_closed);
	ATF_TP_ADD_TC(tp, slabs);
	ATF_TP_ADD_TC(tp, reset);
	return (atf_no_error());
}
