/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/arena.h"
#include "heap/large.h"
#include "meta/pagemap.h"
#include "os/os.h"
#include "page/extent.h"
#include "page/purge.h"
#include "util/options.h"

#define	NMAX	20000

static void	*got[NMAX];

static void
init(unsigned narenas)
{
	_bas_options.narenas = narenas;
	_bas_arenas_init();
}

static void
take(struct arena *arena, unsigned class, unsigned n)
{
	unsigned i, part;

	for (i = 0; i < n; i += part) {
		part = _bas_heap_take(arena, 0, class, got + n - i, n - i);
		ATF_REQUIRE(part > 0);
	}
}

ATF_TC_WITHOUT_HEAD(count);
ATF_TC_BODY(count, tc)
{
	_bas_os_fake_cpus(7);
	init(0);
	ATF_CHECK_EQ(7, _bas_arena_count());
	init(3);
	ATF_CHECK_EQ(3, _bas_arena_count());
	ATF_CHECK_EQ(NULL, _bas_arena_get(0));
	ATF_CHECK_EQ(NULL, _bas_arena_make(3));
	ATF_REQUIRE(_bas_arena_make(2) != NULL);
	ATF_CHECK_EQ(_bas_arena_make(2), _bas_arena_get(2));
	ATF_CHECK_EQ(2, _bas_arena_get(2)->index);
	ATF_CHECK_EQ(NULL, _bas_arena_get(1000000));
}

/* So many a processor, rounded; but what is given counts. */
ATF_TC_WITHOUT_HEAD(count_ratio);
ATF_TC_BODY(count_ratio, tc)
{
	_bas_os_fake_cpus(6);
	_bas_options.narenas_ratio = 4 << 16;
	init(0);
	ATF_CHECK_EQ(24, _bas_arena_count());
	_bas_options.narenas_ratio = (3 << 16) / 4;
	init(0);
	ATF_CHECK_EQ(5, _bas_arena_count());
	_bas_options.narenas_ratio = 1;
	init(0);
	ATF_CHECK_EQ(1, _bas_arena_count());
	_bas_options.narenas_ratio = UINT32_MAX;
	_bas_os_fake_cpus(8);
	init(0);
	ATF_CHECK_EQ(OPTIONS_NARENAS_LIMIT, _bas_arena_count());
	_bas_options.narenas_ratio = 4 << 16;
	init(3);
	ATF_CHECK_EQ(3, _bas_arena_count());
}

/* Threads spread before they share. */
ATF_TC_WITHOUT_HEAD(choose);
ATF_TC_BODY(choose, tc)
{
	struct arena *a, *b, *c;

	init(3);
	a = _bas_arena_choose();
	ATF_REQUIRE(a != NULL);
	ATF_CHECK_EQ(a, _bas_arena_choose());
	a->nthreads = 1;
	b = _bas_arena_choose();
	ATF_CHECK(b != a && b != NULL);
	b->nthreads = 1;
	c = _bas_arena_choose();
	ATF_CHECK(c != a && c != b);
	c->nthreads = 5;
	b->nthreads = 2;
	ATF_CHECK_EQ(a, _bas_arena_choose());
}

/* No memory for another arena: the ones there are must do. */
ATF_TC_WITHOUT_HEAD(choose_fails);
ATF_TC_BODY(choose_fails, tc)
{
	struct arena *a, *b;
	unsigned i;

	init(100);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	for (i = 0; i < 20; i++) {
		a = _bas_arena_choose();
		ATF_REQUIRE(a != NULL);
		a->nthreads++;
	}
	b = _bas_arena_choose();
	ATF_CHECK(b != NULL && b->nthreads > 1);
}

/* What was set for arenas to come is what they begin with. */
ATF_TC_WITHOUT_HEAD(decay_default);
ATF_TC_BODY(decay_default, tc)
{
	struct arena *arena;

	init(3);
	arena = _bas_arena_make(0);
	ATF_CHECK_EQ(_bas_options.dirty_decay_ms,
	    arena_decay_ms(arena, false));
	ATF_CHECK(!_bas_decay_ms_default_set(false, 123));
	ATF_CHECK(!_bas_decay_ms_default_set(true, 77));
	arena = _bas_arena_make(1);
	ATF_CHECK_EQ(123, arena_decay_ms(arena, false));
	ATF_CHECK_EQ(77, arena_decay_ms(arena, true));
	ATF_CHECK(!_bas_arena_set_decay_ms(arena, false, -1));
	ATF_CHECK_EQ(-1, arena_decay_ms(arena, false));
	ATF_CHECK(_bas_arena_set_decay_ms(arena, false, -2));
	ATF_CHECK(_bas_arena_set_decay_ms(arena, false,
	    OPTIONS_DECAY_MS_LIMIT + 1));
	ATF_CHECK_EQ(-1, arena_decay_ms(arena, false));
}

/* Counts are those of what was done, of every class. */
ATF_TC_WITHOUT_HEAD(stats);
ATF_TC_BODY(stats, tc)
{
	struct large_stats large;
	struct bin_stats bin;
	struct arena_stats s;
	struct arena *arena;
	size_t bytes = 0, kept;
	unsigned c, n;

	init(1);
	arena = _bas_arena_make(0);
	for (c = 1; c <= SC_NCLASS; c++) {
		n = c <= SC_NSMALL ? 100 : 3;
		take(arena, c, n);
		_bas_heap_give(arena, 0, c, got, n / 2);
		kept = n - n / 2;
		bytes += kept * sizeclass_size(c);
		ATF_REQUIRE_EQ(bytes, _bas_arena_allocated(arena));
		if (c > SC_NSMALL)
			continue;
		_bas_arena_bin_stats(arena, c, &bin);
		ATF_CHECK_EQ(n, bin.nmalloc);
		ATF_CHECK_EQ(n / 2, bin.ndalloc);
		ATF_CHECK_EQ(kept, bin.curregs);
		ATF_CHECK_EQ(0, bin.nrequests);
		ATF_CHECK(bin.mutex.num_ops >= 2);
		ATF_CHECK_EQ(1, bin.mutex.num_owner_switch);
	}
	for (c = 0; c < SC_NLARGE; c++) {
		n = c < SC_NCLASS - SC_NSMALL ? 3 : 0;
		_bas_arena_large_stats(arena, c, &large);
		ATF_CHECK_EQ(n, large.nmalloc);
		ATF_CHECK_EQ(n / 2, large.ndalloc);
		ATF_CHECK_EQ(n - n / 2, large.cur);
		/* For a cache, that nobody has asked for any of yet. */
		ATF_CHECK_EQ(n, large.nfills);
		ATF_CHECK_EQ(0, large.nrequests);
	}
	_bas_arena_stats(arena, &s);
	ATF_CHECK_EQ(SC_NCLASS - SC_NSMALL, s.large_nflushes);
	ATF_CHECK(s.edata > 0 && s.edata < s.base);
	ATF_CHECK(s.pactive * PAGE >= bytes);
	ATF_CHECK(s.mapped >= s.pactive * PAGE);
}

/* Whatever the size, an object is in the class that holds it. */
ATF_TC_WITHOUT_HEAD(stats_of_large);
ATF_TC_BODY(stats_of_large, tc)
{
	struct large_stats s;
	struct arena *arena;
	size_t size;
	unsigned c;
	bool zeroed = false;
	void *p;

	init(1);
	arena = _bas_arena_make(0);
	for (c = 0; c < 40; c++) {
		size = sizeclass_large_size(c);
		p = _bas_large_alloc(arena, size, 1, &zeroed);
		ATF_REQUIRE(p != NULL);
		_bas_arena_large_stats(arena, c, &s);
		ATF_CHECK_EQ(1, s.nmalloc);
		ATF_CHECK_EQ(1, s.nrequests);
		ATF_CHECK_EQ(1, s.cur);
		ATF_CHECK_EQ(size, _bas_arena_allocated(arena));
		p = _bas_large_resize(p, size - PAGE);
		ATF_CHECK_EQ(size - PAGE, _bas_arena_allocated(arena));
		_bas_large_free("free", p);
		_bas_arena_large_stats(arena, c, &s);
		ATF_CHECK_EQ(0, s.cur);
		ATF_CHECK_EQ(s.nmalloc, s.ndalloc);
	}
}

/* Takes of caches, and what goes past them. */
ATF_TC_WITHOUT_HEAD(requests);
ATF_TC_BODY(requests, tc)
{
	struct large_stats large;
	struct bin_stats bin;
	struct arena *arena;

	init(1);
	arena = _bas_arena_make(0);
	got[0] = _bas_heap_alloc(arena, 0, 5);
	arena_request(arena, 5, 40);
	_bas_arena_bin_stats(arena, 5, &bin);
	ATF_CHECK_EQ(41, bin.nrequests);
	ATF_CHECK_EQ(1, bin.nmalloc);
	got[0] = _bas_heap_alloc(arena, 0, SC_NSMALL + 2);
	arena_request(arena, SC_NSMALL + 2, 40);
	_bas_arena_large_stats(arena, 1, &large);
	ATF_CHECK_EQ(41, large.nrequests);
	ATF_CHECK_EQ(1, large.nmalloc);
	_bas_arena_reset_mutexes(arena);
	_bas_arena_bin_stats(arena, 5, &bin);
	ATF_CHECK_EQ(0, bin.mutex.num_ops);
}

/* After all is given back nothing is left behind. */
ATF_TC_WITHOUT_HEAD(purge);
ATF_TC_BODY(purge, tc)
{
	struct arena *arena;
	unsigned c;

	init(1);
	arena = _bas_arena_make(0);
	for (c = 1; c <= SC_NCLASS; c += 5) {
		take(arena, c, 50);
		_bas_heap_give(arena, 0, c, got, 50);
	}
	ATF_CHECK_EQ(0, _bas_arena_allocated(arena));
	_bas_arena_purge(arena);
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nactive));
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nhuge));
	ATF_CHECK_EQ(_bas_extent_mapped(), _bas_extent_retained());
}

/* Any arena that is due is purged, whoever looks at the clock. */
ATF_TC_WITHOUT_HEAD(tick);
ATF_TC_BODY(tick, tc)
{
	struct arena *a, *b;
	unsigned i;

	init(2);
	a = _bas_arena_make(0);
	b = _bas_arena_make(1);
	ATF_CHECK(!_bas_arena_set_decay_ms(a, false, 1000));
	ATF_CHECK(!_bas_arena_set_decay_ms(b, false, 1000));
	take(a, SC_NCLASS, 1);
	_bas_heap_give(a, 0, SC_NCLASS, got, 1);
	take(b, SC_NCLASS, 1);
	_bas_heap_give(b, 0, SC_NCLASS, got, 1);
	ATF_CHECK_EQ(256, counter_read(&a->pages.ndirty));
	ATF_CHECK_EQ(256, counter_read(&b->pages.ndirty));
	_bas_arenas_tick(_bas_os_clock());
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_PURGE));
	for (i = 0; i < 30; i++) {
		_bas_os_fake_clock_advance(50 * MS);
		_bas_arenas_tick(_bas_os_clock());
	}
	ATF_CHECK_EQ(0, counter_read(&a->pages.ndirty));
	ATF_CHECK_EQ(0, counter_read(&b->pages.ndirty));
	/* But for a look at the slabs, later, nothing is due. */
	ATF_CHECK(_bas_purge_due > _bas_os_clock());
}

/* One step of thinning, when it is due; how long until the next. */
static uint64_t
pass(struct arena *arena)
{
	uint64_t due = atomic_load(&arena->thin_due);

	_bas_os_fake_clock_set(due);
	_bas_arenas_tick(UINT64_MAX);
	return (atomic_load(&arena->thin_due) - due);
}

/* An idle arena is looked at less and less often, until it is used. */
ATF_TC_WITHOUT_HEAD(rests);
ATF_TC_BODY(rests, tc)
{
	struct arena *arena;
	uint64_t next, last;
	unsigned i;

	_bas_options.dirty_decay_ms = 10000;
	_bas_os_fake_clock_set(1);
	init(1);
	arena = _bas_arena_make(0);
	take(arena, 5, 1000);
	_bas_heap_give(arena, 0, 5, got, 500);
	(void)pass(arena);
	ATF_CHECK_EQ(2500 * MS, pass(arena));
	for (i = 0, last = 0; i < 12; i++, last = next) {
		next = pass(arena);
		ATF_CHECK(next >= last);
	}
	ATF_CHECK(last >= 10 * 2500 * MS);
	ATF_CHECK(last <= 100 * 2500 * MS);
	_bas_heap_give(arena, 0, 5, got + 500, 1);
	ATF_CHECK_EQ(2500 * MS, pass(arena));
}

/* A decay time of 0: what is unused is gone when the call is over. */
ATF_TC_WITHOUT_HEAD(at_once);
ATF_TC_BODY(at_once, tc)
{
	struct arena *arena;

	init(1);
	arena = _bas_arena_make(0);
	ATF_CHECK(!_bas_arena_set_decay_ms(arena, false, 0));
	take(arena, SC_NCLASS, 4);
	_bas_heap_give(arena, 0, SC_NCLASS, got, 4);
	ATF_CHECK_EQ(0, counter_read(&arena->pages.ndirty));
	take(arena, 30, 5000);
	_bas_heap_give(arena, 0, 30, got, 5000);
	ATF_CHECK_EQ(0, counter_read(&arena->pages.ndirty));
}

/* Where the OS has no more, what other arenas do not use is given back. */
ATF_TC_WITHOUT_HEAD(squeeze);
ATF_TC_BODY(squeeze, tc)
{
	struct arena *a, *b;
	bool zeroed = false;
	size_t i, n;
	void *p;

	init(2);
	a = _bas_arena_make(0);
	b = _bas_arena_make(1);
	for (n = 0; n < 1000; n++) {
		p = _bas_large_alloc(a, HUGE, 1, &zeroed);
		ATF_REQUIRE(p != NULL);
		got[n] = p;
	}
	for (i = 0; i < n; i++)
		(void)_bas_large_free("free", got[i]);
	ATF_CHECK(counter_read(&a->pages.ndirty) > 0);
	/* More than all of it would not do; then nothing need go. */
	ATF_CHECK(!_bas_arenas_squeeze(n * HUGE * 2));
	ATF_CHECK(counter_read(&a->pages.ndirty) > 0);
	ATF_CHECK(_bas_arenas_squeeze(HUGE));
	ATF_CHECK_EQ(0, _bas_extent_mapped());
	ATF_CHECK(!_bas_arenas_squeeze(1));
	/* One failure of a map does not reach the caller. */
	take(a, SC_NCLASS, 1);
	_bas_heap_give(a, 0, SC_NCLASS, got, 1);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, 2);
	ATF_CHECK_EQ(1, _bas_heap_take(b, 0, SC_NCLASS, got + 1, 1));
	_bas_heap_give(b, 0, SC_NCLASS, got, 1);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	(void)_bas_arenas_squeeze(0);
	ATF_CHECK_EQ(0, _bas_heap_take(b, 0, SC_NCLASS, got + 1, 1));
	ATF_CHECK_EQ(0, _bas_heap_take(b, 0, 5, got + 1, 1));
}

struct object {
	unsigned	*p;
	unsigned	class;
};

/* Random objects of all classes keep what is written to them. */
ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	static struct object o[2000];
	struct arena *arena[2], *own;
	uint64_t state = 3;
	size_t i, live = 0;
	unsigned round, n;
	void *p;

	init(2);
	arena[0] = _bas_arena_make(0);
	arena[1] = _bas_arena_make(1);
	for (round = 0; round < 60000; round++) {
		i = unit_below(&state, 2000);
		own = arena[unit_below(&state, 2)];
		if (o[i].p == NULL) {
			o[i].class = 1 + (unsigned)unit_below(&state,
			    unit_below(&state, 50) == 0 ? SC_NCLASS :
			    SC_NSMALL);
			ATF_REQUIRE_EQ(1, _bas_heap_take(own, 0, o[i].class,
			    &p + 1, 1));
			o[i].p = p;
			n = (unsigned)sizeclass_size(o[i].class) / 4 - 1;
			o[i].p[0] = o[i].p[n] = (unsigned)i;
			live += sizeclass_size(o[i].class);
		} else {
			n = (unsigned)sizeclass_size(o[i].class) / 4 - 1;
			ATF_REQUIRE(o[i].p[0] == i && o[i].p[n] == i);
			p = o[i].p;
			_bas_heap_give(own, 0, o[i].class, &p, 1);
			o[i].p = NULL;
			live -= sizeclass_size(o[i].class);
		}
		if (round % 64 == 0) {
			_bas_os_fake_clock_advance(20 * MS);
			_bas_arenas_tick(_bas_os_clock());
		}
		if (round % 5000 == 0)
			_bas_arena_purge(own);
		if (round % 100 == 0)
			ATF_REQUIRE_EQ(live, _bas_arena_allocated(arena[0]) +
			    _bas_arena_allocated(arena[1]));
	}
}

/* A child sets aside what another thread was in, and allocates. */
static void
take_run(void)
{
	(void)_bas_heap_take(_bas_arena_get(0), 0, 40, got + 8, 8);
}

static void
purge_arena(void)
{
	_bas_arena_purge(_bas_arena_get(0));
}

static void
mended(void)
{
	struct arena *arena = _bas_arena_get(0);

	_bas_extent_mend(&_bas_extents);
	_bas_arenas_mend();
	if (_bas_heap_take(arena, 0, 40, got + 100, 8) == 0 ||
	    _bas_heap_take(arena, 0, SC_NCLASS, got + 200, 1) == 0)
		_exit(1);
	_bas_heap_give(arena, 0, 40, got + 99, 1);
	_bas_arena_purge(arena);
}

ATF_TC_WITHOUT_HEAD(mend_map);
ATF_TC_BODY(mend_map, tc)
{
	init(1);
	ATF_REQUIRE(_bas_arena_make(0) != NULL);
	unit_stuck_in(OS_FAKE_MAP, NULL, take_run);
	unit_child(mended);
}

ATF_TC_WITHOUT_HEAD(mend_purge);
ATF_TC_BODY(mend_purge, tc)
{
	struct arena *arena;

	init(1);
	arena = _bas_arena_make(0);
	take(arena, SC_NCLASS, 4);
	_bas_heap_give(arena, 0, SC_NCLASS, got, 3);
	unit_stuck_in(OS_FAKE_PURGE, NULL, purge_arena);
	unit_child(mended);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, count);
	ATF_TP_ADD_TC(tp, count_ratio);
	ATF_TP_ADD_TC(tp, choose);
	ATF_TP_ADD_TC(tp, choose_fails);
	ATF_TP_ADD_TC(tp, decay_default);
	ATF_TP_ADD_TC(tp, stats);
	ATF_TP_ADD_TC(tp, stats_of_large);
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, purge);
	ATF_TP_ADD_TC(tp, tick);
	ATF_TP_ADD_TC(tp, rests);
	ATF_TP_ADD_TC(tp, at_once);
	ATF_TP_ADD_TC(tp, squeeze);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, mend_map);
	ATF_TP_ADD_TC(tp, mend_purge);
	return (atf_no_error());
}
