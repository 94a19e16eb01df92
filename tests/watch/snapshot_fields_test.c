/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What the fields of a snapshot say after something that is known. */
#include "../include/names.h"
#include "../include/unit.h"

#include "heap/arena.h"
#include "heap/sizeclass.h"
#include "malloc_np.h"
#include "meta/base.h"
#include "thread/tcaches.h"
#include "thread/tsd.h"
#include "util/options.h"
#include "watch/snapshot.h"

extern const char *bas_malloc_conf;
const char *bas_malloc_conf = "narenas:4";

#define	NBLOCKS	1000

static void	*blocks[NBLOCKS];
/* Before and after; too large for a stack. */
static struct snapshot_arena	s, t;

static void
blocks_make(size_t size, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		ATF_REQUIRE((blocks[i] = bas_malloc(size)) != NULL);
}

static void
blocks_free(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		bas_free(blocks[i]);
}

static size_t
own_arena(void)
{

	bas_free(bas_malloc(1));
	return (_bas_thread_arena());
}

/* As it is asked for: the caller's takes are in from the epoch on. */
static void
gather(size_t arena, struct snapshot_arena *snapshot)
{

	(void)_bas_snapshot_refresh();
	_bas_snapshot_gather(arena, snapshot);
}

/* Each request counts once, from a cache or past it. */
ATF_TC_WITHOUT_HEAD(requests);
ATF_TC_BODY(requests, tc)
{
	const size_t sizes[] = { 8, 100, 1000, 16384, 20000, 300000,
	    1048576, 1500000, 5000000 };
	size_t own = own_arena();
	uint64_t before, after;
	unsigned i, n;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		n = sizes[i] <= 16384 ? NBLOCKS : 5;
		gather(own, &s);
		blocks_make(sizes[i], n);
		gather(own, &t);
		if (sizes[i] <= SC_SMALL_MAX) {
			before = s.bins[sizeclass_of(sizes[i]) - 1].nrequests;
			after = t.bins[sizeclass_of(sizes[i]) - 1].nrequests;
			ATF_CHECK_EQ(s.small.nrequests + n,
			    t.small.nrequests);
		} else {
			before = s.lextents[sizeclass_large_of(
			    sizes[i])].nrequests;
			after = t.lextents[sizeclass_large_of(
			    sizes[i])].nrequests;
			ATF_CHECK_EQ(s.large.nrequests + n,
			    t.large.nrequests);
		}
		ATF_CHECK_EQ_MSG(before + n, after, "%zu: %zu", sizes[i],
		    (size_t)(after - before));
		blocks_free(n);
	}
	_bas_thread_cache_enable(false);
	gather(own, &s);
	blocks_make(100, 50);
	gather(own, &t);
	ATF_CHECK_EQ(s.small.nrequests + 50, t.small.nrequests);
	blocks_free(50);
}

/* Objects of pages, by class, with those that are in caches. */
ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	size_t own = own_arena();
	unsigned i, large;

	for (i = 0; i < 3; i++) {
		large = sizeclass_large_of((size_t)1 << (15 + 4 * i));
		gather(own, &s);
		blocks_make((size_t)1 << (15 + 4 * i), 4);
		gather(own, &t);
		ATF_CHECK_EQ(4, t.lextents[large].nmalloc -
		    s.lextents[large].nmalloc);
		ATF_CHECK_EQ(4, t.lextents[large].curlextents -
		    s.lextents[large].curlextents);
		ATF_CHECK_EQ(4, t.large.nmalloc - s.large.nmalloc);
		ATF_CHECK_EQ(i < 2 ? 4 : 0, t.large.nfills -
		    s.large.nfills);
		ATF_CHECK_EQ((size_t)4 << (15 + 4 * i), t.large.allocated -
		    s.large.allocated);
		blocks_free(4);
		_bas_thread_flush();
		gather(own, &t);
		ATF_CHECK_EQ(s.lextents[large].curlextents,
		    t.lextents[large].curlextents);
		ATF_CHECK_EQ(4, t.lextents[large].ndalloc -
		    s.lextents[large].ndalloc);
		ATF_CHECK_EQ(i < 2, t.large.nflushes > s.large.nflushes);
	}
}

static _Atomic int	step;

/* Leaves objects in its cache, until it is told to end. */
static void *
fill_cache(void *arg)
{
	void *p[5];
	int i;

	for (i = 0; i < 5; i++)
		p[i] = bas_malloc(1024);
	for (i = 0; i < 5; i++)
		bas_free(p[i]);
	*(unsigned *)arg = _bas_thread_arena();
	step = 1;
	while (step == 1)
		sched_yield();
	return (NULL);
}

static size_t
cached(size_t arena)
{

	gather(arena, &s);
	return (s.tcache_bytes);
}

/* What rests in caches, the caller's and another thread's. */
ATF_TC_WITHOUT_HEAD(caches);
ATF_TC_BODY(caches, tc)
{
	size_t own = own_arena(), all;
	unsigned other = 0;
	pthread_t thread;

	_bas_thread_flush();
	ATF_CHECK_EQ(0, cached(own));
	ATF_CHECK_EQ(0, cached(SNAPSHOT_ALL));
	blocks_make(16384, 1);
	all = cached(own);
	bas_free(blocks[0]);
	ATF_CHECK_EQ(all + 16384, cached(own));
	ATF_CHECK_EQ(all + 16384, cached(SNAPSHOT_ALL));
	_bas_thread_flush();
	ATF_CHECK_EQ(0, cached(SNAPSHOT_ALL));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, fill_cache, &other));
	while (step == 0)
		sched_yield();
	ATF_CHECK(other != own);
	ATF_CHECK(cached(other) >= (size_t)5 * 1024);
	ATF_CHECK_EQ(0, s.tcache_bytes % 1024);
	ATF_CHECK(s.internal >= sizeof(struct cache));
	ATF_CHECK_EQ(1, s.nthreads);
	ATF_CHECK_EQ(0, cached(own));
	ATF_CHECK(cached(SNAPSHOT_ALL) >= (size_t)5 * 1024);
	ATF_CHECK(s.internal >= 2 * sizeof(struct cache));
	step = 2;
	pthread_join(thread, NULL);
	ATF_CHECK_EQ(0, cached(other));
	ATF_CHECK_EQ(0, s.internal);
	ATF_CHECK_EQ(0, s.nthreads);
}

static bool
lock_is_zero(const struct lock_stats *l)
{

	return (l->num_ops + l->num_wait + l->num_spin_acq +
	    l->num_owner_switch + l->total_wait_time + l->max_wait_time +
	    l->max_num_thds == 0);
}

/* Which lock shows where, and all from zero on. */
ATF_TC_WITHOUT_HEAD(mutexes);
ATF_TC_BODY(mutexes, tc)
{
	const struct lock_stats *m = s.mutexes;
	unsigned bin = sizeclass_of(64) - 1, i;
	struct lock_stats ctl;
	struct arena *arena;
	size_t any;

	arena = _bas_arena_make(1);
	ATF_REQUIRE_EQ(0, own_arena());
	blocks_make(64, NBLOCKS);
	_bas_arena_decay(arena);
	gather(0, &s);
	ATF_CHECK(s.bins[bin].mutex.num_ops > 0);
	ATF_CHECK(s.bins[bin].mutex.num_owner_switch > 0);
	ATF_CHECK(m[ARENA_MUTEX_HPA_SHARD].num_ops > 0);
	ATF_CHECK(m[ARENA_MUTEX_EXTENTS_RETAINED].num_ops > 0);
	ATF_CHECK(m[ARENA_MUTEX_BASE].num_ops > 0);
	ATF_CHECK(m[ARENA_MUTEX_TCACHE_LIST].num_ops > 0);
	ATF_CHECK(lock_is_zero(&m[ARENA_MUTEX_LARGE]));
	gather(1, &s);
	ATF_CHECK(m[ARENA_MUTEX_DECAY_DIRTY].num_ops > 0);
	ATF_CHECK(lock_is_zero(&m[ARENA_MUTEX_BASE]));
	ATF_CHECK(lock_is_zero(&m[ARENA_MUTEX_EXTENTS_RETAINED]));
	ATF_CHECK(lock_is_zero(&m[ARENA_MUTEX_TCACHE_LIST]));
	gather(SNAPSHOT_ALL, &s);
	gather(0, &t);
	ATF_CHECK_EQ(t.mutexes[ARENA_MUTEX_BASE].num_ops,
	    m[ARENA_MUTEX_BASE].num_ops);
	_bas_snapshot_read(0, offsetof(struct snapshot_arena, pactive),
	    &any, sizeof(any));
	_bas_snapshot_mutex(MUTEX_CTL, &ctl);
	ATF_CHECK(ctl.num_ops > 0);
	_bas_snapshot_mutex(MUTEX_PROF, &ctl);
	ATF_CHECK(lock_is_zero(&ctl));
	/* The list of caches that were made is a list of caches. */
	gather(0, &s);
	ATF_REQUIRE_EQ(0, _bas_tcache_create(&i));
	gather(0, &t);
	ATF_CHECK_EQ(m[ARENA_MUTEX_TCACHE_LIST].num_ops + 2,
	    t.mutexes[ARENA_MUTEX_TCACHE_LIST].num_ops);
	_bas_snapshot_mutex_reset();
	gather(SNAPSHOT_ALL, &s);
	for (i = 0; i < ARENA_MUTEX_COUNT; i++)
		ATF_CHECK(lock_is_zero(&m[i]));
	for (i = 0; i < SC_NSMALL; i++)
		ATF_CHECK(lock_is_zero(&s.bins[i].mutex));
	_bas_snapshot_mutex(MUTEX_CTL, &ctl);
	ATF_CHECK(lock_is_zero(&ctl));
}

ATF_TC_WITHOUT_HEAD(uptime);
ATF_TC_BODY(uptime, tc)
{
	uint64_t born;

	_bas_os_fake_clock_set(1000 * MS);
	ATF_REQUIRE(_bas_arena_make(2) != NULL);
	_bas_os_fake_clock_advance(5 * MS);
	ATF_REQUIRE(_bas_arena_make(3) != NULL);
	_bas_os_fake_clock_advance(3 * MS);
	gather(2, &s);
	ATF_CHECK_EQ(8 * MS, s.uptime);
	gather(3, &s);
	ATF_CHECK_EQ(3 * MS, s.uptime);
	/* Of all, as long as the oldest. */
	gather(SNAPSHOT_ALL, &s);
	born = s.uptime;
	ATF_CHECK(born >= 8 * MS);
}

/* What the allocator needs for itself. */
ATF_TC_WITHOUT_HEAD(metadata);
ATF_TC_BODY(metadata, tc)
{
	struct snapshot_totals totals;
	size_t own = own_arena();

	gather(own, &s);
	blocks_make(16, NBLOCKS);
	ATF_REQUIRE(bas_malloc((size_t)64 << 20) != NULL);
	gather(own, &t);
	ATF_CHECK(t.metadata_edata > s.metadata_edata);
	ATF_CHECK(t.metadata_rtree > s.metadata_rtree);
	ATF_CHECK(t.metadata_edata < t.base);
	gather(SNAPSHOT_ALL, &s);
	_bas_snapshot_totals(&totals);
	ATF_CHECK_EQ(totals.metadata, s.base + s.internal);
	ATF_CHECK_EQ(totals.metadata_edata, s.metadata_edata);
	ATF_CHECK_EQ(totals.metadata_rtree, s.metadata_rtree);
	ATF_CHECK_EQ(totals.metadata_thp, s.metadata_thp);
	ATF_CHECK(s.metadata_edata >= t.metadata_edata);
	ATF_CHECK_EQ(totals.resident, s.resident);
	ATF_CHECK_EQ(_bas_base_unused(sizeof(struct huge)), s.extent_avail);
	ATF_CHECK_EQ(0, s.abandoned_vm);
}

/* Each total by itself is the one among all. */
ATF_TC_WITHOUT_HEAD(totals);
ATF_TC_BODY(totals, tc)
{
	struct snapshot_totals totals;
	size_t one;

	blocks_make(200, NBLOCKS);
	_bas_snapshot_totals(&totals);
#define	CHECK(f) do {							\
	one = _bas_snapshot_total(offsetof(struct snapshot_totals, f));	\
	ATF_CHECK_EQ(totals.f, one);					\
} while (0)
	CHECK(allocated);
	CHECK(active);
	CHECK(metadata);
	CHECK(metadata_edata);
	CHECK(metadata_rtree);
	CHECK(metadata_thp);
	CHECK(resident);
	CHECK(mapped);
	CHECK(retained);
	CHECK(pinned);
	CHECK(zero_reallocs);
#undef CHECK
}

/* Objects go out by one arena and come in by another. */
static void *
free_there(void *arg)
{
	unsigned i;

	for (i = 0; i < NBLOCKS; i++)
		bas_free(blocks[i]);
	_bas_thread_flush();
	*(unsigned *)arg = _bas_thread_arena();
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(allocated_elsewhere);
ATF_TC_BODY(allocated_elsewhere, tc)
{
	size_t before, own = own_arena();
	struct snapshot_totals totals;
	unsigned other = 0;
	pthread_t thread;

	_bas_thread_flush();
	_bas_snapshot_totals(&totals);
	before = totals.allocated;
	blocks_make(64, NBLOCKS);
	_bas_snapshot_totals(&totals);
	ATF_CHECK(totals.allocated >= before + NBLOCKS * 64);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, free_there, &other));
	pthread_join(thread, NULL);
	ATF_CHECK(other != own);
	_bas_thread_flush();
	_bas_snapshot_totals(&totals);
	ATF_CHECK_EQ(before, totals.allocated);
	gather(SNAPSHOT_ALL, &s);
	ATF_CHECK_EQ(before, s.small.allocated + s.large.allocated);
}

/* Arenas that are no more, and what those that are say of themselves. */
ATF_TC_WITHOUT_HEAD(destroyed);
ATF_TC_BODY(destroyed, tc)
{
	struct snapshot_totals totals;
	size_t before;
	unsigned i, a;
	int flags;

	(void)own_arena();
	ATF_CHECK(!_bas_snapshot_has(SNAPSHOT_DESTROYED));
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &a));
	flags = MALLOCX_ARENA((int)a) | MALLOCX_TCACHE_NONE;
	_bas_snapshot_totals(&totals);
	before = totals.allocated;
	for (i = 0; i < 100; i++)
		ATF_REQUIRE(bas_mallocx(500, flags) != NULL);
	ATF_REQUIRE(bas_mallocx(500000, flags) != NULL);
	bas_dallocx(bas_mallocx(3000000, flags), flags);
	gather(a, &s);
	ATF_CHECK_EQ(100, s.small.nmalloc);
	ATF_CHECK_EQ(2, s.large.nmalloc);
	ATF_CHECK_EQ(102, s.small.nrequests + s.large.nrequests);
	ATF_CHECK_STREQ("secondary", s.dss);
	ATF_REQUIRE_EQ(0, _bas_arena_destroy(a));
	_bas_snapshot_totals(&totals);
	ATF_CHECK_EQ(before, totals.allocated);
	ATF_CHECK(!_bas_snapshot_has(a));
	ATF_CHECK(_bas_snapshot_has(SNAPSHOT_DESTROYED));
	gather(SNAPSHOT_DESTROYED, &t);
	ATF_CHECK_EQ(s.small.nmalloc, t.small.nmalloc);
	ATF_CHECK_EQ(s.small.nmalloc, t.small.ndalloc);
	ATF_CHECK_EQ(s.small.nrequests, t.small.nrequests);
	ATF_CHECK_EQ(s.large.nmalloc, t.large.ndalloc);
	ATF_CHECK_EQ(0, t.small.allocated + t.large.allocated + t.pactive +
	    t.mapped + t.nthreads + t.tcache_bytes);
	ATF_CHECK(t.bins[sizeclass_of(500) - 1].mutex.num_ops > 0);
	ATF_CHECK_STREQ("N/A", t.dss);
	ATF_CHECK_EQ(-1, t.dirty_decay_ms);
}

/* Huge pages that were asked for, refused, and given up. */
ATF_TC_WITHOUT_HEAD(huge_pages);
ATF_TC_BODY(huge_pages, tc)
{
	size_t own = own_arena();
	void *p;

	_bas_os_fake_hugepage((size_t)2 << 20, true);
	_bas_options.thp = THP_ALWAYS;
	gather(own, &s);
	p = bas_malloc((size_t)6 << 20);
	ATF_REQUIRE(p != NULL);
	gather(own, &t);
	ATF_CHECK_EQ(s.nhugifies + 3, t.nhugifies);
	ATF_CHECK_EQ(s.npageslabs_huge + 3, t.npageslabs_huge);
	bas_free(p);
	_bas_arena_purge(_bas_arena_get((unsigned)own));
	gather(own, &t);
	ATF_CHECK_EQ(s.ndehugifies + 3, t.ndehugifies);
	ATF_CHECK_EQ(s.npageslabs_huge, t.npageslabs_huge);
	ATF_CHECK(t.npurge_passes > s.npurge_passes);
	ATF_CHECK(t.npurges > s.npurges);
	_bas_os_fake_fail(OS_FAKE_HUGIFY, 0, OS_FAKE_FOREVER);
	ATF_REQUIRE(bas_malloc((size_t)4 << 20) != NULL);
	gather(own, &t);
	ATF_CHECK_EQ(s.nhugify_failures + 2, t.nhugify_failures);
	ATF_CHECK_EQ(s.nhugifies + 3, t.nhugifies);
}

static _Atomic bool	stop;

/* Caches, superpages and spans that come and go. */
static void *
come_and_go(void *arg)
{
	uint64_t state = (uintptr_t)arg + 1;
	void *p[64] = { NULL };
	size_t i;
	int k;

	for (k = 0; k < 300; k++) {
		i = unit_below(&state, 64);
		bas_free(p[i]);
		p[i] = bas_malloc(unit_below(&state,
		    (size_t)1 << (3 + unit_below(&state, 20))) + 1);
	}
	for (i = 0; i < 64; i++)
		bas_free(p[i]);
	return (NULL);
}

static void *
threads_on(void *arg)
{
	pthread_t thread;

	while (!stop)
		if (pthread_create(&thread, NULL, come_and_go, arg) == 0)
			pthread_join(thread, NULL);
	return (NULL);
}

static void *
gather_on(void *arg)
{
	static struct snapshot_arena arena[2];
	static struct snapshot_pages pages[2];
	size_t which = (uintptr_t)arg, value;

	while (!stop) {
		_bas_snapshot_refresh();
		_bas_snapshot_gather(which == 0 ? 0 : SNAPSHOT_ALL,
		    &arena[which]);
		_bas_snapshot_gather_pages(SNAPSHOT_ALL, &pages[which]);
		_bas_snapshot_read_pages(0, offsetof(struct snapshot_pages,
		    slabs.npageslabs_nonhuge), &value, sizeof(value));
		ATF_REQUIRE(value < 10000);
		ATF_REQUIRE(arena[which].tcache_bytes < (size_t)64 << 20);
		_bas_snapshot_mutex_reset();
	}
	return (NULL);
}

/* Nothing that is read is in the way of those who work, nor out of line. */
ATF_TC_WITHOUT_HEAD(concurrent);
ATF_TC_BODY(concurrent, tc)
{
	pthread_t threads[5];
	uintptr_t i;
	size_t value;
	int n;

	for (i = 0; i < 5; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&threads[i], NULL,
		    i < 2 ? gather_on : threads_on, (void *)(i % 2)));
	for (n = 0; n < 200000; n++) {
		_bas_snapshot_read(n % 4 == 0 ? SNAPSHOT_ALL : 0,
		    offsetof(struct snapshot_arena, small.nmalloc), &value,
		    sizeof(value));
		ATF_REQUIRE(value < (size_t)1 << 40);
	}
	stop = true;
	for (i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, caches);
	ATF_TP_ADD_TC(tp, mutexes);
	ATF_TP_ADD_TC(tp, uptime);
	ATF_TP_ADD_TC(tp, metadata);
	ATF_TP_ADD_TC(tp, totals);
	ATF_TP_ADD_TC(tp, allocated_elsewhere);
	ATF_TP_ADD_TC(tp, destroyed);
	ATF_TP_ADD_TC(tp, huge_pages);
	ATF_TP_ADD_TC(tp, concurrent);
	return (atf_no_error());
}
