/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <limits.h>
#include <string.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "meta/base.h"
#include "os/os.h"
#include "page/extent.h"
#include "page/page.h"
#include "page/purge.h"
#include "util/options.h"

#define	ARENAS_MAX	4096

static struct {
	struct lock	lock;		/* for making one */
	unsigned	count;		/* sealed by _bas_arenas_init */
	/* Release when it is made, acquire when it is looked up. */
	_Atomic(struct arena *) table[ARENAS_MAX];
} arenas = { .lock = LOCK_INITIALIZER(RANK_ARENAS), .count = 1 };

void
_bas_arenas_init(void)
{

	arenas.count = _bas_options.narenas;
	if (arenas.count == 0)
		arenas.count = _bas_os_cpus();
	if (arenas.count > OPTIONS_NARENAS_LIMIT)
		arenas.count = OPTIONS_NARENAS_LIMIT;
	_bas_options.narenas = arenas.count;
}

unsigned
_bas_arena_count(void)
{

	return (arenas.count);
}

struct arena *
_bas_arena_get(unsigned i)
{

	if (i >= arenas.count)
		return (NULL);
	return (atomic_load_explicit(&arenas.table[i], memory_order_acquire));
}

static struct arena *
arena_new(unsigned i)
{
	struct arena *arena;
	unsigned class;

	arena = _bas_base_alloc(sizeof(*arena));
	if (arena == NULL)
		return (NULL);
	memset(arena, 0, offsetof(struct arena, bins));
	_bas_page_init(&arena->pages, _bas_decay_ms_default(false),
	    _bas_decay_ms_default(true));
	arena->index = i;
	atomic_store_explicit(&arena->thin_class, 1, memory_order_relaxed);
	for (class = 1; class <= SC_NSMALL; class++)
		_bas_bin_init(&arena->bins[class]);
	return (arena);
}

struct arena *
_bas_arena_make(unsigned i)
{
	struct arena *arena;

	arena = _bas_arena_get(i);
	if (arena != NULL || i >= arenas.count)
		return (arena);
	lock_take(&arenas.lock);
	arena = _bas_arena_get(i);
	if (arena == NULL) {
		arena = arena_new(i);
		/* From now on a slow path comes by and thins its slabs. */
		if (arena != NULL)
			_bas_purge_wake(_bas_os_clock());
		atomic_store_explicit(&arenas.table[i], arena,
		    memory_order_release);
	}
	lock_give(&arenas.lock);
	return (arena);
}

struct arena *
_bas_arena_choose(void)
{
	struct arena *arena, *best = NULL;
	unsigned i, n, fewest = 0;

	for (i = 0; i < arenas.count; i++) {
		arena = _bas_arena_get(i);
		if (arena == NULL)
			break;
		n = atomic_load_explicit(&arena->nthreads,
		    memory_order_relaxed);
		if (best == NULL || n < fewest) {
			best = arena;
			fewest = n;
		}
	}
	/* Another arena only when those that are there have threads. */
	if (i < arenas.count && (best == NULL || fewest != 0)) {
		arena = _bas_arena_make(i);
		if (arena != NULL)
			best = arena;
	}
	return (best);
}

unsigned
_bas_heap_take(struct arena *arena, unsigned class, void **end, unsigned n)
{
	unsigned got;
	bool zeroed;
	void *p;

	if (class <= SC_NSMALL) {
		got = _bas_bin_refill(&arena->bins[class], &arena->pages,
		    class, end, n);
		if (got == 0 && _bas_arenas_squeeze(0))
			got = _bas_bin_refill(&arena->bins[class],
			    &arena->pages, class, end, n);
		return (got);
	}
	p = _bas_large_alloc(arena, sizeclass_size(class), 1, &zeroed);
	if (p == NULL && _bas_arenas_squeeze(sizeclass_size(class)))
		p = _bas_large_alloc(arena, sizeclass_size(class), 1,
		    &zeroed);
	if (p == NULL)
		return (0);
	end[-1] = p;
	return (1);
}

void
_bas_heap_give(struct arena *own, unsigned class, void **objects, unsigned n)
{
	bool due = false;
	unsigned i;

	if (class <= SC_NSMALL)
		while (n > 0)
			n = _bas_bin_flush(&own->bins[class], class, objects,
			    n, &due);
	else
		for (i = 0; i < n; i++)
			due |= _bas_large_free("free", objects[i]);
	if (due)
		_bas_arenas_tick(UINT64_MAX);
}

/* Inboxes drained, empty slabs given back to the pages. */
static void
arena_trim(struct arena *arena)
{
	unsigned i;

	for (i = 1; i <= SC_NSMALL; i++)
		(void)_bas_bin_trim(&arena->bins[i]);
}

/* Slabs thinned, and looked at, before the caller goes on. */
#define	THIN_PURGES	128
#define	THIN_LOOKS	4096
/* A pass takes this share of the decay time, but not less than so long. */
#define	THIN_PASSES	4
#define	THIN_PERIOD_MIN	((uint64_t)100 * 1000000)
/* What one step has left, another takes up after so long. */
#define	THIN_STEP	((uint64_t)20 * 1000000)

/*
 * One step of thinning, from the class on where the last one ended.  Two
 * threads may do it at once: each bin is locked.
 */
static uint64_t
thin_step(struct arena *arena, uint64_t now, uint64_t period)
{
	unsigned looks = THIN_LOOKS, purges = THIN_PURGES, class;
	bool more = false;

	class = atomic_load_explicit(&arena->thin_class,
	    memory_order_relaxed);
	while (class <= SC_NSMALL && !more && looks > 0) {
		more = _bas_bin_thin(&arena->bins[class], false, &looks,
		    &purges);
		class += !more;
	}
	if (class <= SC_NSMALL) {
		atomic_store_explicit(&arena->thin_class, class,
		    memory_order_relaxed);
		return (now + THIN_STEP);
	}
	for (class = 1; class <= SC_NSMALL; class++)
		_bas_bin_pass(&arena->bins[class]);
	atomic_store_explicit(&arena->thin_class, 1, memory_order_relaxed);
	return (now + period);
}

static void
arena_thin(struct arena *arena, uint64_t now)
{
	ssize_t ms = _bas_arena_decay_ms(arena, false);
	uint64_t period, due;

	if (ms < 0)
		return;
	due = atomic_load_explicit(&arena->thin_due, memory_order_relaxed);
	if (now >= due) {
		period = (uint64_t)ms * 1000000 / THIN_PASSES;
		if (period < THIN_PERIOD_MIN)
			period = THIN_PERIOD_MIN;
		due = thin_step(arena, now, period);
		atomic_store_explicit(&arena->thin_due, due,
		    memory_order_relaxed);
	}
	_bas_purge_wake(due);
}

void
_bas_arena_purge(struct arena *arena)
{
	unsigned class, looks, purges;

	arena_trim(arena);
	for (class = 1; class <= SC_NSMALL; class++) {
		looks = purges = UINT_MAX;
		(void)_bas_bin_thin(&arena->bins[class], true, &looks,
		    &purges);
	}
	_bas_purge_all(&arena->pages);
}

void
_bas_arena_decay(struct arena *arena)
{
	uint64_t now = _bas_os_clock();

	arena_thin(arena, now);
	_bas_purge_decay(&arena->pages, now);
}

/*
 * The one that finds the time passed takes it out, so only one thread
 * purges; each arena says anew when it is due.
 */
void
_bas_arenas_tick(uint64_t now)
{
	uint64_t due = atomic_load_explicit(&_bas_purge_due,
	    memory_order_relaxed);
	struct arena *arena;
	unsigned i;

	if (now < due)
		return;
	if (!atomic_compare_exchange_strong_explicit(&_bas_purge_due, &due,
	    UINT64_MAX, memory_order_relaxed, memory_order_relaxed) &&
	    now != UINT64_MAX)
		return;
	for (i = 0; i < arenas.count; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			_bas_arena_decay(arena);
	}
}

bool
_bas_arenas_squeeze(size_t size)
{
	struct arena *arena;
	unsigned i;

	if (size > _bas_extent_mapped())
		return (false);
	for (i = 0; i < arenas.count; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			_bas_arena_purge(arena);
	}
	(void)_bas_extent_trim();
	return (true);
}

static struct decay *
decay_of(struct arena *arena, bool muzzy)
{

	return (muzzy ? &arena->pages.muzzy_decay :
	    &arena->pages.dirty_decay);
}

ssize_t
_bas_arena_decay_ms(struct arena *arena, bool muzzy)
{

	return (atomic_load_explicit(&decay_of(arena, muzzy)->ms,
	    memory_order_relaxed));
}

bool
_bas_arena_set_decay_ms(struct arena *arena, bool muzzy, ssize_t ms)
{

	if (ms < -1 || ms > OPTIONS_DECAY_MS_LIMIT)
		return (true);
	_bas_purge_set_ms(&arena->pages, muzzy, ms);
	return (false);
}

void
_bas_arenas_mend(void)
{
	struct arena *arena;
	unsigned i, class;

	_bas_lock_init(&arenas.lock, RANK_ARENAS);
	/* Another thread may have been about to purge. */
	atomic_store_explicit(&_bas_purge_due, 0, memory_order_relaxed);
	for (i = 0; i < arenas.count; i++) {
		arena = _bas_arena_get(i);
		if (arena == NULL)
			continue;
		_bas_page_mend(&arena->pages);
		for (class = 1; class <= SC_NSMALL; class++)
			_bas_bin_mend(&arena->bins[class]);
	}
}
