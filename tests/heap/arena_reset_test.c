/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Arenas that come and go: create, reset, destroy. */
#include "../include/unit.h"

#include <errno.h>
#include <stdio.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "meta/pagemap.h"
#include "os/os.h"
#include "page/extent.h"
#include "page/hooks.h"
#include "page/page.h"
#include "page/purge.h"

#define	NMAX	20000

static void	*got[NMAX];
static struct arena_stats stats;
static struct large_stats large;
static struct bin_stats	bin;

static void
init(unsigned narenas)
{
	_bas_options.narenas = narenas;
	_bas_arenas_init();
}

static struct arena *
create(unsigned *i)
{
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, i));
	ATF_REQUIRE(_bas_arena_get(*i) != NULL);
	return (_bas_arena_get(*i));
}

/* Some of each class, runs without one and spans; how many in got. */
static unsigned
fill(struct arena *arena)
{
	unsigned class, want, part, n = 0;
	bool zeroed = false;
	size_t size;

	for (class = 1; class <= SC_NCLASS; class++) {
		want = class <= SC_NSMALL ? 40 : 1;
		part = _bas_heap_take(arena, 0, class, got + n + want, want);
		/* Stored downwards from the end. */
		memmove(got + n, got + n + want - part,
		    part * sizeof(got[0]));
		n += part;
	}
	for (size = PAGE; size < 20 * HUGE; size = size * 2 + 3 * PAGE) {
		got[n] = _bas_large_alloc(arena, size, 1, &zeroed);
		ATF_REQUIRE(got[n] != NULL);
		n++;
	}
	return (n);
}

/* Nothing is left in use, and the sums agree with that. */
static void
check_empty(struct arena *arena)
{
	unsigned i;

	_bas_arena_stats(arena, &stats);
	ATF_CHECK_EQ(0, _bas_arena_allocated(arena));
	ATF_CHECK_EQ(0, stats.pactive);
	ATF_CHECK_EQ(0, stats.large_allocated);
	for (i = 1; i <= SC_NSMALL; i++) {
		_bas_arena_bin_stats(arena, i, &bin);
		ATF_CHECK_EQ(bin.nmalloc, bin.ndalloc);
		ATF_CHECK_EQ(0, bin.curslabs);
		ATF_CHECK_EQ(0, bin.nonfull_slabs);
	}
	for (i = 0; i < SC_NLARGE; i++) {
		_bas_arena_large_stats(arena, i, &large);
		ATF_CHECK_EQ(0, large.cur);
		ATF_CHECK_EQ(large.nmalloc, large.ndalloc);
	}
}

/* Created ones follow those that the options call for. */
ATF_TC_WITHOUT_HEAD(create_index);
ATF_TC_BODY(create_index, tc)
{
	unsigned i;

	init(3);
	ATF_CHECK_EQ(3, _bas_arena_count());
	ATF_CHECK_EQ(NULL, _bas_arena_get(3));
	ATF_CHECK_EQ(NULL, _bas_arena_make(3));
	(void)create(&i);
	ATF_CHECK_EQ(3, i);
	ATF_CHECK_EQ(4, _bas_arena_count());
	ATF_CHECK_EQ(3, _bas_arena_auto_count());
	ATF_CHECK_EQ(_bas_arena_get(3), _bas_arena_make(3));
	(void)create(&i);
	ATF_CHECK_EQ(4, i);
	/* It is nobody's choice. */
	ATF_CHECK(_bas_arena_choose()->index < 3);
}

/* All of the 12 bits that name an arena, less one. */
ATF_TC_WITHOUT_HEAD(create_limit);
ATF_TC_BODY(create_limit, tc)
{
	unsigned i, n;

	init(1);
	for (n = 1; n < 4095; n++) {
		ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
		ATF_REQUIRE_EQ(n, i);
	}
	ATF_CHECK_EQ(EAGAIN, _bas_arena_create(NULL, &i));
	ATF_CHECK_EQ(4095, _bas_arena_count());
	ATF_CHECK_EQ(0, _bas_arena_destroy(1000));
	ATF_CHECK_EQ(0, _bas_arena_create(NULL, &i));
	ATF_CHECK_EQ(1000, i);
}

ATF_TC_WITHOUT_HEAD(create_fails);
ATF_TC_BODY(create_fails, tc)
{
	unsigned i = 77;

	init(1);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_arena_create(NULL, &i) == 0)
		;
	ATF_CHECK_EQ(EAGAIN, _bas_arena_create(NULL, &i));
	_bas_os_fake_reset();
	ATF_CHECK_EQ(0, _bas_arena_create(NULL, &i));
	ATF_CHECK_EQ(_bas_arena_count() - 1, i);
}

ATF_TC_WITHOUT_HEAD(reset);
ATF_TC_BODY(reset, tc)
{
	struct arena *arena, *other;
	unsigned i, k, n, round;
	bool due = false;
	void *kept;

	init(2);
	other = _bas_arena_make(0);
	ATF_REQUIRE_EQ(1, _bas_heap_take(other, 0, 20, &kept + 1, 1));
	arena = create(&i);
	for (round = 0; round < 3; round++) {
		n = fill(arena);
		ATF_CHECK(_bas_arena_allocated(arena) > 10 * HUGE);
		/* Some lie in an inbox. */
		lock_take(&arena->bins[20].lock);
		for (k = 0; k < n && pagemap_class(got[k]) != 20; k++)
			;
		(void)_bas_bin_flush(NULL, 20, got + k, 7, &due);
		lock_give(&arena->bins[20].lock);
		ATF_CHECK_EQ(0, _bas_arena_reset(i));
		check_empty(arena);
		for (k = 0; k < n; k++)
			ATF_REQUIRE_EQ(SC_NONE, pagemap_class(got[k]));
	}
	/* Another arena's are what they were. */
	ATF_CHECK_EQ(20, pagemap_class(kept));
	ATF_CHECK_EQ(sizeclass_size(20), _bas_arena_allocated(other));
	/* What it had is used again. */
	_bas_arena_stats(arena, &stats);
	ATF_CHECK(stats.pdirty > 0);
	_bas_arena_purge(arena);
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nhuge));
	ATF_CHECK_EQ(0, _bas_page_count(&arena->pages));
}

/* Only what was created, and is. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct arena *arena;
	unsigned i;

	_bas_options.oversize_threshold = HUGE * 4;
	init(2);
	ATF_REQUIRE(_bas_arena_make(0) != NULL);
	ATF_REQUIRE(_bas_arena_make(2) != NULL);
	arena = create(&i);
	ATF_CHECK_EQ(3, i);
	ATF_CHECK_EQ(EFAULT, _bas_arena_reset(0));
	ATF_CHECK_EQ(EFAULT, _bas_arena_reset(2));
	ATF_CHECK_EQ(EFAULT, _bas_arena_reset(4));
	ATF_CHECK_EQ(EFAULT, _bas_arena_reset(4096));
	ATF_CHECK_EQ(EFAULT, _bas_arena_reset(UINT32_MAX));
	ATF_CHECK_EQ(EFAULT, _bas_arena_destroy(0));
	ATF_CHECK_EQ(EFAULT, _bas_arena_destroy(1));
	ATF_CHECK_EQ(EFAULT, _bas_arena_destroy(2));
	ATF_CHECK_EQ(EFAULT, _bas_arena_destroy(4));
	arena->nthreads = 1;
	ATF_CHECK_EQ(EFAULT, _bas_arena_destroy(3));
	ATF_CHECK_EQ(0, _bas_arena_reset(3));
	arena->nthreads = 0;
	ATF_CHECK(!_bas_arena_was_destroyed());
	ATF_CHECK_EQ(0, _bas_arena_destroy(3));
	ATF_CHECK(_bas_arena_was_destroyed());
	ATF_CHECK_EQ(EFAULT, _bas_arena_destroy(3));
	ATF_CHECK_EQ(EFAULT, _bas_arena_reset(3));
	ATF_CHECK_EQ(NULL, _bas_arena_get(3));
	ATF_CHECK_EQ(NULL, _bas_arena_make(3));
	ATF_CHECK_EQ(4, _bas_arena_count());
}

/* All goes back, and the index, the last one first. */
ATF_TC_WITHOUT_HEAD(destroy);
ATF_TC_BODY(destroy, tc)
{
	static struct bin_stats bins[SC_NSMALL + 1];
	static struct large_stats larges[SC_NLARGE];
	struct arena *arena;
	unsigned a, b, i;

	init(1);
	(void)create(&a);
	arena = create(&b);
	_bas_arena_set_name(arena, "short of life");
	ATF_CHECK(!_bas_arena_set_decay_ms(arena, false, 77));
	fill(arena);
	arena_request(arena, 5, 33);
	for (i = 1; i <= SC_NSMALL; i++)
		_bas_arena_bin_stats(arena, i, &bins[i]);
	for (i = 0; i < SC_NLARGE; i++)
		_bas_arena_large_stats(arena, i, &larges[i]);
	ATF_CHECK(!_bas_arena_was_destroyed());
	ATF_CHECK_EQ(0, _bas_arena_destroy(b));
	ATF_CHECK(_bas_arena_was_destroyed());
	ATF_CHECK_EQ(_bas_extent_mapped(), _bas_extent_retained());
	for (i = 0; i < SC_NLARGE; i++) {
		_bas_arena_large_stats(NULL, i, &large);
		ATF_CHECK_EQ(larges[i].nmalloc, large.nmalloc);
		ATF_CHECK_EQ(larges[i].nmalloc, large.ndalloc);
		ATF_CHECK_EQ(larges[i].nrequests, large.nrequests);
		ATF_CHECK_EQ(0, large.cur);
	}
	for (i = 1; i <= SC_NSMALL; i++) {
		_bas_arena_bin_stats(NULL, i, &bin);
		ATF_CHECK_EQ(bins[i].nmalloc, bin.nmalloc);
		ATF_CHECK_EQ(bins[i].nmalloc, bin.ndalloc);
		ATF_CHECK_EQ(i == 5 ? 33 : 0, bin.nrequests);
		ATF_CHECK_EQ(0, bin.curregs);
		ATF_CHECK_EQ(0, bin.curslabs);
	}
	_bas_arena_stats(NULL, &stats);
	ATF_CHECK(stats.dirty_purged > 0);
	ATF_CHECK_EQ(0, stats.pactive + stats.mapped + stats.large_allocated);
	ATF_CHECK_EQ(0, _bas_arena_destroy(a));
	ATF_CHECK(create(&i) != arena);
	ATF_CHECK_EQ(a, i);
	ATF_CHECK_EQ(arena, create(&i));
	ATF_CHECK_EQ(b, i);
	/* As new. */
	ATF_CHECK_STREQ("manual_2", _bas_arena_name(arena));
	ATF_CHECK_EQ(_bas_options.dirty_decay_ms,
	    arena_decay_ms(arena, false));
	_bas_arena_stats(arena, &stats);
	ATF_CHECK_EQ(0, stats.dirty_purged);
	_bas_arena_bin_stats(arena, 5, &bin);
	ATF_CHECK_EQ(0, bin.nmalloc + bin.nrequests + bin.mutex.num_ops);
	_bas_arena_large_stats(arena, 5, &large);
	ATF_CHECK_EQ(0, large.nmalloc + large.nrequests);
	fill(arena);
	ATF_CHECK_EQ(0, _bas_arena_destroy(b));
	_bas_arena_bin_stats(NULL, 5, &bin);
	ATF_CHECK(bin.nmalloc >= 80);
	ATF_CHECK_EQ(0, _bas_arena_create(NULL, &i));
	ATF_CHECK_EQ(b, i);
	ATF_CHECK_EQ(3, _bas_arena_count());
}

/* The sum over all arenas is right, wherever what was given back. */
ATF_TC_WITHOUT_HEAD(shares);
ATF_TC_BODY(shares, tc)
{
	struct arena *own, *arena;
	unsigned i;

	init(1);
	own = _bas_arena_make(0);
	arena = create(&i);
	ATF_REQUIRE_EQ(5, _bas_heap_take(own, 0, 9, got + 5, 5));
	_bas_heap_give(arena, 0, 9, got, 5);
	ATF_REQUIRE_EQ(7, _bas_heap_take(arena, 0, 11, got + 7, 7));
	_bas_heap_give(own, 0, 11, got, 3);
	ATF_CHECK_EQ(4 * sizeclass_size(11), _bas_arena_share(own) +
	    _bas_arena_share(arena));
	ATF_CHECK_EQ(0, _bas_arena_destroy(i));
	ATF_CHECK_EQ(0, _bas_arena_share(own));
	(void)create(&i);
	ATF_CHECK_EQ(0, _bas_arena_share(own) + _bas_arena_share(arena));
}

/* What a thread is purging is not thrown away under its feet. */
static unsigned	busy;

static void
purge_busy(void)
{
	_bas_arena_purge(_bas_arena_get(busy));
}

static void
take_and_give(struct arena *arena)
{
	ATF_REQUIRE_EQ(1, _bas_heap_take(arena, 0, SC_NCLASS, got + 1, 1));
	_bas_heap_give(arena, 0, SC_NCLASS, got, 1);
}

static void
child_destroys(void)
{
	_bas_extent_mend(&_bas_extents);
	_bas_arenas_mend();
	if (_bas_arena_destroy(busy) != 0 || _bas_arena_get(busy) != NULL)
		_exit(1);
}

ATF_TC_WITHOUT_HEAD(excluded);
ATF_TC_BODY(excluded, tc)
{
	struct arena *arena, *other;

	init(1);
	arena = create(&busy);
	other = _bas_arena_make(0);
	take_and_give(arena);
	unit_stuck_in(OS_FAKE_PURGE, NULL, purge_busy);
	ATF_CHECK(lock_is_held(&arena->maintenance));
	ATF_CHECK(!lock_is_mine(&arena->maintenance));
	/* A tick does not wait for it, and does the others. */
	ATF_CHECK(!_bas_arena_set_decay_ms(other, false, 0));
	take_and_give(other);
	_bas_arenas_tick(UINT64_MAX);
	ATF_CHECK_EQ(0, counter_read(&other->pages.ndirty));
	/* It has left word, though. */
	ATF_CHECK(arena->wanted);
	_bas_os_fake_hook(NULL);
	unit_child(child_destroys);
}

/* Who was refused is called again, when the arena is free. */
ATF_TC_WITHOUT_HEAD(called_again);
ATF_TC_BODY(called_again, tc)
{
	struct arena *arena;
	unsigned i;

	init(1);
	arena = create(&i);
	_bas_arenas_tick(UINT64_MAX);
	_bas_purge_due = UINT64_MAX;
	arena->wanted = true;
	_bas_arena_hold(arena);
	ATF_CHECK_EQ(UINT64_MAX, _bas_purge_due);
	_bas_arena_let_go(arena);
	ATF_CHECK(_bas_purge_due <= _bas_os_clock());
	ATF_CHECK(!arena->wanted);
}

/* The parent was in the middle of it. */
static void
destroy_busy(void)
{
	(void)_bas_arena_destroy(busy);
}

static void
child_goes_on(void)
{
	struct arena *arena;
	unsigned i;

	_bas_extent_mend(&_bas_extents);
	_bas_arenas_mend();
	if (_bas_arena_get(busy) != NULL ||
	    _bas_arena_create(NULL, &i) != 0)
		_exit(1);
	arena = _bas_arena_get(i);
	if (_bas_heap_take(arena, 0, 40, got + 8, 8) == 0 ||
	    _bas_arena_reset(i) != 0 || _bas_arena_destroy(i) != 0)
		_exit(2);
	_bas_arenas_tick(UINT64_MAX);
}

ATF_TC_WITHOUT_HEAD(mend);
ATF_TC_BODY(mend, tc)
{
	init(1);
	take_and_give(create(&busy));
	unit_stuck_in(OS_FAKE_PURGE, NULL, destroy_busy);
	unit_child(child_goes_on);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, create_index);
	ATF_TP_ADD_TC(tp, create_limit);
	ATF_TP_ADD_TC(tp, create_fails);
	ATF_TP_ADD_TC(tp, reset);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, destroy);
	ATF_TP_ADD_TC(tp, shares);
	ATF_TP_ADD_TC(tp, excluded);
	ATF_TP_ADD_TC(tp, called_again);
	ATF_TP_ADD_TC(tp, mend);
	return (atf_no_error());
}
