/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/arena.h"
#include "heap/depot.h"
#include "util/options.h"

#define	CLASS	33		/* 1024 bytes */
#define	BATCH	16
#define	NMAX	1024
/* What a depot of that class holds at first, and in the end. */
#define	ROOM	((unsigned)(DEPOT_FIRST_BYTES / 1024))
#define	ROOM_MAX ((unsigned)(DEPOT_BYTES / 1024))

static struct arena	*arena;
static struct bin	*bin;
static void		*got[NMAX];

static void
init(void)
{
	_bas_options.narenas = 2;
	_bas_arenas_init();
	arena = _bas_arena_make(0);
	ATF_REQUIRE(arena != NULL);
	bin = &arena->bins[CLASS];
	ATF_REQUIRE_EQ(1024, sizeclass_size(CLASS));
}

static void
take(struct arena *from, void **objects, unsigned n)
{
	unsigned part;

	for (; n > 0; n -= part) {
		part = _bas_heap_take(from, 0, CLASS, objects + n, n);
		ATF_REQUIRE(part > 0);
	}
}

struct handed {
	struct arena	*own;
	void		**object;
	unsigned	n;
};

static void *
hand_run(void *arg)
{
	const struct handed *handed = arg;
	void *batch[BATCH];
	unsigned i, n;

	for (i = 0; i < handed->n; i += n) {
		n = handed->n - i < BATCH ? handed->n - i : BATCH;
		memcpy(batch, handed->object + i, n * sizeof(void *));
		_bas_heap_hand(handed->own, 0, CLASS, batch, n);
	}
	return (NULL);
}

/* By another thread, of another arena. */
static void
hand(void **objects, unsigned n)
{
	struct handed handed = { _bas_arena_make(1), objects, n };
	pthread_t thread;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, hand_run, &handed));
	pthread_join(thread, NULL);
}

/* What is in the depot is not live. */
static void
check(size_t depot, size_t live)
{
	ATF_CHECK_EQ(depot, depot_count(&bin->depot));
	ATF_CHECK_EQ(live, counter_read(&bin->nmalloc) -
	    counter_read(&bin->ndalloc));
}

/* Who is refilled next gets what another thread has flushed. */
ATF_TC_WITHOUT_HEAD(passes);
ATF_TC_BODY(passes, tc)
{
	void *first[BATCH], *again[BATCH];

	init();
	take(arena, first, BATCH);
	hand(first, BATCH);
	check(BATCH, 0);
	ATF_CHECK_EQ(BATCH, _bas_heap_take(arena, 0, CLASS, again + BATCH,
	    BATCH));
	ATF_CHECK_EQ(0, memcmp(first, again, sizeof(first)));
	check(0, BATCH);
	ATF_CHECK_EQ(1, counter_read(&bin->nflushes));
	ATF_CHECK_EQ(2, counter_read(&bin->nfills));
}

/* What a thread frees itself, after it was refilled, goes to the slabs. */
ATF_TC_WITHOUT_HEAD(own);
ATF_TC_BODY(own, tc)
{
	struct handed handed;

	init();
	take(arena, got, 4 * BATCH);
	handed = (struct handed){ arena, got, 4 * BATCH };
	(void)hand_run(&handed);
	check(0, 0);
}

/* There is an end to it, and it leaves all in order. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	init();
	take(arena, got, NMAX);
	hand(got, NMAX);
	check(ROOM, 0);
	_bas_arena_purge(arena);
	check(0, 0);
	ATF_CHECK_EQ(0, counter_read(&bin->curslabs));
}

/* One that is full and empty by turns grows, to an end. */
ATF_TC_WITHOUT_HEAD(grows);
ATF_TC_BODY(grows, tc)
{
	unsigned i, room, was = ROOM;

	init();
	for (i = 0; i < 10; i++) {
		take(arena, got, NMAX);
		hand(got, NMAX);
		room = depot_count(&bin->depot);
		ATF_CHECK(room == was || room == 2 * was);
		was = room;
	}
	check(ROOM_MAX, 0);
	_bas_bin_pass(bin);
	_bas_bin_pass(bin);
	_bas_bin_pass(bin);
	check(0, 0);
	ATF_CHECK_EQ(NULL, bin->depot.object);
}

/* What nobody takes leaves after two passes, what is taken stays. */
ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	init();
	take(arena, got, ROOM);
	hand(got, ROOM);
	_bas_bin_pass(bin);
	check(ROOM, 0);
	take(arena, got, BATCH);
	check(ROOM - BATCH, BATCH);
	hand(got, BATCH);
	_bas_bin_pass(bin);
	check(BATCH, 0);
	_bas_bin_pass(bin);
	check(0, 0);
}

/* Objects of two arenas, mixed: each depot has its own. */
ATF_TC_WITHOUT_HEAD(arenas);
ATF_TC_BODY(arenas, tc)
{
	struct arena *second;
	struct bin *other;
	unsigned i;

	init();
	second = _bas_arena_make(1);
	other = &second->bins[CLASS];
	for (i = 0; i < 2 * BATCH; i++)
		take(i % 2 == 0 ? arena : second, got + i, 1);
	hand(got, 2 * BATCH);
	check(BATCH, 0);
	ATF_CHECK_EQ(BATCH, depot_count(&other->depot));
	for (i = 0; i < BATCH; i++) {
		take(second, got, 1);
		ATF_CHECK_EQ(second, _bas_arena_of(got[0]));
	}
}

static void
double_free(void)
{
	init();
	take(arena, got, BATCH);
	hand(got, BATCH);
	hand(got, BATCH);
	if (depot_count(&bin->depot) != 2 * BATCH)
		return;
	_bas_arena_purge(arena);
}

static void
double_free_gone(void)
{
	init();
	take(arena, got, 10 * BATCH);
	_bas_heap_give(arena, 0, CLASS, got + BATCH, 9 * BATCH);
	_bas_arena_purge(arena);
	hand(got + 8 * BATCH, BATCH);
}

static void
interior(void)
{
	init();
	take(arena, got, BATCH);
	got[3] = (char *)got[3] + 16;
	hand(got, BATCH);
	_bas_arena_purge(arena);
}

/* What is wrong is seen when it comes to its slab. */
ATF_TC_WITHOUT_HEAD(misuse);
ATF_TC_BODY(misuse, tc)
{
	unit_aborts(double_free, "double free");
	unit_aborts(double_free_gone, "double free");
	unit_aborts(interior, "not the start of an object");
}

/* An arena that is emptied forgets what lies in its depots. */
ATF_TC_WITHOUT_HEAD(reset);
ATF_TC_BODY(reset, tc)
{
	unsigned i;

	init();
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	arena = _bas_arena_get(i);
	bin = &arena->bins[CLASS];
	take(arena, got, 3 * BATCH);
	hand(got, BATCH);
	check(BATCH, 2 * BATCH);
	ATF_REQUIRE_EQ(0, _bas_arena_reset(i));
	check(0, 0);
	take(arena, got, BATCH);
	check(0, BATCH);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, passes);
	ATF_TP_ADD_TC(tp, own);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, grows);
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, arenas);
	ATF_TP_ADD_TC(tp, misuse);
	ATF_TP_ADD_TC(tp, reset);
	return (atf_no_error());
}
