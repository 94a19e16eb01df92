/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>
#include <string.h>

#include "heap/arena.h"
#include "meta/base.h"
#include "os/os.h"
#include "page/extent.h"
#include "page/page.h"
#include "page/purge.h"
#include "util/fmt.h"
#include "util/options.h"

/* The arena's bits of MALLOCX_ARENA() hold 4095 of them. */
#define	ARENAS_MAX	4095u
/* A class has as many bins at most. */
#define	SHARDS_MAX	OPTIONS_SHARDS_LIMIT

static struct {
	struct lock	lock;		/* for making one */
	/* These four are sealed by _bas_arenas_init. */
	unsigned	nauto;
	unsigned	ncpus;		/* arenas of processors, 0: of none */
	bool		has_oversize;	/* one more, at index nauto */
	unsigned	nbins;		/* of each */
	/*
	 * Raised under the lock, after the entry is set.  Release and
	 * acquire: who has the number finds the arena.
	 */
	_Atomic unsigned count;
	struct arena	*gone;		/* destroyed: the last one first */
} arenas = {
	.lock = LOCK_INITIALIZER(RANK_ARENAS),
	.nauto = 1,
	.nbins = SC_NSMALL,
	.count = 1,
};

/*
 * Release when it is made, acquire when it is looked up.  Apart, as all
 * large tables: what has initial values is a page of the file's.
 */
static _Atomic(struct arena *) table[ARENAS_MAX];

BASALT_TOGETHER struct shards _bas_shards[SC_NSMALL + 1];

/*
 * How many arenas of processors the options call for: one for each that the
 * process may ever run on, since its affinity may change; for a core, of two
 * hardware threads, if PERCPU_CORE.
 */
static unsigned
cpu_count(void)
{
	unsigned n;

	if (_bas_options.percpu_arena == PERCPU_DISABLED)
		return (0);
	n = _bas_os_cpu_limit();
	if (_bas_options.percpu_arena == PERCPU_CORE)
		n = (n + 1) / 2;
	return (n > OPTIONS_NARENAS_LIMIT ? OPTIONS_NARENAS_LIMIT : n);
}

/* How many automatic ones. */
static unsigned
auto_count(void)
{
	uint64_t n = _bas_options.narenas;

	if (n == 0) {
		n = _bas_os_cpus();
		if (_bas_options.narenas_ratio != 0)
			n = (n * _bas_options.narenas_ratio + 0x8000) >> 16;
	}
	if (n < arenas.ncpus)
		n = arenas.ncpus;
	if (n > OPTIONS_NARENAS_LIMIT)
		n = OPTIONS_NARENAS_LIMIT;
	return (n == 0 ? 1 : (unsigned)n);
}

/* The classes of a range's sizes; false: it has none in slabs. */
static bool
range_classes(const struct option_range *range, unsigned *first,
    unsigned *last)
{

	if (range->start > range->end || range->start > SC_SMALL_MAX)
		return (false);
	*first = sizeclass_of(range->start);
	*last = range->end > SC_SMALL_MAX ? SC_NSMALL :
	    sizeclass_of(range->end);
	return (true);
}

static void
slabs_init(void)
{
	const struct option_ranges *ranges = &_bas_options.slab_sizes;
	unsigned i, class, last;

	for (i = 0; i < ranges->n; i++) {
		if (!range_classes(&ranges->range[i], &class, &last))
			continue;
		for (; class <= last; class++)
			_bas_sizeclass_set_pages(class,
			    ranges->range[i].value);
	}
}

static void
shards_init(void)
{
	const struct option_ranges *ranges = &_bas_options.bin_shards;
	unsigned i, class, last;
	size_t n;

	for (i = 0; i < ranges->n; i++) {
		if (!range_classes(&ranges->range[i], &class, &last))
			continue;
		n = ranges->range[i].value;
		for (; class <= last; class++)
			_bas_shards[class].n = (uint16_t)(n > SHARDS_MAX ?
			    SHARDS_MAX : n);
	}
	arenas.nbins = SC_NSMALL;
	for (class = 1; class <= SC_NSMALL; class++) {
		_bas_shards[class].first = (uint16_t)(arenas.nbins + 1);
		arenas.nbins += arena_nshards(class) - 1;
	}
}

void
_bas_arenas_init(void)
{

	arenas.ncpus = cpu_count();
	arenas.nauto = auto_count();
	_bas_options.narenas = arenas.nauto;
	arenas.has_oversize = _bas_options.oversize_threshold != 0;
	atomic_store_explicit(&arenas.count,
	    arenas.nauto + arenas.has_oversize, memory_order_relaxed);
	_bas_dss_default_set(_bas_options.dss);
	slabs_init();
	shards_init();
}

unsigned
_bas_arena_count(void)
{

	return (atomic_load_explicit(&arenas.count, memory_order_acquire));
}

unsigned
_bas_arena_auto_count(void)
{

	return (arenas.nauto);
}

unsigned
_bas_arena_nbins(void)
{

	return (arenas.nbins);
}

struct arena *
_bas_arena_get(unsigned i)
{
	struct arena *arena;

	if (i >= ARENAS_MAX)
		return (NULL);
	arena = atomic_load_explicit(&table[i], memory_order_acquire);
	/* Acquire: one that is used again is whole. */
	if (arena == NULL || atomic_load_explicit(&arena->gone,
	    memory_order_acquire))
		return (NULL);
	return (arena);
}

size_t
_bas_arena_bytes(void)
{

	return (sizeof(struct arena) + (arenas.nbins + 1) *
	    sizeof(struct bin));
}

/*
 * What an arena begins with, be it new or used again.  Others may look at
 * it meanwhile, but nobody allocates from it.
 */
static void
arena_begin(struct arena *arena)
{
	const char *kind = "manual";
	char name[ARENA_NAME];
	unsigned i = arena->index;

	atomic_store_explicit(&arena->born, _bas_os_clock(),
	    memory_order_relaxed);
	if (i < arenas.nauto)
		kind = "auto";
	if (i == arenas.nauto && arenas.has_oversize)
		_bas_arena_set_name(arena, "auto_oversize");
	else {
		(void)_bas_fmt(name, sizeof(name), "%s_%u", kind, i);
		_bas_arena_set_name(arena, name);
	}
	_bas_arena_set_dss(arena, _bas_dss_default());
	_bas_arena_set_oversize(arena, _bas_options.oversize_threshold == 0 ?
	    SIZE_MAX : _bas_options.oversize_threshold);
	atomic_store_explicit(&arena->grow_limit, _bas_extent_limit(),
	    memory_order_relaxed);
	atomic_store_explicit(&arena->thin_bin, 1, memory_order_relaxed);
	atomic_store_explicit(&arena->thin_due, 0, memory_order_relaxed);
	/* From now on a slow path comes by and thins its slabs. */
	_bas_purge_wake(_bas_os_clock());
}

/* Such objects are not likely to be asked for again soon. */
static ssize_t
decay_ms(unsigned i, bool muzzy)
{
	ssize_t ms = _bas_decay_ms_default(muzzy);

	if (i == arenas.nauto && arenas.has_oversize && ms > 0 &&
	    !_bas_options.background_thread)
		return (0);
	return (ms);
}

static struct arena *
arena_new(unsigned i)
{
	struct arena *arena;

	/* Bins are zeros until they are used. */
	arena = _bas_base_zeros(_bas_arena_bytes());
	if (arena == NULL)
		return (NULL);
	_bas_page_init(&arena->pages, decay_ms(i, false), decay_ms(i, true));
	_bas_lock_init(&arena->maintenance, RANK_MAINTENANCE);
	arena->index = i;
	arena_begin(arena);
	return (arena);
}

static void
arena_show(struct arena *arena)
{

	atomic_store_explicit(&table[arena->index], arena,
	    memory_order_release);
}

/* Neither automatic nor the one for what is oversize. */
static bool
is_created(unsigned i)
{

	return (i >= arenas.nauto + arenas.has_oversize);
}

struct arena *
_bas_arena_make(unsigned i)
{
	struct arena *arena;

	arena = _bas_arena_get(i);
	if (arena != NULL || is_created(i))
		return (arena);
	lock_take(&arenas.lock);
	arena = _bas_arena_get(i);
	if (arena == NULL) {
		arena = arena_new(i);
		if (arena != NULL)
			arena_show(arena);
	}
	lock_give(&arenas.lock);
	return (arena);
}

/* The upper half of the numbers are the cores' second threads. */
struct arena *
_bas_arena_of_cpu(void)
{
	unsigned cpu;

	if (arenas.ncpus == 0)
		return (NULL);
	cpu = _bas_os_cpu();
	if (_bas_options.percpu_arena == PERCPU_CORE && cpu >= arenas.ncpus)
		cpu -= arenas.ncpus;
	return (_bas_arena_make(cpu % arenas.ncpus));
}

struct arena *
_bas_arena_choose(void)
{
	struct arena *arena, *best;
	unsigned i, n, fewest = 0;

	best = _bas_arena_of_cpu();
	if (best != NULL)
		return (best);
	for (i = 0; i < arenas.nauto; i++) {
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
	if (i < arenas.nauto && (best == NULL || fewest != 0)) {
		arena = _bas_arena_make(i);
		if (arena != NULL)
			best = arena;
	}
	return (best);
}

unsigned
_bas_arena_shard(struct arena *arena)
{

	return (atomic_fetch_add_explicit(&arena->nshards, 1,
	    memory_order_relaxed));
}

struct arena *
_bas_arena_for(struct arena *own, size_t size)
{
	struct arena *arena;

	if (!arenas.has_oversize || size < _bas_options.oversize_threshold ||
	    !arena_is_auto(own))
		return (own);
	arena = _bas_arena_make(arenas.nauto);
	return (arena != NULL ? arena : own);
}

int
_bas_arena_join(unsigned i, struct arena **arena)
{
	int error = 0;

	if (i >= _bas_arena_count())
		return (EFAULT);
	*arena = _bas_arena_make(i);
	if (*arena == NULL)
		return (is_created(i) ? EFAULT : EAGAIN);
	/* The lock, so that it is not destroyed meanwhile. */
	lock_take(&arenas.lock);
	if (_bas_arena_get(i) == *arena)
		atomic_fetch_add_explicit(&(*arena)->nthreads, 1,
		    memory_order_relaxed);
	else
		error = EFAULT;
	lock_give(&arenas.lock);
	return (error);
}

/*
 * One that was destroyed is not in anybody's hands but those of threads
 * that have come by with the table; they find nothing to do.
 */
static struct arena *
arena_revive(void)
{
	struct arena *arena = arenas.gone;
	unsigned i;

	if (arena == NULL)
		return (NULL);
	arenas.gone = arena->next_gone;
	_bas_page_set_extents(&arena->pages, &_bas_extents);
	for (i = 0; i < 2; i++)
		_bas_purge_set_ms(&arena->pages, i, decay_ms(arena->index, i));
	_bas_purge_set_max(&arena->pages, _bas_options.dirty_max);
	arena_begin(arena);
	return (arena);
}

/* The lock is not held when hooks can be called: they may allocate. */
int
_bas_arena_create(extent_hooks_t *hooks, unsigned *index)
{
	struct arena *arena;
	unsigned n;

	lock_take(&arenas.lock);
	n = _bas_arena_count();
	arena = arena_revive();
	if (arena == NULL && n < ARENAS_MAX)
		arena = arena_new(n);
	if (arena == NULL) {
		lock_give(&arenas.lock);
		return (EAGAIN);
	}
	_bas_arena_hook(arena, hooks);
	atomic_store_explicit(&arena->gone, false, memory_order_release);
	arena_show(arena);
	if (arena->index == n)
		atomic_store_explicit(&arenas.count, n + 1,
		    memory_order_release);
	lock_give(&arenas.lock);
	*index = arena->index;
	return (0);
}

int
_bas_arena_set_hooks(unsigned i, extent_hooks_t *hooks, extent_hooks_t **old)
{
	struct arena *arena;

	if (i >= _bas_arena_count())
		return (EFAULT);
	arena = _bas_arena_make(i);
	if (arena == NULL)
		return (is_created(i) ? EFAULT : EAGAIN);
	lock_take(&arenas.lock);
	*old = _bas_arena_hooks(arena);
	_bas_arena_hook(arena, hooks);
	lock_give(&arenas.lock);
	return (0);
}

int
_bas_arena_reset(unsigned i)
{
	struct arena *arena = is_created(i) ? _bas_arena_get(i) : NULL;
	int error = EFAULT;

	if (arena == NULL)
		return (EFAULT);
	_bas_arena_hold(arena);
	if (_bas_arena_get(i) == arena) {
		_bas_arena_discard(arena);
		_bas_purge_decay(&arena->pages, _bas_os_clock());
		error = 0;
	}
	_bas_arena_let_go(arena);
	return (error);
}

/* From here on nobody else finds it. */
static struct arena *
arena_claim(unsigned i)
{
	struct arena *arena;

	lock_take(&arenas.lock);
	arena = is_created(i) ? _bas_arena_get(i) : NULL;
	/* Acquire: what threads that have gone did here is over and seen. */
	if (arena != NULL && atomic_load_explicit(&arena->nthreads,
	    memory_order_acquire) != 0)
		arena = NULL;
	if (arena != NULL)
		atomic_store_explicit(&arena->gone, true,
		    memory_order_relaxed);
	lock_give(&arenas.lock);
	return (arena);
}

/*
 * What threads of this arena gave back of others' objects, and they of its,
 * leaves a rest that only the sum over all arenas makes up for.
 */
static void
share_leave(struct arena *arena)
{
	size_t rest = atomic_exchange_explicit(&arena->small_allocated, 0,
	    memory_order_relaxed);
	struct arena *other = NULL;
	unsigned i;

	for (i = 0; i < arenas.nauto && other == NULL; i++)
		other = _bas_arena_get(i);
	if (other != NULL)
		atomic_fetch_add_explicit(&other->small_allocated, rest,
		    memory_order_relaxed);
}

int
_bas_arena_destroy(unsigned i)
{
	struct arena *arena = arena_claim(i);

	if (arena == NULL)
		return (EFAULT);
	_bas_arena_hold(arena);
	_bas_arena_end(arena);
	_bas_arena_let_go(arena);
	lock_take(&arenas.lock);
	_bas_arena_stats_retire(arena);
	share_leave(arena);
	lock_give(&arenas.lock);
	_bas_arena_reset_mutexes(arena);
	lock_take(&arenas.lock);
	arena->next_gone = arenas.gone;
	arenas.gone = arena;
	lock_give(&arenas.lock);
	return (0);
}

struct arena *
_bas_arena_at(unsigned i)
{

	return (atomic_load_explicit(&table[i], memory_order_acquire));
}

struct lock *
_bas_arenas_lock(void)
{

	return (&arenas.lock);
}

void
_bas_arenas_forget_gone(void)
{

	arenas.gone = NULL;
}
