/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "watch/shelf.h"
#include "watch/snapshot.h"

#define	NWORDS	2048
#define	NSLOTS	3
#define	NROUNDS	20000
#define	NTHREADS	4

static struct lock lock = LOCK_INITIALIZER(RANK_CTL);
static struct shelf_slot slots[NSLOTS];
static _Atomic uint64_t words[NSLOTS][NWORDS];
static uint64_t scratch[NWORDS];
static unsigned	gathered;

/* Every word tells whose it is, and where. */
static uint64_t
word_of(size_t arena, size_t i)
{

	return ((uint64_t)arena << 32 | i);
}

static void
gather(size_t arena, void *snapshot)
{
	uint64_t *to = snapshot;
	size_t i;

	gathered++;
	for (i = 0; i < NWORDS; i++)
		to[i] = word_of(arena, i);
}

static const struct shelf shelf = {
	.lock = &lock,
	.slots = slots,
	.nslots = NSLOTS,
	.words = words[0],
	.scratch = scratch,
	.size = sizeof(scratch),
	.gather = gather,
};

static uint64_t
get(size_t arena, uint64_t epoch, size_t i)
{
	uint64_t word;

	_bas_shelf_read(&shelf, arena, epoch, i * sizeof(word), &word,
	    sizeof(word));
	return (word);
}

/* Gathered once an epoch, if no other one takes the place. */
ATF_TC_WITHOUT_HEAD(kept);
ATF_TC_BODY(kept, tc)
{
	size_t i;

	for (i = 0; i < NWORDS; i += 31) {
		ATF_CHECK_EQ(word_of(4, i), get(4, 7, i));
		ATF_CHECK_EQ(word_of(5, i), get(5, 7, i));
		ATF_CHECK_EQ(word_of(SNAPSHOT_ALL, i),
		    get(SNAPSHOT_ALL, 7, i));
	}
	ATF_CHECK_EQ(3, gathered);
	ATF_CHECK_EQ(word_of(4, 9), get(4, 8, 9));
	ATF_CHECK_EQ(4, gathered);
	ATF_CHECK_EQ(word_of(6, 9), get(6, 8, 9));
	ATF_CHECK_EQ(word_of(4, 9), get(4, 8, 9));
	ATF_CHECK_EQ(6, gathered);
	_bas_shelf_mend(&shelf);
	ATF_CHECK_EQ(word_of(4, 9), get(4, 8, 9));
	ATF_CHECK_EQ(7, gathered);
}

/* Fields that are parts of a word. */
ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	uint32_t half;
	uint8_t byte;

	_bas_shelf_read(&shelf, 3, 1, 5 * 8, &half, sizeof(half));
	ATF_CHECK_EQ(5, half);
	_bas_shelf_read(&shelf, 3, 1, 5 * 8 + 4, &half, sizeof(half));
	ATF_CHECK_EQ(3, half);
	_bas_shelf_read(&shelf, 3, 1, 63 * 8, &byte, sizeof(byte));
	ATF_CHECK_EQ(63, byte);
}

/* A reader that was caught by a fork in the middle of a change. */
ATF_TC_WITHOUT_HEAD(odd);
ATF_TC_BODY(odd, tc)
{

	ATF_CHECK_EQ(word_of(4, 1), get(4, 1, 1));
	slots[1].changes++;
	words[1][1] = 0;
	_bas_shelf_mend(&shelf);
	ATF_CHECK_EQ(word_of(4, 1), get(4, 1, 1));
}

static _Atomic bool	done;

static void *
read_one(void *arg)
{
	uint64_t word = get(4, 1, 1);

	done = true;
	return (word == word_of(4, 1) ? NULL : arg);
}

/* While it is written nobody takes what is there for the whole. */
ATF_TC_WITHOUT_HEAD(half);
ATF_TC_BODY(half, tc)
{
	pthread_t thread;
	void *wrong;

	ATF_CHECK_EQ(word_of(4, 1), get(4, 1, 1));
	lock_take(&lock);
	slots[1].changes++;
	words[1][1] = 0;
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, read_one, &done));
	while (!done && _bas_os_fake_count(OS_FAKE_WAIT) == 0)
		sched_yield();
	words[1][1] = word_of(4, 1);
	slots[1].changes++;
	lock_give(&lock);
	pthread_join(thread, &wrong);
	ATF_CHECK_EQ(NULL, wrong);
}

static void *
read_on(void *arg)
{
	uint64_t state = (uintptr_t)arg;
	size_t arena, i;
	unsigned k;

	for (k = 0; k < NROUNDS; k++) {
		/* These have one slot. */
		arena = 2 * (1 + unit_below(&state, 3));
		i = NWORDS - 1 - unit_below(&state, NWORDS / 4);
		if (get(arena, 1 + k / 5, i) != word_of(arena, i))
			return (arg);
	}
	return (NULL);
}

/* What is read is never another one's, however they take turns. */
ATF_TC_WITHOUT_HEAD(turns);
ATF_TC_BODY(turns, tc)
{
	pthread_t thread[NTHREADS];
	uintptr_t i;
	void *wrong;

	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, read_on,
		    (void *)(i + 1)));
	for (i = 0; i < NTHREADS; i++) {
		pthread_join(thread[i], &wrong);
		ATF_CHECK_EQ(NULL, wrong);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kept);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, odd);
	ATF_TP_ADD_TC(tp, half);
	ATF_TP_ADD_TC(tp, turns);
	return (atf_no_error());
}
