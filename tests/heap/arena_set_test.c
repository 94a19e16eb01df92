/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What options and users make of arenas: bins, slabs, names, hooks. */
#include "../include/unit.h"

#include <errno.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "meta/base.h"
#include "meta/pagemap.h"
#include "os/os.h"
#include "page/hooks.h"

static void
range(struct option_ranges *ranges, size_t start, size_t end, size_t value)
{
	ranges->range[ranges->n].start = start;
	ranges->range[ranges->n].end = end;
	ranges->range[ranges->n].value = value;
	ranges->n++;
}

static struct arena *
init(unsigned narenas)
{
	struct arena *arena;

	_bas_options.narenas = narenas;
	_bas_arenas_init();
	arena = _bas_arena_make(0);
	ATF_REQUIRE(arena != NULL);
	return (arena);
}

/* What nobody asked for changes nothing. */
ATF_TC_WITHOUT_HEAD(shards_none);
ATF_TC_BODY(shards_none, tc)
{
	struct arena *arena = init(1);
	unsigned class;

	ATF_CHECK_EQ(SC_NSMALL, _bas_arena_nbins());
	ATF_CHECK_EQ(sizeof(*arena) + (SC_NSMALL + 1) * sizeof(struct bin),
	    _bas_arena_bytes());
	for (class = 1; class <= SC_NSMALL; class++) {
		ATF_CHECK_EQ(1, arena_nshards(class));
		ATF_CHECK_EQ(&arena->bins[class], arena_bin(arena, class, 7));
	}
}

/* Bins of a class are different ones, and no other class's. */
ATF_TC_WITHOUT_HEAD(shards);
ATF_TC_BODY(shards, tc)
{
	struct option_ranges *ranges = &_bas_options.bin_shards;
	struct bin_stats stats;
	struct arena *arena;
	struct slab *slab;
	unsigned i, n, class = sizeclass_of(100);
	void *p[8], *got[8];

	range(ranges, 1, 160, 4);
	range(ranges, 1024, 1100, 3);
	range(ranges, 16000, 1 << 20, 1000);
	range(ranges, 1 << 20, 1 << 21, 5);
	arena = init(1);
	ATF_CHECK_EQ(4, arena_nshards(1));
	ATF_CHECK_EQ(4, arena_nshards(sizeclass_of(160)));
	ATF_CHECK_EQ(1, arena_nshards(sizeclass_of(161)));
	ATF_CHECK_EQ(3, arena_nshards(sizeclass_of(1024)));
	ATF_CHECK_EQ(3, arena_nshards(sizeclass_of(1100)));
	ATF_CHECK_EQ(1, arena_nshards(sizeclass_of(1300)));
	ATF_CHECK_EQ(64, arena_nshards(SC_NSMALL));
	n = SC_NSMALL + 3 * sizeclass_of(160) + 2 * 2 + 63;
	ATF_CHECK_EQ(n, _bas_arena_nbins());
	for (i = 0; i < 8; i++) {
		ATF_REQUIRE_EQ(1, _bas_heap_take(arena, i, class, &p[i] + 1,
		    1));
		slab = _bas_slab_of(p[i], class);
		ATF_CHECK_EQ(arena_bin(arena, class, i), slab->bin);
		ATF_CHECK_EQ(slab->bin, arena_bin(arena, class, i % 4));
		ATF_CHECK_EQ(i % 4 == 0, slab->bin == &arena->bins[class]);
	}
	for (i = 1; i < 4; i++)
		ATF_CHECK(_bas_slab_of(p[i], class)->bin !=
		    _bas_slab_of(p[i - 1], class)->bin);
	/* Statistics know the class only. */
	_bas_arena_bin_stats(arena, class, &stats);
	ATF_CHECK_EQ(8, stats.nmalloc);
	ATF_CHECK_EQ(4, stats.curslabs);
	/* Whichever a thread gives them to, they find their own. */
	memcpy(got, p, sizeof(got));
	_bas_heap_give(arena, 2, class, got, 8);
	_bas_arena_bin_stats(arena, class, &stats);
	ATF_CHECK_EQ(0, stats.curregs);
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(2, arena_bin(arena, class, i)->ndalloc);
	_bas_arena_purge(arena);
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nactive));
	/* Threads draw their numbers in turn. */
	for (i = 0; i < 8; i++)
		ATF_CHECK_EQ(i, _bas_arena_shard(arena));
}

/* An arena with more bins is emptied and destroyed like any. */
ATF_TC_WITHOUT_HEAD(shards_destroy);
ATF_TC_BODY(shards_destroy, tc)
{
	struct arena *arena;
	unsigned i, k;
	void *p;

	range(&_bas_options.bin_shards, 1, SC_SMALL_MAX, 8);
	(void)init(1);
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	arena = _bas_arena_get(i);
	for (k = 0; k < 1000; k++)
		ATF_REQUIRE_EQ(1, _bas_heap_take(arena, k,
		    1 + k % SC_NSMALL, &p + 1, 1));
	ATF_CHECK_EQ(0, _bas_arena_reset(i));
	ATF_CHECK_EQ(0, _bas_arena_allocated(arena));
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nactive));
	ATF_CHECK_EQ(0, _bas_arena_destroy(i));
}

/* The nearest that can be, and slabs work with it. */
ATF_TC_WITHOUT_HEAD(slab_sizes);
ATF_TC_BODY(slab_sizes, tc)
{
	struct option_ranges *ranges = &_bas_options.slab_sizes;
	static void *got[3000];
	struct arena *arena;
	unsigned class, n, i;

	range(ranges, 8, 16, 16);
	range(ranges, 17, 200, 1);
	range(ranges, 500, 600, 16);
	range(ranges, 5000, 17000, 1);
	range(ranges, 4096, 4096, 1000);
	range(ranges, 300, 200, 3);
	arena = init(1);
	ATF_CHECK_EQ(2 * PAGE, sizeclass_slab_size(1));
	ATF_CHECK_EQ(1024, sizeclass_nregs(1));
	ATF_CHECK_EQ(4 * PAGE, sizeclass_slab_size(2));
	ATF_CHECK_EQ(PAGE, sizeclass_slab_size(sizeclass_of(200)));
	ATF_CHECK_EQ(19, sizeclass_nregs(sizeclass_of(200)));
	ATF_CHECK_EQ(16 * PAGE, sizeclass_slab_size(sizeclass_of(512)));
	ATF_CHECK_EQ(128, sizeclass_nregs(sizeclass_of(512)));
	ATF_CHECK_EQ(2 * PAGE, sizeclass_slab_size(sizeclass_of(5000)));
	ATF_CHECK_EQ(4 * PAGE, sizeclass_slab_size(SC_NSMALL));
	ATF_CHECK_EQ(1, sizeclass_nregs(SC_NSMALL));
	ATF_CHECK_EQ(16 * PAGE, sizeclass_slab_size(sizeclass_of(4096)));
	/* A range that ends before it begins is none. */
	ATF_CHECK_EQ(5 * PAGE, sizeclass_slab_size(sizeclass_of(288)));
	/* Runs of pages are no slabs. */
	ATF_CHECK_EQ(20480, sizeclass_slab_size(SC_NSMALL + 1));
	for (class = 1; class <= SC_NSMALL; class++) {
		for (n = 0; n < 2100; n += i) {
			i = _bas_heap_take(arena, 0, class, got + 3000 - n,
			    2100 - n);
			ATF_REQUIRE(i > 0);
		}
		for (i = 0; i < n; i++)
			*(size_t *)got[2999 - i] = i;
		for (i = 0; i < n; i++)
			ATF_REQUIRE_EQ(i, *(size_t *)got[2999 - i]);
		_bas_heap_give(arena, 0, class, got + 3000 - n, n);
	}
	_bas_arena_purge(arena);
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nactive));
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	struct arena *arena;
	const char *was;
	unsigned i;

	_bas_options.oversize_threshold = (size_t)8 << 20;
	arena = init(3);
	ATF_CHECK_STREQ("auto_0", _bas_arena_name(arena));
	ATF_CHECK_STREQ("auto_2", _bas_arena_name(_bas_arena_make(2)));
	ATF_CHECK_STREQ("auto_oversize", _bas_arena_name(_bas_arena_make(3)));
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	ATF_CHECK_STREQ("manual_4", _bas_arena_name(_bas_arena_get(i)));
	was = _bas_arena_name(arena);
	_bas_arena_set_name(arena, "");
	ATF_CHECK_STREQ("", _bas_arena_name(arena));
	ATF_CHECK_STREQ("auto_0", was);
	_bas_arena_set_name(arena, "0123456789abcdef0123456789abcdefXYZ");
	ATF_CHECK_STREQ("0123456789abcdef0123456789abcde",
	    _bas_arena_name(arena));
}

ATF_TC_WITHOUT_HEAD(dss);
ATF_TC_BODY(dss, tc)
{
	struct arena *arena;

	_bas_options.dss = DSS_PRIMARY;
	arena = init(2);
	ATF_CHECK_EQ(DSS_PRIMARY, _bas_arena_dss(arena));
	ATF_CHECK_EQ(DSS_PRIMARY, _bas_dss_default());
	_bas_dss_default_set(DSS_DISABLED);
	ATF_CHECK_EQ(DSS_PRIMARY, _bas_arena_dss(arena));
	ATF_CHECK_EQ(DSS_DISABLED, _bas_arena_dss(_bas_arena_make(1)));
	_bas_arena_set_dss(arena, DSS_SECONDARY);
	ATF_CHECK_EQ(DSS_SECONDARY, _bas_arena_dss(arena));
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct arena *arena = init(2);

	ATF_CHECK_EQ(SIZE_MAX, _bas_arena_oversize(arena));
	_bas_arena_set_oversize(arena, HUGE);
	ATF_CHECK_EQ(HUGE, _bas_arena_oversize(arena));
	/* Arenas that come and go do not make the heap grow faster. */
	ATF_CHECK_EQ(64 << 20, _bas_arena_grow_limit(arena));
	ATF_REQUIRE(_bas_arena_make(1) != NULL);
	ATF_CHECK_EQ(64 << 20, _bas_extent_limit());
	_bas_arena_set_grow_limit(arena, 3 * HUGE);
	ATF_CHECK_EQ(3 * HUGE, _bas_arena_grow_limit(arena));
	ATF_CHECK_EQ(3 * HUGE, _bas_extent_limit());
}

/* An arena of its own for what is large, if the option says from where on. */
ATF_TC_WITHOUT_HEAD(oversize);
ATF_TC_BODY(oversize, tc)
{
	struct arena *arena, *made, *big;
	unsigned i;

	_bas_options.oversize_threshold = 8 * HUGE;
	_bas_options.muzzy_decay_ms = 500;
	arena = init(2);
	ATF_CHECK_EQ(3, _bas_arena_count());
	ATF_CHECK_EQ(2, _bas_arena_auto_count());
	ATF_CHECK_EQ(NULL, _bas_arena_get(2));
	ATF_CHECK_EQ(arena, _bas_arena_for(arena, 8 * HUGE - 1));
	big = _bas_arena_for(arena, 8 * HUGE);
	ATF_CHECK_EQ(_bas_arena_get(2), big);
	ATF_CHECK_EQ(big, _bas_arena_for(_bas_arena_make(1), SIZE_MAX));
	/* What is in it is not likely to be used again. */
	ATF_CHECK_EQ(0, arena_decay_ms(big, false));
	ATF_CHECK_EQ(0, arena_decay_ms(big, true));
	ATF_CHECK_EQ(500, arena_decay_ms(arena, true));
	/* It is no thread's, and a created arena keeps its own. */
	ATF_CHECK(_bas_arena_choose() != big);
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	ATF_CHECK_EQ(3, i);
	made = _bas_arena_get(i);
	ATF_CHECK_EQ(made, _bas_arena_for(made, 9 * HUGE));
	ATF_CHECK_EQ(8 * HUGE, _bas_arena_oversize(made));
}

/* A thread of ours purges: then it decays like any. */
ATF_TC_WITHOUT_HEAD(oversize_background);
ATF_TC_BODY(oversize_background, tc)
{
	_bas_options.oversize_threshold = 8 * HUGE;
	_bas_options.background_thread = true;
	(void)init(1);
	ATF_CHECK_EQ(_bas_options.dirty_decay_ms,
	    arena_decay_ms(_bas_arena_make(1), false));
}

/* No memory for it: the thread's own must do. */
ATF_TC_WITHOUT_HEAD(oversize_fails);
ATF_TC_BODY(oversize_fails, tc)
{
	struct arena *arena;

	_bas_options.oversize_threshold = 8 * HUGE;
	arena = init(1);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_base_alloc(16) != NULL)
		;
	ATF_CHECK_EQ(arena, _bas_arena_for(arena, 9 * HUGE));
}

/* Spans from that size on do not wait for their decay. */
ATF_TC_WITHOUT_HEAD(oversize_purged);
ATF_TC_BODY(oversize_purged, tc)
{
	struct arena *arena = init(1);
	bool zeroed = false;
	void *p, *q, *r;

	_bas_arena_set_oversize(arena, 4 * HUGE);
	p = _bas_large_alloc(arena, 4 * HUGE - PAGE, 1, &zeroed);
	q = _bas_large_alloc(arena, 4 * HUGE, 1, &zeroed);
	r = _bas_large_alloc(arena, 9 * HUGE, 1, &zeroed);
	ATF_REQUIRE(p != NULL && q != NULL && r != NULL);
	ATF_CHECK(!_bas_large_free("free", p));
	ATF_CHECK_EQ(4 * HUGE_PAGES - 1, counter_read(&arena->pages.ndirty));
	ATF_CHECK_EQ(0, counter_read(&arena->pages.dirty_stats.purged));
	ATF_CHECK(!_bas_large_free("free", q));
	ATF_CHECK(!_bas_large_free("free", r));
	/* The others stay. */
	ATF_CHECK_EQ(4 * HUGE_PAGES - 1, counter_read(&arena->pages.ndirty));
	ATF_CHECK_EQ(13 * HUGE_PAGES,
	    counter_read(&arena->pages.dirty_stats.purged));
	ATF_CHECK_EQ(4, counter_read(&arena->pages.nhuge));
	ATF_CHECK(_bas_extent_retained() >= 13 * HUGE);
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nactive));
}

/* A pointer's arena, wherever in it it points. */
ATF_TC_WITHOUT_HEAD(lookup);
ATF_TC_BODY(lookup, tc)
{
	struct arena *a = init(2), *b = _bas_arena_make(1);
	void *p, *q, *r;
	bool zeroed = false;
	int local;

	ATF_REQUIRE_EQ(1, _bas_heap_take(a, 0, 7, &p + 1, 1));
	ATF_REQUIRE_EQ(1, _bas_heap_take(b, 0, SC_NCLASS, &q + 1, 1));
	r = _bas_large_alloc(a, 5 * HUGE, 1, &zeroed);
	ATF_REQUIRE(r != NULL);
	ATF_CHECK_EQ(a, _bas_arena_of(p));
	ATF_CHECK_EQ(b, _bas_arena_of(q));
	ATF_CHECK_EQ(b, _bas_arena_of((char *)q + 5 * PAGE));
	ATF_CHECK_EQ(a, _bas_arena_of(r));
	ATF_CHECK_EQ(a, _bas_arena_of((char *)r + 5 * HUGE - 1));
	ATF_CHECK_EQ(NULL, _bas_arena_of(&local));
	ATF_CHECK_EQ(NULL, _bas_arena_of(NULL));
	ATF_CHECK_EQ(NULL, _bas_arena_of((void *)UINTPTR_MAX));
	(void)_bas_large_free("free", r);
	ATF_CHECK_EQ(NULL, _bas_arena_of((char *)r + HUGE));
}

/* A user's hooks that count, over those of the OS. */
static unsigned	nalloc, ndalloc, ndestroy;

static void *
count_alloc(extent_hooks_t *hooks, void *at, size_t size, size_t align,
    bool *zero, bool *commit, unsigned arena)
{
	(void)hooks;
	nalloc++;
	return (_bas_hooks_default.alloc(&_bas_hooks_default, at, size, align,
	    zero, commit, arena));
}

static bool
count_dalloc(extent_hooks_t *hooks, void *p, size_t size, bool committed,
    unsigned arena)
{
	(void)hooks;
	(void)p;
	(void)size;
	(void)committed;
	(void)arena;
	ndalloc++;
	return (true);
}

static void
count_destroy(extent_hooks_t *hooks, void *p, size_t size, bool committed,
    unsigned arena)
{
	(void)hooks;
	ndestroy++;
	_bas_hooks_default.destroy(&_bas_hooks_default, p, size, committed,
	    arena);
}

static extent_hooks_t counting = { .alloc = count_alloc,
    .dalloc = count_dalloc, .destroy = count_destroy };

ATF_TC_WITHOUT_HEAD(hooks_created);
ATF_TC_BODY(hooks_created, tc)
{
	struct arena *arena;
	unsigned i, k;
	void *p;

	(void)init(1);
	ATF_REQUIRE_EQ(0, _bas_arena_create(&counting, &i));
	arena = _bas_arena_get(i);
	ATF_CHECK_EQ(&counting, _bas_arena_hooks(arena));
	ATF_REQUIRE_EQ(1, _bas_heap_take(arena, 0, 7, &p + 1, 1));
	ATF_CHECK_EQ(1, nalloc);
	ATF_REQUIRE(_bas_large_alloc(arena, 3 * HUGE, 1, &(bool){ false }) !=
	    NULL);
	ATF_CHECK_EQ(2, nalloc);
	/* What they keep when it is given back they get at the end. */
	ATF_CHECK_EQ(0, _bas_arena_reset(i));
	_bas_arena_purge(arena);
	ATF_CHECK_EQ(2, ndalloc);
	ATF_CHECK_EQ(0, ndestroy);
	ATF_CHECK_EQ(0, _bas_arena_destroy(i));
	ATF_CHECK(ndestroy >= 1);
	ATF_CHECK_EQ(0, counter_read(&arena->extents.mapped));
	/* The next one of that number has none of them, or again. */
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &k));
	ATF_CHECK_EQ(i, k);
	ATF_CHECK_EQ(&_bas_hooks_default, _bas_arena_hooks(arena));
	ATF_REQUIRE_EQ(1, _bas_heap_take(arena, 0, 7, &p + 1, 1));
	ATF_CHECK_EQ(2, nalloc);
	ATF_CHECK_EQ(0, _bas_arena_destroy(i));
	ATF_REQUIRE_EQ(0, _bas_arena_create(&counting, &k));
	ATF_REQUIRE_EQ(1, _bas_heap_take(arena, 0, 7, &p + 1, 1));
	ATF_CHECK_EQ(3, nalloc);
	ATF_CHECK_EQ(0, _bas_arena_destroy(i));
}

ATF_TC_WITHOUT_HEAD(hooks_set);
ATF_TC_BODY(hooks_set, tc)
{
	extent_hooks_t *old = NULL;
	struct arena *arena = init(2);
	void *p, *q;

	ATF_REQUIRE_EQ(1, _bas_heap_take(arena, 0, SC_NCLASS, &p + 1, 1));
	ATF_CHECK_EQ(EFAULT, _bas_arena_set_hooks(2, &counting, &old));
	ATF_CHECK_EQ(0, _bas_arena_set_hooks(0, &counting, &old));
	ATF_CHECK_EQ(&_bas_hooks_default, old);
	ATF_CHECK_EQ(0, _bas_arena_set_hooks(0, &counting, &old));
	ATF_CHECK_EQ(&counting, old);
	ATF_CHECK_EQ(0, nalloc);
	ATF_REQUIRE_EQ(1, _bas_heap_take(arena, 0, SC_NCLASS, &q + 1, 1));
	_bas_heap_give(arena, 0, SC_NCLASS, &p, 1);
	_bas_heap_give(arena, 0, SC_NCLASS, &q, 1);
	_bas_arena_purge(arena);
	ATF_CHECK_EQ(nalloc, ndalloc);
	/* One that nobody used so far is made. */
	ATF_CHECK_EQ(NULL, _bas_arena_get(1));
	ATF_CHECK_EQ(0, _bas_arena_set_hooks(1, &counting, &old));
	ATF_REQUIRE(_bas_arena_get(1) != NULL);
	ATF_CHECK_EQ(&counting, _bas_arena_hooks(_bas_arena_get(1)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shards_none);
	ATF_TP_ADD_TC(tp, shards);
	ATF_TP_ADD_TC(tp, shards_destroy);
	ATF_TP_ADD_TC(tp, slab_sizes);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, dss);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, oversize);
	ATF_TP_ADD_TC(tp, oversize_background);
	ATF_TP_ADD_TC(tp, oversize_fails);
	ATF_TP_ADD_TC(tp, oversize_purged);
	ATF_TP_ADD_TC(tp, lookup);
	ATF_TP_ADD_TC(tp, hooks_created);
	ATF_TP_ADD_TC(tp, hooks_set);
	return (atf_no_error());
}
