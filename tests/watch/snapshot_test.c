/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../include/names.h"
#include "heap/arena.h"
#include "heap/sizeclass.h"
#include "thread/tsd.h"
#include "watch/snapshot.h"

/* Arenas enough that some share a place in the cache of snapshots. */
extern const char *bas_malloc_conf;
const char *bas_malloc_conf = "narenas:12";

#define	NBLOCKS	10000

static void	*blocks[NBLOCKS];

static void
blocks_make(size_t size)
{
	size_t i;

	for (i = 0; i < NBLOCKS; i++) {
		blocks[i] = bas_malloc(size);
		ATF_REQUIRE(blocks[i] != NULL);
		memset(blocks[i], 1, size);
	}
}

static void
blocks_free(void)
{
	size_t i;

	for (i = 0; i < NBLOCKS; i++)
		bas_free(blocks[i]);
}

/* What everything must hold to, whatever the program did. */
static void
totals_check(const struct snapshot_totals *t)
{
	ATF_CHECK(t->allocated <= t->active);
	ATF_CHECK(t->active <= t->mapped);
	ATF_CHECK(t->active + t->metadata <= t->resident);
	ATF_CHECK_EQ(0, t->active % SNAPSHOT_PAGE);
	ATF_CHECK_EQ(0, t->resident % SNAPSHOT_PAGE);
	ATF_CHECK_EQ(0, t->mapped % SNAPSHOT_PAGE);
	ATF_CHECK_EQ(0, t->retained % SNAPSHOT_PAGE);
	ATF_CHECK(t->metadata > 0);
}

/* No epoch is needed for the totals. */
ATF_TC_WITHOUT_HEAD(totals);
ATF_TC_BODY(totals, tc)
{
	struct snapshot_totals before, during, after;
	size_t size = sizeclass_size(sizeclass_of(300)), slack = 64 * 1024;

	bas_free(bas_malloc(1));
	_bas_snapshot_totals(&before);
	totals_check(&before);
	blocks_make(300);
	_bas_snapshot_totals(&during);
	totals_check(&during);
	ATF_CHECK(during.allocated >= before.allocated + NBLOCKS * size);
	/* Caches may hold some more. */
	ATF_CHECK(during.allocated <= before.allocated + NBLOCKS * size +
	    slack);
	blocks_free();
	_bas_thread_flush();
	_bas_snapshot_totals(&after);
	totals_check(&after);
	ATF_CHECK(after.allocated <= before.allocated + slack);
	ATF_CHECK(after.active < during.active);
}

/* What was given back from within slabs is neither active nor resident. */
ATF_TC_WITHOUT_HEAD(thinned);
ATF_TC_BODY(thinned, tc)
{
	struct snapshot_totals before, after;
	size_t i;

	blocks_make(300);
	for (i = 0; i < NBLOCKS; i++)
		if (i % 64 != 0)
			bas_free(blocks[i]);
	_bas_thread_flush();
	_bas_snapshot_totals(&before);
	totals_check(&before);
	_bas_arena_purge(_bas_arena_get(0));
	_bas_snapshot_totals(&after);
	totals_check(&after);
	ATF_CHECK_EQ(before.allocated, after.allocated);
	ATF_CHECK(after.active < before.active / 2);
	ATF_CHECK(after.resident < before.resident);
}

ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	struct snapshot_totals before, after;
	size_t size = (size_t)5 << 20;
	void *volatile p;

	_bas_snapshot_totals(&before);
	p = bas_malloc(size);
	ATF_REQUIRE(p != NULL);
	_bas_snapshot_totals(&after);
	totals_check(&after);
	ATF_CHECK(after.allocated >= before.allocated + size);
	ATF_CHECK(after.allocated <= before.allocated + size + size / 4);
	bas_free(p);
	_bas_snapshot_totals(&after);
	ATF_CHECK(after.allocated < before.allocated + size);
}

ATF_TC_WITHOUT_HEAD(zero_reallocs);
ATF_TC_BODY(zero_reallocs, tc)
{
	struct snapshot_totals before, after;
	void *p;

	_bas_snapshot_totals(&before);
	p = bas_realloc(bas_malloc(10), 0);
	bas_free(bas_realloc(NULL, 0));
	_bas_snapshot_totals(&after);
	ATF_CHECK_EQ(NULL, p);
	ATF_CHECK_EQ(before.zero_reallocs + 1, after.zero_reallocs);
}

static void
arena_check(const struct snapshot_arena *s)
{
	struct snapshot_group sum = { 0 };
	unsigned i;

	for (i = 0; i < SC_NSMALL; i++) {
		sum.allocated += s->bins[i].curregs * sizeclass_size(i + 1);
		sum.nmalloc += s->bins[i].nmalloc;
		sum.ndalloc += s->bins[i].ndalloc;
		sum.nrequests += s->bins[i].nrequests;
		sum.nfills += s->bins[i].nfills;
		sum.nflushes += s->bins[i].nflushes;
		ATF_CHECK_EQ(s->bins[i].nmalloc - s->bins[i].ndalloc,
		    s->bins[i].curregs);
		ATF_CHECK(s->bins[i].curregs <=
		    s->bins[i].curslabs * sizeclass_nregs(i + 1));
		ATF_CHECK(s->bins[i].nonfull_slabs <= s->bins[i].curslabs);
		ATF_CHECK(s->bins[i].curslabs <= s->bins[i].nslabs);
	}
	ATF_CHECK_EQ(0, memcmp(&sum, &s->small, sizeof(sum)));
	ATF_CHECK_EQ(s->npageslabs, s->npageslabs_huge +
	    s->npageslabs_nonhuge);
}

ATF_TC_WITHOUT_HEAD(arenas_add_up);
ATF_TC_BODY(arenas_add_up, tc)
{
	static struct snapshot_arena all, one;
	struct snapshot_totals totals;
	size_t allocated = 0, pactive = 0;
	unsigned i;

	blocks_make(77);
	_bas_snapshot_gather(SNAPSHOT_ALL, &all);
	arena_check(&all);
	for (i = 0; i < _bas_arena_count(); i++) {
		if (!_bas_snapshot_has(i))
			continue;
		_bas_snapshot_gather(i, &one);
		arena_check(&one);
		ATF_CHECK_EQ(0, one.resident % SNAPSHOT_PAGE);
		allocated += one.small.allocated + one.large.allocated;
		pactive += one.pactive;
	}
	_bas_snapshot_totals(&totals);
	ATF_CHECK_EQ(allocated, totals.allocated);
	ATF_CHECK_EQ(allocated, all.small.allocated + all.large.allocated);
	ATF_CHECK_EQ(pactive, all.pactive);
	ATF_CHECK_EQ(pactive * SNAPSHOT_PAGE, totals.active);
	ATF_CHECK_EQ(totals.resident, all.resident);
	ATF_CHECK_EQ(totals.mapped, all.mapped);
	ATF_CHECK_EQ(totals.retained, all.retained);
	ATF_CHECK(all.bins[sizeclass_of(77) - 1].curregs >= NBLOCKS);
	blocks_free();
}

ATF_TC_WITHOUT_HEAD(has);
ATF_TC_BODY(has, tc)
{
	bas_free(bas_malloc(1));
	ATF_CHECK(_bas_snapshot_has(SNAPSHOT_ALL));
	ATF_CHECK(!_bas_snapshot_has(SNAPSHOT_DESTROYED));
	ATF_CHECK(_bas_snapshot_has(_bas_thread_arena()));
	ATF_CHECK(!_bas_snapshot_has(_bas_arena_count()));
	ATF_CHECK(!_bas_snapshot_has(SIZE_MAX));
}

static void
slabs_sum(struct snapshot_slabs *sum, const struct snapshot_slabs *s)
{
	sum->npageslabs_nonhuge += s->npageslabs_nonhuge;
	sum->npageslabs_huge += s->npageslabs_huge;
	sum->nactive_nonhuge += s->nactive_nonhuge;
	sum->nactive_huge += s->nactive_huge;
	sum->ndirty_nonhuge += s->ndirty_nonhuge;
	sum->ndirty_huge += s->ndirty_huge;
	sum->nuntouched_huge += s->nuntouched_huge;
}

/* The walk finds what the counters say. */
static void
pages_check(size_t index)
{
	static struct snapshot_pages p;
	static struct snapshot_arena s;
	struct snapshot_extent sum = { 0 };
	struct snapshot_slabs slabs = { 0 };
	size_t i;

	_bas_snapshot_gather_pages(index, &p);
	_bas_snapshot_gather(index, &s);
	for (i = 0; i < SNAPSHOT_NEXTENTS; i++) {
		sum.dirty_bytes += p.extents[i].dirty_bytes;
		sum.muzzy_bytes += p.extents[i].muzzy_bytes;
		sum.retained_bytes += p.extents[i].retained_bytes;
		ATF_CHECK_EQ(p.extents[i].ndirty == 0,
		    p.extents[i].dirty_bytes == 0);
		if (i < 4)
			ATF_CHECK_EQ(p.extents[i].ndirty * (i + 1) *
			    SNAPSHOT_PAGE, p.extents[i].dirty_bytes);
	}
	ATF_CHECK_EQ(s.pdirty * SNAPSHOT_PAGE, sum.dirty_bytes);
	ATF_CHECK_EQ(s.pmuzzy * SNAPSHOT_PAGE, sum.muzzy_bytes);
	if (index == SNAPSHOT_ALL)
		ATF_CHECK_EQ(s.retained, sum.retained_bytes);
	slabs_sum(&slabs, &p.full_slabs);
	slabs_sum(&slabs, &p.empty_slabs);
	for (i = 0; i < SNAPSHOT_NPSIZES; i++)
		slabs_sum(&slabs, &p.nonfull_slabs[i]);
	ATF_CHECK_EQ(0, memcmp(&slabs, &p.slabs, sizeof(slabs)));
	ATF_CHECK_EQ(s.npageslabs_huge, slabs.npageslabs_huge);
	ATF_CHECK_EQ(s.npageslabs_nonhuge, slabs.npageslabs_nonhuge);
	ATF_CHECK_EQ(s.pactive, slabs.nactive_huge + slabs.nactive_nonhuge);
	ATF_CHECK_EQ(s.pdirty, slabs.ndirty_huge + slabs.ndirty_nonhuge);
}

static size_t
pages_read(size_t offset)
{
	size_t value;

	_bas_snapshot_read_pages(SNAPSHOT_ALL, offset, &value, sizeof(value));
	return (value);
}

static size_t
active_read(void)
{
	return (pages_read(offsetof(struct snapshot_pages,
	    slabs.nactive_nonhuge)) + pages_read(offsetof(
	    struct snapshot_pages, slabs.nactive_huge)));
}

/* Runs of some sizes, some freed; superpages full and with holes; spans. */
ATF_TC_WITHOUT_HEAD(pages);
ATF_TC_BODY(pages, tc)
{
	size_t own, i;
	void *span;

	pages_check(SNAPSHOT_ALL);
	for (i = 0; i < 300; i++)
		ATF_REQUIRE((blocks[i] = bas_malloc(20000 + i * 4096)) !=
		    NULL);
	span = bas_malloc((size_t)5 << 20);
	ATF_REQUIRE(span != NULL);
	ATF_REQUIRE(bas_malloc((size_t)7 << 20) != NULL);
	own = _bas_thread_arena();
	pages_check(own);
	pages_check(SNAPSHOT_ALL);
	for (i = 0; i < 300; i += 2)
		bas_free(blocks[i]);
	bas_free(span);
	_bas_thread_flush();
	pages_check(own);
	pages_check(SNAPSHOT_ALL);
	/* Within an epoch it is one moment's. */
	_bas_snapshot_refresh();
	i = active_read();
	ATF_REQUIRE(bas_malloc((size_t)1 << 20) != NULL);
	ATF_CHECK_EQ(i, active_read());
	_bas_snapshot_refresh();
	ATF_CHECK_EQ(i + 256, active_read());
}

/* As in a signal handler that came while this thread held the lock. */
ATF_TC_WITHOUT_HEAD(pages_mine);
ATF_TC_BODY(pages_mine, tc)
{
	static struct snapshot_pages p;
	struct arena *arena;

	ATF_REQUIRE(bas_malloc(20000) != NULL);
	arena = _bas_arena_get(_bas_thread_arena());
	ATF_REQUIRE(arena != NULL);
	lock_take(&arena->pages.lock);
	_bas_snapshot_gather_pages(arena->index, &p);
	lock_give(&arena->pages.lock);
	ATF_CHECK_EQ(0, p.slabs.npageslabs_nonhuge + p.slabs.npageslabs_huge);
	lock_take(&_bas_extents.lock);
	_bas_snapshot_gather_pages(arena->index, &p);
	lock_give(&_bas_extents.lock);
	ATF_CHECK_EQ(0, p.slabs.npageslabs_nonhuge + p.slabs.npageslabs_huge);
	_bas_snapshot_gather_pages(arena->index, &p);
	ATF_CHECK(p.slabs.npageslabs_nonhuge + p.slabs.npageslabs_huge != 0);
}

/* How many free runs of so many pages there are. */
static size_t
holes(size_t npages)
{
	_bas_snapshot_refresh();
	return (pages_read(offsetof(struct snapshot_pages, extents) +
	    (npages - 1) * sizeof(struct snapshot_extent) +
	    offsetof(struct snapshot_extent, ndirty)));
}

ATF_TC_WITHOUT_HEAD(pages_by_size);
ATF_TC_BODY(pages_by_size, tc)
{
	size_t size, n, i, before;
	char *p[9];

	for (n = 5; n <= 8; n++) {
		size = n * 4096;
		for (i = 0; i < 9; i++)
			p[i] = bas_malloc(size);
		/* One that lies between two others. */
		for (i = 1; i < 8; i++)
			if (p[i] - p[i - 1] == (ptrdiff_t)size &&
			    p[i + 1] - p[i] == (ptrdiff_t)size)
				break;
		ATF_REQUIRE(i < 8);
		before = holes(n);
		bas_free(p[i]);
		_bas_thread_flush();
		ATF_CHECK_EQ_MSG(before + 1, holes(n), "%zu pages", n);
	}
}

static size_t
allocated_read(size_t arena)
{
	size_t allocated;

	_bas_snapshot_read(arena, offsetof(struct snapshot_arena,
	    small.allocated), &allocated, sizeof(allocated));
	return (allocated);
}

/* Within an epoch questions are answered from one moment. */
ATF_TC_WITHOUT_HEAD(epoch);
ATF_TC_BODY(epoch, tc)
{
	uint64_t epoch = _bas_snapshot_epoch();
	size_t before, own = _bas_thread_arena();

	before = allocated_read(SNAPSHOT_ALL);
	ATF_CHECK_EQ(before, allocated_read(own));
	blocks_make(128);
	ATF_CHECK_EQ(before, allocated_read(SNAPSHOT_ALL));
	ATF_CHECK_EQ(before, allocated_read(own));
	ATF_CHECK_EQ(epoch + 1, _bas_snapshot_refresh());
	ATF_CHECK_EQ(epoch + 1, _bas_snapshot_epoch());
	ATF_CHECK(allocated_read(SNAPSHOT_ALL) >= before + NBLOCKS * 128);
	ATF_CHECK(allocated_read(own) >= before + NBLOCKS * 128);
	blocks_free();
	_bas_snapshot_mend();
	_bas_thread_flush();
	ATF_CHECK(allocated_read(own) < before + NBLOCKS * 128);
}

/* Arenas are not taken for each other, whichever was asked about last. */
ATF_TC_WITHOUT_HEAD(many_arenas);
ATF_TC_BODY(many_arenas, tc)
{
	size_t own, read;
	unsigned i;

	ATF_REQUIRE_EQ(12, _bas_arena_count());
	blocks_make(128);
	own = _bas_thread_arena();
	for (i = 0; i < 12; i++)
		ATF_REQUIRE(_bas_arena_make(i) != NULL);
	for (i = 0; i < 24; i++) {
		read = allocated_read(i % 12);
		ATF_CHECK_EQ_MSG(i % 12 == own, read >= NBLOCKS * 128,
		    "arena %u of %zu: %zu", i % 12, own, read);
	}
	blocks_free();
}

static _Atomic int stop;

static void *
churn(void *arg)
{
	void *p[64];
	size_t i;

	(void)arg;
	while (!stop) {
		for (i = 0; i < 64; i++)
			p[i] = bas_malloc(16 + i * 40);
		for (i = 0; i < 64; i++)
			bas_free(p[i]);
	}
	return (NULL);
}

static void *
read_on(void *arg)
{
	struct snapshot_totals totals;

	(void)arg;
	while (!stop) {
		_bas_snapshot_refresh();
		allocated_read(SNAPSHOT_ALL);
		_bas_snapshot_totals(&totals);
	}
	return (NULL);
}

/* Readers and allocating threads get along. */
ATF_TC_WITHOUT_HEAD(concurrent);
ATF_TC_BODY(concurrent, tc)
{
	struct snapshot_totals totals;
	pthread_t threads[4];
	int i;

	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&threads[i], NULL,
		    i < 2 ? churn : read_on, NULL));
	for (i = 0; i < 20000; i++) {
		_bas_snapshot_totals(&totals);
		ATF_REQUIRE(totals.allocated < (size_t)1 << 30);
	}
	stop = 1;
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, totals);
	ATF_TP_ADD_TC(tp, thinned);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, zero_reallocs);
	ATF_TP_ADD_TC(tp, arenas_add_up);
	ATF_TP_ADD_TC(tp, pages);
	ATF_TP_ADD_TC(tp, pages_mine);
	ATF_TP_ADD_TC(tp, pages_by_size);
	ATF_TP_ADD_TC(tp, has);
	ATF_TP_ADD_TC(tp, epoch);
	ATF_TP_ADD_TC(tp, many_arenas);
	ATF_TP_ADD_TC(tp, concurrent);
	return (atf_no_error());
}
