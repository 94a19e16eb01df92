/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "model.h"

/* The first place in the fake's window where superpages go. */
static uintptr_t
start(void)
{
	model_init(1, 0, 0);
	return (model.space + HUGE);
}

static uintptr_t
grow(size_t n, size_t align)
{
	struct extent extent;

	return (_bas_extent_grow(&_bas_extents, n, align, &extent) ?
	    extent.base : 0);
}

static bool
grow_at(uintptr_t base, size_t n)
{
	struct extent extent;

	return (_bas_extent_grow_at(&_bas_extents, base, n, &extent));
}

static void
give(uintptr_t base, size_t n)
{
	struct extent extent = { .base = base, .n = n, .zeroed = true };

	_bas_extent_give(&_bas_extents, &extent);
}

static void
check(size_t mapped, size_t retained)
{
	ATF_CHECK_EQ(mapped * HUGE, _bas_extent_mapped());
	ATF_CHECK_EQ(retained * HUGE, _bas_extent_retained());
}

/* The OS is asked for more and more at a time, and it is kept. */
ATF_TC_WITHOUT_HEAD(grow);
ATF_TC_BODY(grow, tc)
{
	uintptr_t base = start(), p;
	unsigned i;

	for (i = 0; i < 200; i++) {
		p = grow(1, HUGE);
		ATF_REQUIRE_EQ(base + i * HUGE, p);
	}
	ATF_CHECK(_bas_os_fake_count(OS_FAKE_MAP) < 15);
	ATF_CHECK(_bas_extent_mapped() >= 200 * HUGE);
	ATF_CHECK(_bas_extent_retained() <= 32 * HUGE);
}

ATF_TC_WITHOUT_HEAD(coalesce);
ATF_TC_BODY(coalesce, tc)
{
	uintptr_t base = start(), p;

	p = grow(64, HUGE);
	ATF_REQUIRE_EQ(base, p);
	check(64, 0);
	/* In an order that joins before, after, both and neither. */
	give(p + 10 * HUGE, 5);
	give(p + 20 * HUGE, 5);
	give(p + 5 * HUGE, 5);
	give(p + 25 * HUGE, 39);
	give(p, 5);
	give(p + 15 * HUGE, 5);
	check(64, 64);
	ATF_CHECK_EQ(p, grow(64, HUGE));
	check(64, 0);
}

/* The lowest that fits is taken, also out of the middle. */
ATF_TC_WITHOUT_HEAD(place);
ATF_TC_BODY(place, tc)
{
	uintptr_t base = start(), p;

	p = grow(64, HUGE);
	ATF_REQUIRE_EQ(base, p);
	give(p + 3 * HUGE, 2);
	give(p + 8 * HUGE, 30);
	ATF_CHECK_EQ(p + 3 * HUGE, grow(1, HUGE));
	ATF_CHECK_EQ(p + 8 * HUGE, grow(2, HUGE));
	p = grow(4, 16 * HUGE);
	ATF_CHECK_EQ(0, p % (16 * HUGE));
	check(64, 32 - 7);
	ATF_CHECK_EQ(base + 4 * HUGE, grow(1, HUGE));
}

ATF_TC_WITHOUT_HEAD(align);
ATF_TC_BODY(align, tc)
{
	uintptr_t p;
	unsigned i;

	(void)start();
	for (i = 0; i < 10; i++) {
		p = grow(3, HUGE << i);
		ATF_CHECK(p != 0 && p % (HUGE << i) == 0);
		ATF_CHECK(_bas_os_fake_is_mapped(p, 3 * HUGE));
	}
}

ATF_TC_WITHOUT_HEAD(grow_at);
ATF_TC_BODY(grow_at, tc)
{
	uintptr_t p = start();

	ATF_REQUIRE_EQ(p, grow(16, HUGE));
	/* In use; free in part; free; not mapped; mapped by others. */
	ATF_CHECK(!grow_at(p + 4 * HUGE, 1));
	give(p + 4 * HUGE, 4);
	ATF_CHECK(!grow_at(p + 4 * HUGE, 5));
	ATF_CHECK(!grow_at(p + 3 * HUGE, 2));
	check(16, 4);
	ATF_CHECK(grow_at(p + 5 * HUGE, 2));
	check(16, 2);
	ATF_CHECK(grow_at(p + 16 * HUGE, 3));
	check(19, 2);
	ATF_CHECK(_bas_os_fake_is_mapped(p, 19 * HUGE));
	ATF_REQUIRE(_bas_os_map_at((void *)(p + 20 * HUGE), 4096) != NULL);
	ATF_CHECK(!grow_at(p + 19 * HUGE, 2));
	ATF_CHECK(grow_at(p + 19 * HUGE, 1));
	_bas_os_fake_fail(OS_FAKE_MAP_AT, 0, 1);
	ATF_CHECK(!grow_at(p + 30 * HUGE, 2));
	check(20, 2);
	/* The end of all addresses. */
	ATF_CHECK(!grow_at((uintptr_t)1 << 62, 1));
}

ATF_TC_WITHOUT_HEAD(trim);
ATF_TC_BODY(trim, tc)
{
	uintptr_t p = start();

	ATF_CHECK(!_bas_extent_trim());
	ATF_REQUIRE_EQ(p, grow(16, HUGE));
	give(p, 4);
	give(p + 8 * HUGE, 4);
	_bas_os_fake_fail(OS_FAKE_UNMAP, 0, 1);
	ATF_CHECK(_bas_extent_trim());
	check(12, 4);
	ATF_CHECK(_bas_os_fake_is_mapped(p, 4 * HUGE));
	ATF_CHECK(!_bas_os_fake_is_mapped(p + 8 * HUGE, 1));
	ATF_CHECK(_bas_extent_trim());
	check(8, 0);
	ATF_CHECK(!_bas_extent_trim());
}

ATF_TC_WITHOUT_HEAD(no_retain);
ATF_TC_BODY(no_retain, tc)
{
	uintptr_t p = start();

	_bas_options.retain = false;
	ATF_REQUIRE_EQ(p, grow(1, HUGE));
	check(1, 0);
	give(p, 1);
	check(0, 0);
	ATF_CHECK(!_bas_os_fake_is_mapped(p, 1));
	/* The OS does not take it back: then it must be kept. */
	ATF_REQUIRE_EQ(p, grow(2, HUGE));
	_bas_os_fake_fail(OS_FAKE_UNMAP, 0, 1);
	give(p, 2);
	check(2, 2);
	ATF_CHECK_EQ(p, grow(2, HUGE));
}

ATF_TC_WITHOUT_HEAD(map_fails);
ATF_TC_BODY(map_fails, tc)
{
	uintptr_t p = start();

	/* Where a good deal cannot be had, what is needed may. */
	_bas_os_fake_fail(OS_FAKE_MAP, 0, 1);
	ATF_CHECK_EQ(p, grow(1, HUGE));
	check(1, 0);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(0, grow(1, HUGE));
	ATF_CHECK_EQ(0, grow(100, HUGE));
	check(1, 0);
	_bas_os_fake_reset();
	ATF_CHECK_EQ(0, grow((size_t)1 << 40, HUGE));
	check(1, 0);
	give(p, 1);
	check(1, 1);
}

/* No memory for the leaf of a new part of the address space. */
ATF_TC_WITHOUT_HEAD(leaf_fails);
ATF_TC_BODY(leaf_fails, tc)
{
	size_t mapped;

	(void)start();
	mapped = _bas_os_fake_mapped();
	_bas_os_fake_fail(OS_FAKE_MAP, 1, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(0, grow(4096, HUGE));
	check(0, 0);
	ATF_CHECK_EQ(mapped, _bas_os_fake_mapped());
}

#define	NHELD	64
#define	SPACE	1024

/* Against a map with a byte for each superpage. */
ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	static uint8_t held[SPACE];
	struct { uintptr_t p; size_t n; } run[NHELD];
	size_t nheld = 0, sum = 0, i, j, n;
	uintptr_t first = start(), p;
	unsigned step;

	for (step = 0; step < 20000; step++) {
		i = nheld == 0 ? 0 : model_below(nheld);
		n = 1 + model_below(12);
		p = 0;
		if (model_below(16) == 0 && nheld > 0) {
			p = run[i].p + run[i].n * HUGE;
			n = 1 + model_below(3);
			if (nheld == NHELD || !grow_at(p, n))
				continue;
		} else if (nheld < NHELD && model_below(2) == 0) {
			p = grow(n, HUGE << model_below(3));
			ATF_REQUIRE(p != 0);
		} else if (nheld > 0) {
			for (j = 0; j < run[i].n; j++)
				held[(run[i].p - first) / HUGE + j] = 0;
			give(run[i].p, run[i].n);
			sum -= run[i].n;
			run[i] = run[--nheld];
		}
		if (step % 500 == 499)
			(void)_bas_extent_trim();
		if (p != 0) {
			ATF_REQUIRE_EQ(0, p % HUGE);
			ATF_REQUIRE((p - first) / HUGE + n <= SPACE);
			for (j = 0; j < n; j++)
				ATF_REQUIRE_EQ(0, held[(p - first) / HUGE +
				    j]++);
			run[nheld].p = p;
			run[nheld++].n = n;
			sum += n;
			ATF_REQUIRE(_bas_os_fake_is_mapped(p, n * HUGE));
		}
		ATF_REQUIRE_EQ(sum * HUGE, _bas_extent_mapped() -
		    _bas_extent_retained());
	}
}

static void
grow_one(void)
{
	(void)grow(1, HUGE);
}

static void
mended(void)
{
	uintptr_t p;

	_bas_extent_mend(&_bas_extents);
	p = grow(4, HUGE);
	if (p == 0 || !_bas_os_fake_is_mapped(p, 4 * HUGE))
		_exit(1);
	give(p, 4);
	if (grow(4, HUGE) != p)
		_exit(2);
}

/* In a child whose parent's other thread was changing the ranges. */
ATF_TC_WITHOUT_HEAD(mend);
ATF_TC_BODY(mend, tc)
{
	uintptr_t p = start();

	/* Nobody was: nothing is forgotten. */
	ATF_REQUIRE_EQ(p, grow(4, HUGE));
	give(p, 4);
	_bas_extent_mend(&_bas_extents);
	ATF_CHECK_EQ(p, grow(4, HUGE));
	unit_stuck_in(OS_FAKE_MAP, NULL, grow_one);
	unit_child(mended);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, grow);
	ATF_TP_ADD_TC(tp, coalesce);
	ATF_TP_ADD_TC(tp, place);
	ATF_TP_ADD_TC(tp, align);
	ATF_TP_ADD_TC(tp, grow_at);
	ATF_TP_ADD_TC(tp, trim);
	ATF_TP_ADD_TC(tp, no_retain);
	ATF_TP_ADD_TC(tp, map_fails);
	ATF_TP_ADD_TC(tp, leaf_fails);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, mend);
	return (atf_no_error());
}
