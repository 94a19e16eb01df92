/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the models say in small, hammered in the code itself: by two to four
 * threads, on whatever processor this is, and under the thread sanitizer.
 * What passes between threads here is plain memory, so that the orders that are
 * tested are all that there is between a write and a read.
 */
#include "../include/names.h"
#include "../include/unit.h"

#include "heap/arena.h"
#include "heap/remote.h"
#include "malloc_np.h"
#include "meta/pagemap.h"
#include "os/os.h"
#include "page/page.h"
#include "page/purge.h"
#include "util/atomic.h"
#include "util/lock.h"
#include "util/options.h"
#include "watch/shelf.h"
#include "watch/snapshot.h"

#define	NTHREADS	3

/* All threads run f with their number; none may say that it went wrong. */
static void
threads(void *(*f)(void *))
{
	static unsigned number[NTHREADS] = { 0, 1, 2 };
	pthread_t thread[NTHREADS];
	unsigned i;
	void *wrong;

	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, f,
		    &number[i]));
	for (i = 0; i < NTHREADS; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &wrong));
		ATF_CHECK_MSG(wrong == NULL, "thread %u: %s", i,
		    (const char *)wrong);
	}
}

/* lock.pml: one holder at a time, who finds what the last one wrote. */
#define	LOCK_ROUNDS	20000

static struct lock data_lock = LOCK_INITIALIZER(RANK_CTL);
static unsigned	data[2];

static void *
lock_run(void *arg)
{
	unsigned i;

	for (i = 0; i < LOCK_ROUNDS; i++) {
		if (i % 3 != 0)
			lock_take(&data_lock);
		else if (!lock_try(&data_lock)) {
			i--;
			sched_yield();
			continue;
		}
		if (data[0] != data[1])
			return ("what the lock guards was not whole");
		data[0]++;
		if (i % 1000 == 0)
			sched_yield();
		data[1]++;
		lock_give(&data_lock);
	}
	(void)arg;
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(lock);
ATF_TC_BODY(lock, tc)
{

	threads(lock_run);
	ATF_CHECK_EQ(NTHREADS * LOCK_ROUNDS, data[0]);
	ATF_CHECK_EQ(NTHREADS * LOCK_ROUNDS, data[1]);
}

/* inbox.pml: what is pushed comes out once, as it was left. */
#define	INBOX_OBJECTS	64
#define	INBOX_ROUNDS	20000

struct object {
	void		*link;
	uint64_t	left;
	uint64_t	twin;
	bool		out;		/* somebody's, not the inbox's */
};

static struct object	objects[INBOX_OBJECTS];
static struct remote	inbox;
static struct lock	bin_lock = LOCK_INITIALIZER(RANK_BIN);
/* Under the lock: what has come out. */
static struct object	*pool[INBOX_OBJECTS];
static unsigned		npool;

static const char *
inbox_drain(void)
{
	struct object *o, *next;

	for (o = remote_drain(&inbox); o != NULL; o = next) {
		next = remote_next(o);
		if (o->out)
			return ("an object came out twice");
		if (o->twin != ~o->left)
			return ("an object is not as it was left");
		o->out = true;
		pool[npool++] = o;
	}
	return (NULL);
}

/* Two objects at most, chained. */
static void
inbox_free(struct object *first, struct object *last, uint64_t left)
{

	first->left = last->left = left;
	first->twin = last->twin = ~left;
	first->out = last->out = false;
	if (first != last)
		remote_link(first, last);
	remote_push(&inbox, first, last);
}

static void *
inbox_run(void *arg)
{
	const char *wrong = NULL;
	struct object *o, *p;
	uint64_t id = *(unsigned *)arg, i;

	for (i = 0; i < INBOX_ROUNDS && wrong == NULL; i++) {
		o = p = NULL;
		if (i % 7 != 0 && lock_try(&bin_lock)) {
			wrong = inbox_drain();
			lock_give(&bin_lock);
		}
		lock_take(&bin_lock);
		if (npool > 0)
			o = pool[--npool];
		if (npool > 0 && i % 2 != 0)
			p = pool[--npool];
		lock_give(&bin_lock);
		if (o != NULL)
			inbox_free(o, p == NULL ? o : p, id << 32 | i);
	}
	return ((void *)(uintptr_t)wrong);
}

ATF_TC_WITHOUT_HEAD(inbox);
ATF_TC_BODY(inbox, tc)
{
	unsigned i;

	for (i = 0; i < INBOX_OBJECTS; i++) {
		objects[i].out = true;
		pool[npool++] = &objects[i];
	}
	threads(inbox_run);
	ATF_CHECK_EQ(NULL, inbox_drain());
	ATF_CHECK_EQ(INBOX_OBJECTS, npool);
	for (i = 0; i < INBOX_OBJECTS; i++)
		ATF_CHECK(objects[i].out);
}

/*
 * pagemap.pml: two race for a leaf, with a page each; the third frees their
 * objects, and they use the pages again.
 */
#define	LEAVES		50
#define	LEAF_USES	20

/* What the program hands over, in an order that it makes. */
static struct {
	_Atomic uintptr_t address;
	unsigned	class;
} handed[2];
static _Atomic unsigned at_leaf[2];

static uintptr_t
leaf_page(unsigned leaf, unsigned maker)
{

	return (((uintptr_t)(leaf + 16) << LEAF_SHIFT) + maker * PAGE);
}

static const char *
leaf_make(unsigned maker, unsigned leaf)
{
	uintptr_t page = leaf_page(leaf, maker);
	unsigned i, spins = 0;

	/* At once with the other. */
	at_leaf[maker] = leaf + 1;
	while (at_leaf[1 - maker] < leaf + 1)
		if (++spins % 1000 == 0)
			sched_yield();
	if (!_bas_pagemap_cover(page, PAGE))
		return ("no leaf");
	for (i = 0; i < LEAF_USES; i++) {
		while (atomic_load_explicit(&handed[maker].address,
		    memory_order_acquire) != 0)
			sched_yield();
		if (pagemap_class((void *)page) != 0)
			return ("a page that was given back has a class");
		handed[maker].class = i % 50 + 1 + maker * 50;
		_bas_pagemap_set_class(page, 1, handed[maker].class);
		atomic_store_explicit(&handed[maker].address, page,
		    memory_order_release);
	}
	return (NULL);
}

static const char *
leaf_free(unsigned maker)
{
	uintptr_t page;

	page = atomic_load_explicit(&handed[maker].address,
	    memory_order_acquire);
	if (page == 0)
		return (NULL);
	if (pagemap_class((void *)page) != handed[maker].class)
		return ("the class is not what was handed over");
	_bas_pagemap_set_class(page, 1, 0);
	atomic_store_explicit(&handed[maker].address, 0,
	    memory_order_release);
	return ("");
}

static const char *
leaves_free(void)
{
	unsigned left = 2 * LEAVES * LEAF_USES, maker;
	const char *said;

	while (left > 0)
		for (maker = 0; maker < 2; maker++) {
			said = leaf_free(maker);
			if (said == NULL)
				sched_yield();
			else if (*said == '\0')
				left--;
			else
				return (said);
		}
	return (NULL);
}

static void *
leaf_run(void *arg)
{
	unsigned id = *(unsigned *)arg, leaf;
	const char *wrong = NULL;

	if (id == 2)
		return ((void *)(uintptr_t)leaves_free());
	for (leaf = 0; leaf < LEAVES && wrong == NULL; leaf++)
		wrong = leaf_make(id, leaf);
	return ((void *)(uintptr_t)wrong);
}

ATF_TC_WITHOUT_HEAD(pagemap);
ATF_TC_BODY(pagemap, tc)
{

	threads(leaf_run);
}

/* Counters and words: each is some value that was true, and none goes back. */
#define	COUNTER_ROUNDS	50000
#define	NWORDS		8

static struct lock counter_lock = LOCK_INITIALIZER(RANK_CTL);
static counter		counted;
static _Atomic uint64_t	shown[NWORDS];
static _Atomic bool	counted_all;

static void *
counter_write(void)
{
	uint64_t words[NWORDS];
	unsigned i, k;

	for (i = 0; i < COUNTER_ROUNDS; i++) {
		lock_take(&counter_lock);
		counter_add(&counted, 1);
		for (k = 0; k < NWORDS; k++)
			words[k] = counter_read(&counted) * NWORDS + k;
		words_write(shown, words, sizeof(words));
		lock_give(&counter_lock);
	}
	return (NULL);
}

static void *
counter_watch(void)
{
	uint64_t words[NWORDS], last[NWORDS] = { 0 };
	size_t n, before = 0;
	unsigned k;
	bool over;

	do {
		over = atomic_load_explicit(&counted_all,
		    memory_order_acquire);
		n = counter_read(&counted);
		if (n < before)
			return ("a counter went back");
		before = n;
		words_read(shown, words, sizeof(words));
		for (k = 0; k < NWORDS; k++) {
			if (words[k] != 0 && words[k] % NWORDS != k)
				return ("a word that was never written");
			if (words[k] < last[k])
				return ("a word went back");
			last[k] = words[k];
		}
		sched_yield();
	} while (!over);
	return (NULL);
}

static void *
counter_run(void *arg)
{
	static _Atomic unsigned writers;

	if (*(unsigned *)arg == 2)
		return (counter_watch());
	(void)counter_write();
	if (++writers == 2)
		counted_all = true;
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(counters);
ATF_TC_BODY(counters, tc)
{

	threads(counter_run);
	ATF_CHECK_EQ(2 * COUNTER_ROUNDS, counter_read(&counted));
}

/* shelf.pml: the word that was asked for, while epochs and arenas change. */
#define	SHELF_ROUNDS	10000
#define	SHELF_SIZE	64

static struct lock	shelf_lock = LOCK_INITIALIZER(RANK_CTL);
static struct shelf_slot slots[3];
static _Atomic uint64_t	slot_words[3][SHELF_SIZE];
static uint64_t		shelf_scratch[SHELF_SIZE];

static void
shelf_gather(size_t arena, void *snapshot)
{
	uint64_t *to = snapshot;
	size_t i;

	for (i = 0; i < SHELF_SIZE; i++)
		to[i] = arena << 32 | i;
}

static const struct shelf shelf = {
	.lock = &shelf_lock,
	.slots = slots,
	.nslots = 3,
	.words = slot_words[0],
	.scratch = shelf_scratch,
	.size = sizeof(shelf_scratch),
	.gather = shelf_gather,
};

static void *
shelf_run(void *arg)
{
	uint64_t state = *(unsigned *)arg + 1, word;
	size_t arena, i;
	unsigned round;

	for (round = 0; round < SHELF_ROUNDS; round++) {
		/* All in one slot, so that each puts out the last. */
		arena = unit_below(&state, 4) * 2;
		i = unit_below(&state, SHELF_SIZE);
		_bas_shelf_read(&shelf, arena, 1 + round / 100,
		    i * sizeof(word), &word, sizeof(word));
		if (word != (arena << 32 | i))
			return ("a word of another snapshot");
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(shelf);
ATF_TC_BODY(shelf, tc)
{

	threads(shelf_run);
}

/* epoch.pml: who raises the epoch finds his own takes, whoever gathered. */
#define	EPOCH_ROUNDS	300

static void *
epoch_run(void *arg)
{
	uint64_t epoch = 1, taken = 0, seen, i;
	size_t len = sizeof(seen);
	void *p[8];

	(void)arg;
	for (taken = 0; taken < EPOCH_ROUNDS; taken += 8) {
		for (i = 0; i < 8; i++)
			p[i] = bas_malloc(100);
		if (bas_mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch)) !=
		    0 || bas_mallctl("stats.arenas.4096.small.nrequests",
		    &seen, &len, NULL, 0) != 0)
			return ("no statistics");
		for (i = 0; i < 8; i++)
			bas_free(p[i]);
		if (seen < taken + 8)
			return ("the caller's own takes are missing");
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(epoch);
ATF_TC_BODY(epoch, tc)
{

	_bas_options.junk_alloc = _bas_options.junk_free = false;
	threads(epoch_run);
}

/*
 * wanted.pml: pages that may not stay are gone at last, whoever was refused
 * the arena when he wanted to purge them.
 */
#define	WANTED_ROUNDS	3000

static struct arena	*wanted;

static void *
wanted_run(void *arg)
{
	uintptr_t base;
	unsigned i;
	bool zeroed;

	(void)arg;
	for (i = 0; i < WANTED_ROUNDS; i++) {
		base = _bas_page_alloc(&wanted->pages, 4, 1, &zeroed);
		if (base == 0)
			return ("no pages");
		if (_bas_page_free(pagemap_huge((void *)base), base, 4))
			_bas_arenas_tick(UINT64_MAX);
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(wanted);
ATF_TC_BODY(wanted, tc)
{

	_bas_options.dirty_decay_ms = 0;
	_bas_arenas_init();
	wanted = _bas_arena_make(0);
	ATF_REQUIRE(wanted != NULL);
	threads(wanted_run);
	/* As the next slow path would, and only if it had to. */
	_bas_arenas_tick(_bas_os_clock());
	ATF_CHECK_EQ(0, counter_read(&wanted->pages.ndirty));
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, lock);
	ATF_TP_ADD_TC(tp, inbox);
	ATF_TP_ADD_TC(tp, pagemap);
	ATF_TP_ADD_TC(tp, counters);
	ATF_TP_ADD_TC(tp, shelf);
	ATF_TP_ADD_TC(tp, epoch);
	ATF_TP_ADD_TC(tp, wanted);
	return (atf_no_error());
}
