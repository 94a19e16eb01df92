/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/bin.h"
#include "heap/slab.h"
#include "meta/pagemap.h"
#include "page/page.h"
#include "page/purge.h"

#define	CLASS	33		/* 1024 bytes, 16 in a slab */
#define	NREGS	16
#define	NMAX	4096

static struct pages	pages;
static struct bin	bin, other;
static void		*got[NMAX];
static bool		due;

static void
init(void)
{
	_bas_page_init(&pages, 10000, 0);
	_bas_bin_init(&bin);
	_bas_bin_init(&other);
	ATF_REQUIRE_EQ(NREGS, sizeclass_nregs(CLASS));
}

static void
take(void **objects, unsigned n)
{
	unsigned part;

	while (n > 0) {
		part = _bas_bin_refill(&bin, &pages, CLASS, objects + n, n);
		ATF_REQUIRE(part > 0);
		n -= part;
	}
}

static void
give(void **objects, unsigned n)
{
	void *batch[NMAX];

	memcpy(batch, objects, n * sizeof(batch[0]));
	ATF_REQUIRE_EQ(0, _bas_bin_flush(&bin, CLASS, batch, n, &due));
}

static size_t
nonfull(void)
{
	struct slab *slab;
	size_t n = 0;
	unsigned i;

	for (i = 0; i < BIN_LEVELS; i++)
		for (slab = bin.level[i]; slab != NULL; slab = slab->next)
			n++;
	return (n);
}

static void
check(size_t live, size_t slabs)
{
	ATF_CHECK_EQ(live, counter_read(&bin.nmalloc) -
	    counter_read(&bin.ndalloc));
	ATF_CHECK_EQ(slabs, counter_read(&bin.curslabs));
	ATF_CHECK_EQ(nonfull(), counter_read(&bin.nonfull));
}

ATF_TC_WITHOUT_HEAD(refill);
ATF_TC_BODY(refill, tc)
{
	unsigned i;

	init();
	ATF_CHECK_EQ(10, _bas_bin_refill(&bin, &pages, CLASS, got + 10, 10));
	check(10, 1);
	for (i = 1; i < 10; i++)
		ATF_CHECK(got[i] < got[i - 1]);
	/* No new slab for the rest of a batch. */
	ATF_CHECK_EQ(6, _bas_bin_refill(&bin, &pages, CLASS, got + 20, 10));
	check(16, 1);
	ATF_CHECK_EQ(0, nonfull());
	ATF_CHECK_EQ(10, _bas_bin_refill(&bin, &pages, CLASS, got + 30, 10));
	check(26, 2);
	ATF_CHECK_EQ(3, counter_read(&bin.nfills));
	ATF_CHECK_EQ(2, counter_read(&bin.nslabs));
}

/* The slab that has least left gives first, so the others empty. */
ATF_TC_WITHOUT_HEAD(fullest_first);
ATF_TC_BODY(fullest_first, tc)
{
	struct slab *full;
	unsigned i, k;

	init();
	take(got, 3 * NREGS);
	check(3 * NREGS, 3);
	/* 2, 15 and 9 are free in the three. */
	for (i = 0; i < 3 * NREGS; i++) {
		k = (unsigned)(((uintptr_t)got[i] % (NREGS * 1024)) / 1024);
		if (k < (i < 16 ? 15 : i < 32 ? 2 : 9))
			give(&got[i], 1);
	}
	full = _bas_slab_of(got[16], CLASS);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(1, _bas_bin_refill(&bin, &pages, CLASS,
		    got + 100, 1));
		ATF_CHECK_EQ(full, _bas_slab_of(got[99], CLASS));
	}
	ATF_REQUIRE_EQ(9, _bas_bin_refill(&bin, &pages, CLASS, got + 100, 9));
	full = _bas_slab_of(got[32], CLASS);
	for (i = 0; i < 9; i++)
		ATF_CHECK_EQ(full, _bas_slab_of(got[99 - i], CLASS));
	check(3 * NREGS - 15, 3);
}

/* Empty slabs go back, all but the last that has anything to give. */
ATF_TC_WITHOUT_HEAD(empty);
ATF_TC_BODY(empty, tc)
{
	init();
	take(got, 10 * NREGS);
	check(10 * NREGS, 10);
	give(got, 10 * NREGS);
	check(0, 1);
	ATF_CHECK_EQ(1, nonfull());
	ATF_CHECK_EQ(4, counter_read(&pages.nactive));
	(void)_bas_bin_trim(&bin);
	check(0, 0);
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(0, counter_read(&pages.nhuge));
}

/* A batch of several bins: each takes its own, the rest is handed back. */
ATF_TC_WITHOUT_HEAD(two_bins);
ATF_TC_BODY(two_bins, tc)
{
	void *mixed[8], *p;
	unsigned i;

	init();
	take(got, 4);
	ATF_REQUIRE_EQ(4, _bas_bin_refill(&other, &pages, CLASS, got + 8, 4));
	for (i = 0; i < 4; i++) {
		mixed[2 * i] = got[i];
		mixed[2 * i + 1] = got[4 + i];
	}
	ATF_REQUIRE_EQ(4, _bas_bin_flush(&bin, CLASS, mixed, 8, &due));
	check(0, 1);
	for (i = 0; i < 4; i++) {
		p = mixed[i];
		ATF_CHECK_EQ(&other, _bas_slab_of(p, CLASS)->bin);
	}
	ATF_CHECK_EQ(0, _bas_bin_flush(&bin, CLASS, mixed, 4, &due));
	ATF_CHECK_EQ(4, counter_read(&other.ndalloc));
}

/* A locked bin of another arena is not waited for. */
ATF_TC_WITHOUT_HEAD(inbox);
ATF_TC_BODY(inbox, tc)
{
	void *batch[4];

	init();
	take(got, NREGS);
	lock_take(&bin.lock);
	memcpy(batch, got, sizeof(batch));
	ATF_CHECK_EQ(0, _bas_bin_flush(&other, CLASS, batch, 4, &due));
	ATF_CHECK_EQ(0, counter_read(&bin.ndalloc));
	lock_give(&bin.lock);
	/* It is drained before new slabs are made. */
	ATF_CHECK_EQ(4, _bas_bin_refill(&bin, &pages, CLASS, got + 32, 10));
	ATF_CHECK_EQ(4, counter_read(&bin.ndalloc));
	check(NREGS, 1);
	lock_take(&bin.lock);
	memcpy(batch, got + 4, sizeof(batch));
	ATF_CHECK_EQ(0, _bas_bin_flush(&other, CLASS, batch, 4, &due));
	lock_give(&bin.lock);
	(void)_bas_bin_trim(&bin);
	check(NREGS - 4, 1);
}

static void
double_free(void)
{
	give(got, 1);
	give(got, 1);
}

static void
double_free_batch(void)
{
	void *batch[3] = { got[0], got[1], got[0] };

	(void)_bas_bin_flush(&bin, CLASS, batch, 3, &due);
}

/* The first free was the slab's last, and took the slab along. */
static void
double_free_gone(void)
{
	take(got + 100, NREGS);
	give(got, NREGS);
	give(got + 100, NREGS);
	(void)_bas_bin_trim(&bin);
	give(got, 1);
}

static void
interior(void)
{
	void *p = (char *)got[0] + 16;

	(void)_bas_bin_flush(&bin, CLASS, &p, 1, &due);
}

static void
double_free_inbox(void)
{
	void *p = got[0];

	lock_take(&bin.lock);
	(void)_bas_bin_flush(&other, CLASS, &p, 1, &due);
	lock_give(&bin.lock);
	give(got, 1);
}

/* The slab is gone before the inbox is looked at. */
static void
inbox_gone(void)
{
	take(got + 100, NREGS);
	give(got, NREGS);
	give(got + 100, NREGS);
	(void)_bas_bin_trim(&bin);
	remote_push(&bin.remote, got[0], got[0]);
	(void)_bas_bin_trim(&bin);
}

ATF_TC_WITHOUT_HEAD(misuse);
ATF_TC_BODY(misuse, tc)
{
	init();
	take(got, NREGS);
	unit_aborts(double_free, "double free");
	unit_aborts(double_free_batch, "double free");
	unit_aborts(double_free_gone, "double free");
	unit_aborts(double_free_inbox, "double free");
	unit_aborts(interior, "not the start of an object");
	unit_aborts(inbox_gone, "free(): ");
}

/* A purge that is due is told. */
ATF_TC_WITHOUT_HEAD(tells_due);
ATF_TC_BODY(tells_due, tc)
{
	init();
	_bas_page_init(&pages, 0, 0);
	take(got, 2 * NREGS);
	give(got, NREGS);
	ATF_CHECK(!due);
	give(got + NREGS, NREGS);
	ATF_CHECK(due);
}

ATF_TC_WITHOUT_HEAD(map_fails);
ATF_TC_BODY(map_fails, tc)
{
	init();
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(0, _bas_bin_refill(&bin, &pages, CLASS, got + 10, 10));
	check(0, 0);
	_bas_os_fake_reset();
	ATF_CHECK_EQ(10, _bas_bin_refill(&bin, &pages, CLASS, got + 10, 10));
	check(10, 1);
}

/* Set aside by a fork: what is freed is not used again; new slabs are. */
ATF_TC_WITHOUT_HEAD(mend);
ATF_TC_BODY(mend, tc)
{
	unsigned i, k;

	init();
	take(got, 3 * NREGS - 4);
	_bas_bin_mend(&bin);
	ATF_CHECK_EQ(1, nonfull());
	lock_take(&bin.lock);
	_bas_bin_mend(&bin);
	_bas_lock_rank_pop(&bin.lock);
	ATF_REQUIRE(!lock_is_held(&bin.lock));
	ATF_CHECK_EQ(0, nonfull());
	give(got, NREGS);
	/* Even twice: nobody can say what the bits meant. */
	give(got, 1);
	take(got + 100, 4 * NREGS);
	for (i = 0; i < 4 * NREGS; i++)
		for (k = 0; k < 3 * NREGS - 4; k++)
			ATF_REQUIRE(got[100 + i] != got[k]);
	ATF_CHECK_EQ(nonfull(), counter_read(&bin.nonfull));
	/* As ever the last one stays. */
	give(got + 100, 4 * NREGS);
	ATF_CHECK_EQ(1, nonfull());
	ATF_CHECK_EQ(nonfull(), counter_read(&bin.nonfull));
}

#define	NTHREADS	4

struct worker {
	pthread_t	thread;
	struct bin	bin;
	uint64_t	seed;
	bool		wrong;
};

static struct worker	workers[NTHREADS];
static _Atomic(void *)	exchange[64];

/* Take from the own bin, write, swap with others, give what was got. */
static void *
work(void *arg)
{
	struct worker *w = arg;
	void *batch[8], *p;
	bool purge = false;
	unsigned round, n, i, k;

	for (round = 0; round < 4000; round++) {
		n = _bas_bin_refill(&w->bin, &pages, CLASS, batch + 8,
		    1 + (unsigned)unit_below(&w->seed, 8));
		for (i = 0, k = 8 - n; k < 8; k++) {
			p = batch[k];
			((uintptr_t *)p)[1] = (uintptr_t)p;
			((uintptr_t *)p)[127] = (uintptr_t)p;
			p = atomic_exchange(&exchange[unit_below(&w->seed,
			    64)], p);
			if (p == NULL)
				continue;
			w->wrong |= ((uintptr_t *)p)[1] != (uintptr_t)p ||
			    ((uintptr_t *)p)[127] != (uintptr_t)p;
			((uintptr_t *)p)[1] = 0;
			batch[i++] = p;
		}
		while (i > 0)
			i = _bas_bin_flush(&w->bin, CLASS, batch, i, &purge);
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(threads);
ATF_TC_BODY(threads, tc)
{
	size_t live = 0, nslabs = 0;
	unsigned i;
	void *p;

	init();
	for (i = 0; i < NTHREADS; i++) {
		_bas_bin_init(&workers[i].bin);
		workers[i].seed = i;
		ATF_REQUIRE_EQ(0, pthread_create(&workers[i].thread, NULL,
		    work, &workers[i]));
	}
	for (i = 0; i < NTHREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		ATF_CHECK(!workers[i].wrong);
	}
	for (i = 0; i < 64; i++)
		if ((p = exchange[i]) != NULL)
			ATF_REQUIRE_EQ(0, _bas_bin_flush(&bin, CLASS, &p, 1,
			    &due));
	for (i = 0; i < NTHREADS; i++) {
		(void)_bas_bin_trim(&workers[i].bin);
		live += counter_read(&workers[i].bin.nmalloc) -
		    counter_read(&workers[i].bin.ndalloc);
		nslabs += counter_read(&workers[i].bin.curslabs);
	}
	ATF_CHECK_EQ(0, live);
	ATF_CHECK_EQ(0, nslabs);
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, refill);
	ATF_TP_ADD_TC(tp, fullest_first);
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, two_bins);
	ATF_TP_ADD_TC(tp, inbox);
	ATF_TP_ADD_TC(tp, misuse);
	ATF_TP_ADD_TC(tp, tells_due);
	ATF_TP_ADD_TC(tp, map_fails);
	ATF_TP_ADD_TC(tp, mend);
	ATF_TP_ADD_TC(tp, threads);
	return (atf_no_error());
}
