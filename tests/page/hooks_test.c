/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Arenas on a user's hooks.  The hooks here hold the arena to the contract:
 * each extent that they are called with must be one that they know.
 */
#include "model.h"

#include "page/extent.h"
#include "page/hooks.h"

#define	INDEX	7
#define	NEXTENTS 512

enum hook {
	ALLOC, DALLOC, DESTROY, COMMIT, DECOMMIT, LAZY, FORCED, SPLIT, MERGE,
	NHOOKS
};

static struct extents own;
static extent_hooks_t table;

static struct {
	struct {
		uintptr_t base;
		size_t	size;
		bool	committed;
	} extent[NEXTENTS];
	size_t	n;
	size_t	calls[NHOOKS];
	size_t	done[NHOOKS];
	bool	declines[NHOOKS];
	unsigned random;		/* one in so many declines; 0: none */
	bool	dirty;			/* what alloc gives is not zero */
	bool	uncommitted;
	bool	pinned;
	uintptr_t last;			/* address of the last purge */
	size_t	length;
} user;

static bool
declines(enum hook hook)
{
	user.calls[hook]++;
	if (user.declines[hook] ||
	    (user.random != 0 && model_below(user.random) == 0))
		return (true);
	user.done[hook]++;
	return (false);
}

static size_t
find(void *base, size_t size)
{
	size_t i;

	for (i = 0; i < user.n; i++)
		if (user.extent[i].base == (uintptr_t)base)
			break;
	ATF_REQUIRE_MSG(i < user.n, "%p is not an extent", base);
	ATF_REQUIRE_EQ_MSG(user.extent[i].size, size, "%p has %zu bytes, not "
	    "%zu", base, user.extent[i].size, size);
	return (i);
}

static void
add(uintptr_t base, size_t size, bool committed)
{
	ATF_REQUIRE(user.n < NEXTENTS);
	user.extent[user.n].base = base;
	user.extent[user.n].size = size;
	user.extent[user.n++].committed = committed;
}

static void
drop(void *base, size_t size, bool committed, bool unmap)
{
	size_t i = find(base, size);

	ATF_REQUIRE_EQ(committed, user.extent[i].committed);
	user.extent[i] = user.extent[--user.n];
	if (unmap)
		ATF_REQUIRE_EQ(0, _bas_os_unmap(base, size));
}

static void *
hook_alloc(extent_hooks_t *hooks, void *at, size_t size, size_t align,
    bool *zero, bool *commit, unsigned arena)
{
	void *p;

	ATF_REQUIRE_EQ(&table, hooks);
	ATF_REQUIRE_EQ(INDEX, arena);
	ATF_REQUIRE(size > 0 && size % HUGE == 0 && align % HUGE == 0);
	ATF_REQUIRE(*commit);
	if (declines(ALLOC))
		return (NULL);
	p = at != NULL ? _bas_os_map_at(at, size) : _bas_os_map(size, align);
	if (p == NULL)
		return (NULL);
	*zero = !user.dirty;
	*commit = !user.uncommitted;
	if (user.dirty)
		memset(p, 0x77, size);
	add((uintptr_t)p, size, *commit);
	return (user.pinned ? (char *)p + 1 : p);
}

static bool
hook_dalloc(extent_hooks_t *hooks, void *base, size_t size, bool committed,
    unsigned arena)
{
	ATF_REQUIRE(hooks == &table && arena == INDEX);
	(void)find(base, size);
	if (declines(DALLOC))
		return (true);
	drop(base, size, committed, true);
	return (false);
}

static void
hook_destroy(extent_hooks_t *hooks, void *base, size_t size, bool committed,
    unsigned arena)
{
	ATF_REQUIRE(hooks == &table && arena == INDEX);
	user.calls[DESTROY]++;
	drop(base, size, committed, true);
}

static bool
hook_commit(extent_hooks_t *hooks, void *base, size_t size, size_t offset,
    size_t length, unsigned arena)
{
	size_t i = find(base, size);

	ATF_REQUIRE(hooks == &table && arena == INDEX);
	ATF_REQUIRE(offset == 0 && length == size);
	ATF_REQUIRE(!user.extent[i].committed);
	if (declines(COMMIT))
		return (true);
	user.extent[i].committed = true;
	memset(base, 0, size);
	return (false);
}

static bool
hook_decommit(extent_hooks_t *hooks, void *base, size_t size, size_t offset,
    size_t length, unsigned arena)
{
	size_t i = find(base, size);

	ATF_REQUIRE(hooks == &table && arena == INDEX);
	ATF_REQUIRE(offset == 0 && length == size);
	ATF_REQUIRE(user.extent[i].committed);
	if (declines(DECOMMIT))
		return (true);
	user.extent[i].committed = false;
	memset(base, 0x99, size);
	return (false);
}

static bool
purge(enum hook hook, void *base, size_t size, size_t offset, size_t length)
{
	size_t i = find(base, size);

	ATF_REQUIRE(user.extent[i].committed);
	ATF_REQUIRE(length > 0 && offset <= size && length <= size - offset);
	ATF_REQUIRE_EQ(0, offset % _bas_os_info.page);
	ATF_REQUIRE_EQ(0, length % _bas_os_info.page);
	if (declines(hook))
		return (true);
	user.last = (uintptr_t)base + offset;
	user.length = length;
	memset((char *)base + offset, hook == FORCED ? 0 : 0x55, length);
	return (false);
}

static bool
hook_lazy(extent_hooks_t *hooks, void *base, size_t size, size_t offset,
    size_t length, unsigned arena)
{
	ATF_REQUIRE(hooks == &table && arena == INDEX);
	return (purge(LAZY, base, size, offset, length));
}

static bool
hook_forced(extent_hooks_t *hooks, void *base, size_t size, size_t offset,
    size_t length, unsigned arena)
{
	ATF_REQUIRE(hooks == &table && arena == INDEX);
	return (purge(FORCED, base, size, offset, length));
}

static bool
hook_split(extent_hooks_t *hooks, void *base, size_t size, size_t head,
    size_t tail, bool committed, unsigned arena)
{
	size_t i = find(base, size);

	ATF_REQUIRE(hooks == &table && arena == INDEX);
	ATF_REQUIRE_EQ(size, head + tail);
	ATF_REQUIRE(head > 0 && tail > 0 && head % HUGE == 0);
	ATF_REQUIRE_EQ(committed, user.extent[i].committed);
	if (declines(SPLIT))
		return (true);
	user.extent[i].size = head;
	add((uintptr_t)base + head, tail, committed);
	return (false);
}

static bool
hook_merge(extent_hooks_t *hooks, void *low, size_t nlow, void *high,
    size_t nhigh, bool committed, unsigned arena)
{
	size_t i = find(low, nlow);

	ATF_REQUIRE(hooks == &table && arena == INDEX);
	ATF_REQUIRE_EQ((char *)low + nlow, (char *)high);
	ATF_REQUIRE_EQ(committed, user.extent[i].committed);
	ATF_REQUIRE_EQ(committed, user.extent[find(high, nhigh)].committed);
	if (declines(MERGE))
		return (true);
	drop(high, nhigh, committed, false);
	user.extent[find(low, nlow)].size = nlow + nhigh;
	return (false);
}

static void
setup(uint64_t seed, ssize_t dirty_ms, ssize_t muzzy_ms)
{
	model_init(seed, dirty_ms, muzzy_ms);
	table = (extent_hooks_t){ hook_alloc, hook_dalloc, hook_destroy,
	    hook_commit, hook_decommit, hook_lazy, hook_forced, hook_split,
	    hook_merge };
	memset(&user, 0, sizeof(user));
	_bas_extents_init(&own, &table, INDEX);
	_bas_page_set_extents(&pages, &own);
}

/* All nine in turn, as a superpage comes and goes. */
ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	setup(1, 10000, 0);
	ATF_REQUIRE(model_alloc(10, 1));
	ATF_CHECK_EQ(1, user.calls[ALLOC]);
	ATF_CHECK_EQ(HUGE, counter_read(&own.mapped));
	(void)model_free(0);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(1, user.calls[DALLOC]);
	ATF_CHECK_EQ(0, user.calls[DECOMMIT] + user.calls[FORCED]);
	ATF_CHECK_EQ(0, user.n);
	ATF_CHECK_EQ(0, counter_read(&own.mapped));
	model_is_empty();

	/* Not taken back: decommitted, kept, committed again. */
	user.declines[DALLOC] = true;
	ATF_REQUIRE(model_alloc(10, 1));
	(void)model_free(0);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(1, user.done[DECOMMIT]);
	ATF_CHECK_EQ(HUGE, counter_read(&own.retained));
	ATF_REQUIRE(model_alloc(10, 1));
	ATF_CHECK_EQ(1, user.done[COMMIT]);
	ATF_CHECK_EQ(2, user.calls[ALLOC]);
	(void)model_free(0);

	/* Not decommitted: purged by force, or lazily, or not at all. */
	user.declines[DECOMMIT] = true;
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(1, user.done[FORCED]);
	ATF_REQUIRE(model_alloc(10, 1));
	(void)model_free(0);
	user.declines[FORCED] = true;
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(1, user.done[LAZY]);
	user.declines[LAZY] = true;
	ATF_REQUIRE(model_alloc(10, 1));
	(void)model_free(0);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(HUGE, counter_read(&own.retained));
	_bas_extent_destroy(&own);
	ATF_CHECK_EQ(1, user.calls[DESTROY]);
	ATF_CHECK_EQ(0, user.n);
	ATF_CHECK_EQ(0, counter_read(&own.mapped));
}

/* From within a superpage in use, with the extent and the place in it. */
ATF_TC_WITHOUT_HEAD(purge_part);
ATF_TC_BODY(purge_part, tc)
{
	setup(1, 10000, 0);
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_REQUIRE(model_alloc(20, 1));
	ATF_REQUIRE(model_alloc(7, 1));
	(void)model_free(1);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(1, user.done[FORCED]);
	ATF_CHECK_EQ(model.run[0].base + 100 * PAGE, user.last);
	ATF_CHECK_EQ(20 * PAGE, user.length);
	ATF_CHECK_EQ(0, user.calls[DALLOC]);
	model_check(&model.run[0]);
	model_check(&model.run[1]);
	/* With a muzzy time they go lazily first. */
	_bas_purge_set_ms(&pages, true, 10000);
	ATF_REQUIRE(model_alloc(20, 1));
	(void)model_free(2);
	_bas_purge_set_ms(&pages, false, 0);
	ATF_CHECK_EQ(1, user.done[LAZY]);
	ATF_CHECK_EQ(20, counter_read(&pages.nmuzzy));
}

/* Nothing is zero, committed or free again but by what hooks said. */
ATF_TC_WITHOUT_HEAD(states);
ATF_TC_BODY(states, tc)
{
	bool zeroed = false;

	setup(1, 10000, 0);
	user.dirty = true;
	ATF_REQUIRE(_bas_page_alloc(&pages, 5, 1, &zeroed) != 0);
	ATF_CHECK(!zeroed);
	ATF_CHECK_EQ(HUGE_PAGES - 5, counter_read(&pages.ndirty));
	ATF_REQUIRE(_bas_span_alloc(&pages, 700, HUGE, &zeroed) != NULL);
	ATF_CHECK(!zeroed);
	user.uncommitted = true;
	ATF_REQUIRE(_bas_span_alloc(&pages, 700, HUGE, &zeroed) != NULL);
	ATF_CHECK(zeroed);
	ATF_CHECK_EQ(1, user.done[COMMIT]);
	user.declines[COMMIT] = true;
	ATF_CHECK(_bas_span_alloc(&pages, 700, HUGE, &zeroed) == NULL);
	ATF_CHECK_EQ(1, user.calls[DALLOC]);
	user.declines[ALLOC] = true;
	ATF_CHECK(_bas_span_alloc(&pages, 700, HUGE, &zeroed) == NULL);
}

/* What is retained is cut and put together again as hooks allow. */
ATF_TC_WITHOUT_HEAD(split_merge);
ATF_TC_BODY(split_merge, tc)
{
	setup(1, 10000, 0);
	user.declines[DALLOC] = true;
	ATF_REQUIRE(model_span_alloc(4 * HUGE_PAGES, HUGE));
	(void)model_free(0);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(4 * HUGE, counter_read(&own.retained));
	/* Refused: it stays whole, and there is another. */
	user.declines[SPLIT] = true;
	ATF_REQUIRE(model_alloc(3, 1));
	ATF_CHECK_EQ(2, user.calls[ALLOC]);
	ATF_CHECK_EQ(4 * HUGE, counter_read(&own.retained));
	user.declines[SPLIT] = false;
	ATF_REQUIRE(model_span_alloc(HUGE_PAGES + 1, 2 * HUGE));
	ATF_CHECK_EQ(2, user.calls[ALLOC]);
	ATF_CHECK_EQ(2 * HUGE, counter_read(&own.retained));
	ATF_CHECK(user.done[SPLIT] >= 1);
	user.declines[MERGE] = true;
	model_free_all();
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(0, user.done[MERGE]);
	ATF_CHECK(user.calls[MERGE] >= 1);
	ATF_CHECK_EQ(5 * HUGE, counter_read(&own.retained));
	/* No hook is one that declines. */
	table.split = NULL;
	table.merge = NULL;
	table.dalloc = NULL;
	ATF_REQUIRE(model_alloc(3, 1));
	model_free_all();
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(5 * HUGE, counter_read(&own.retained));
}

ATF_TC_WITHOUT_HEAD(pinned);
ATF_TC_BODY(pinned, tc)
{
	size_t before = _bas_extent_pinned();

	setup(1, 10000, 0);
	user.pinned = true;
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_CHECK_EQ(before + HUGE, _bas_extent_pinned());
	ATF_CHECK_EQ(HUGE, counter_read(&own.pinned));
	(void)model_free(0);
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(0, user.calls[DALLOC] + user.calls[DECOMMIT] +
	    user.calls[FORCED] + user.calls[LAZY]);
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_CHECK_EQ(1, user.calls[ALLOC]);
}

/* Superpages from before the hooks go back to where they came from. */
ATF_TC_WITHOUT_HEAD(switched);
ATF_TC_BODY(switched, tc)
{
	setup(1, 10000, 0);
	_bas_page_set_extents(&pages, &_bas_extents);
	ATF_REQUIRE(model_alloc(100, 1));
	_bas_page_set_extents(&pages, &own);
	ATF_REQUIRE(model_alloc(500, 1));
	ATF_CHECK_EQ(1, user.calls[ALLOC]);
	model_free_all();
	_bas_purge_all(&pages);
	ATF_CHECK_EQ(1, user.calls[DALLOC]);
	model_is_empty();
}

static void
walk(uint64_t seed, unsigned steps)
{
	unsigned step, what;
	size_t i;

	for (step = 0; step < steps; step++) {
		user.dirty = model_below(4) == 0;
		user.uncommitted = model_below(4) == 0;
		what = (unsigned)model_below(10);
		i = model.nruns == 0 ? 0 : model_below(model.nruns);
		if (what < 3 && model.nruns < 100)
			(void)model_alloc(1 + model_below(400), 1);
		else if (what < 5 && model.nruns < 100)
			(void)model_span_alloc(HUGE_PAGES + 1 +
			    model_below(2000), HUGE << model_below(2));
		else if (what == 5 && model.nruns > 0 &&
		    model.run[i].huge->kind == HUGE_SPAN)
			model_span_resize(i, HUGE_PAGES + 1 +
			    model_below(3000), true);
		else if (what == 6) {
			_bas_os_fake_clock_advance(model_below(9000) * MS);
			_bas_purge_decay(&pages, _bas_os_clock());
		} else if (model.nruns > 0)
			(void)model_free(i);
	}
	user.random = 0;
	memset(user.declines, 0, sizeof(user.declines));
	model_free_all();
	_bas_purge_all(&pages);
	model_totals();
	_bas_extent_destroy(&own);
	ATF_CHECK_EQ_MSG(counter_read(&pages.nhuge) * HUGE,
	    counter_read(&own.mapped), "seed %lu", (unsigned long)seed);
}

ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	uint64_t seed;

	for (seed = 0; seed < 6; seed++) {
		setup(seed, 10000, seed % 2 != 0 ? 5000 : 0);
		walk(seed, 500);
		model_is_empty();
	}
}

/* A hook that fails leaves all as it was. */
ATF_TC_WITHOUT_HEAD(random_declines);
ATF_TC_BODY(random_declines, tc)
{
	uint64_t seed;

	for (seed = 100; seed < 108; seed++) {
		setup(seed, 10000, seed % 2 != 0 ? 5000 : 0);
		user.random = 2 + (unsigned)seed % 4;
		walk(seed, 500);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, purge_part);
	ATF_TP_ADD_TC(tp, states);
	ATF_TP_ADD_TC(tp, split_merge);
	ATF_TP_ADD_TC(tp, pinned);
	ATF_TP_ADD_TC(tp, switched);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, random_declines);
	return (atf_no_error());
}
