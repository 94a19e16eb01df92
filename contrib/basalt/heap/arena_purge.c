/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What is unused of an arena, back: by time, by request, or for want. */
#include <limits.h>

#include "heap/arena.h"
#include "os/os.h"
#include "page/extent.h"
#include "page/purge.h"
#include "util/options.h"

/* Inboxes drained, empty slabs given back to the pages. */
static void
arena_trim(struct arena *arena)
{
	unsigned i;

	for (i = 1; i <= _bas_arena_nbins(); i++)
		if (arena_bin_is_used(arena, i))
			(void)_bas_bin_trim(&arena->bins[i]);
}

/* Slabs thinned, and looked at, before the caller goes on. */
#define	THIN_PURGES	128
#define	THIN_LOOKS	4096
/* A pass takes this share of the decay time, but not less than so long. */
#define	THIN_PASSES	4
#define	THIN_PERIOD_MIN	((uint64_t)100 * 1000000)
/*
 * What one step has left, another takes up after so long.  A step may take
 * THIN_TIME longer than one that purges pages alone: with less, 4 GiB of which
 * a random nine tenths were freed took minutes (decay.md has the figures).
 */
#define	THIN_STEP	((uint64_t)3 * 1000000)
#define	THIN_TIME	((uint64_t)300000)

/*
 * Where nothing was freed since, a pass finds what the last one found.  The
 * first few do what there is to do; after that they come less and less
 * often, so that an idle process sleeps.
 */
#define	THIN_STILL	3
#define	THIN_REST	4	/* up to 2^4 times the period */

static unsigned
thin_rest(struct arena *arena)
{
	unsigned nbins = _bas_arena_nbins(), i;
	uint64_t sum = 0;

	for (i = 1; i <= nbins; i++)
		if (arena_bin_is_used(arena, i))
			sum += counter_read(&arena->bins[i].ndalloc);
	if (sum != arena->thin_sum)
		arena->thin_still = 0;
	else if (arena->thin_still < THIN_STILL + THIN_REST)
		arena->thin_still++;
	arena->thin_sum = sum;
	return (arena->thin_still < THIN_STILL ? 0 :
	    arena->thin_still - THIN_STILL);
}

/*
 * One step of thinning, from the bin on where the last one ended.
 */
static uint64_t
thin_step(struct arena *arena, uint64_t now, uint64_t period, uint64_t until)
{
	struct thin thin = { .looks = THIN_LOOKS, .purges = THIN_PURGES,
	    .until = until };
	unsigned nbins = _bas_arena_nbins(), i;
	bool more = false;

	i = atomic_load_explicit(&arena->thin_bin, memory_order_relaxed);
	while (i <= nbins && !more && thin.looks > 0) {
		more = arena_bin_is_used(arena, i) &&
		    _bas_bin_thin(&arena->bins[i], false, &thin);
		i += !more;
	}
	if (i <= nbins) {
		atomic_store_explicit(&arena->thin_bin, i,
		    memory_order_relaxed);
		return (now + THIN_STEP);
	}
	for (i = 1; i <= nbins; i++)
		if (arena_bin_is_used(arena, i))
			_bas_bin_pass(&arena->bins[i]);
	atomic_store_explicit(&arena->thin_bin, 1, memory_order_relaxed);
	return (now + (period << thin_rest(arena)));
}

/* When slabs are to be thinned; UINT64_MAX: never. */
static uint64_t
thin_due(struct arena *arena)
{

	return (arena_decay_ms(arena, false) < 0 ? UINT64_MAX :
	    atomic_load_explicit(&arena->thin_due, memory_order_relaxed));
}

static void
arena_thin(struct arena *arena, uint64_t now, uint64_t until)
{
	ssize_t ms = arena_decay_ms(arena, false);
	uint64_t period, due;

	if (ms < 0)
		return;
	due = thin_due(arena);
	if (now >= due) {
		period = (uint64_t)ms * 1000000 / THIN_PASSES;
		if (period < THIN_PERIOD_MIN)
			period = THIN_PERIOD_MIN;
		due = thin_step(arena, now, period, until);
		atomic_store_explicit(&arena->thin_due, due,
		    memory_order_relaxed);
	}
	_bas_purge_wake(due);
}

bool
_bas_arena_is_held(struct arena *arena)
{

	return (atomic_load_explicit(&arena->holder, memory_order_relaxed) ==
	    lock_self());
}

static void
holder_set(struct arena *arena, uintptr_t holder)
{

	atomic_store_explicit(&arena->holder, holder, memory_order_relaxed);
}

/*
 * False: another thread is at it, and will let the next slow path come by
 * when it is done.  It may have been done already when it was told so.
 */
static bool
arena_try(struct arena *arena)
{
	bool done = lock_try(&arena->maintenance);

	if (!done) {
		/* Release: who takes the note sees what is due by then. */
		atomic_store_explicit(&arena->wanted, true,
		    memory_order_release);
		/* One of us two sees the other: see _bas_arena_let_go. */
		atomic_thread_fence(memory_order_seq_cst);
		done = lock_try(&arena->maintenance);
	}
	if (done)
		holder_set(arena, lock_self());
	return (done);
}

void
_bas_arena_hold(struct arena *arena)
{

	/* In a hook of another one, for which a fork waits. */
	if (_bas_arenas_is_purging())
		_bas_lock_take_open(&arena->maintenance);
	else
		lock_take(&arena->maintenance);
	holder_set(arena, lock_self());
}

/* The lock is free, and a fence lies between that and this. */
static void
note_take(struct arena *arena)
{

	if (!atomic_load_explicit(&arena->wanted, memory_order_relaxed))
		return;
	/*
	 * Exchanged, since a store might come late and take away a note that
	 * was left meanwhile; acquire, so that what is due is looked at after.
	 */
	if (atomic_exchange_explicit(&arena->wanted, false,
	    memory_order_acquire)) {
		_bas_purge_wake(_bas_os_clock());
		_bas_purge_rouse();
	}
}

void
_bas_arena_let_go(struct arena *arena)
{

	holder_set(arena, 0);
	lock_give(&arena->maintenance);
	atomic_thread_fence(memory_order_seq_cst);
	note_take(arena);
}

void
_bas_arenas_opened(void)
{
	unsigned i, n = _bas_arena_count();
	struct arena *arena;

	atomic_thread_fence(memory_order_seq_cst);
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			note_take(arena);
	}
}

static void
arena_purge(struct arena *arena)
{
	struct thin thin = { .until = UINT64_MAX };
	unsigned i;

	arena_trim(arena);
	for (i = 1; i <= _bas_arena_nbins(); i++) {
		thin.looks = thin.purges = UINT_MAX;
		if (arena_bin_is_used(arena, i))
			(void)_bas_bin_thin(&arena->bins[i], true, &thin);
	}
	_bas_purge_all(&arena->pages);
}

void
_bas_arena_purge(struct arena *arena)
{

	_bas_arena_hold(arena);
	arena_purge(arena);
	_bas_arena_let_go(arena);
}

/* Pages are purged even if thinning has used up the time. */
static void
arena_decay(struct arena *arena, uint64_t now, uint64_t until)
{

	arena_thin(arena, now, until == UINT64_MAX ? until :
	    until + THIN_TIME);
	_bas_purge_step(&arena->pages, now, until);
}

void
_bas_arena_decay(struct arena *arena)
{

	_bas_arena_hold(arena);
	arena_decay(arena, _bas_os_clock(), UINT64_MAX);
	_bas_arena_let_go(arena);
}

/* Nothing to do for long where there are a thousand: one look. */
static uint64_t
arena_due(struct arena *arena)
{
	uint64_t due, thin = thin_due(arena);

	due = atomic_load_explicit(&arena->pages.due, memory_order_relaxed);
	return (due < thin ? due : thin);
}

/* True: it was at it. */
static bool
arena_visit(struct arena *arena, uint64_t now, uint64_t until)
{
	uint64_t due = arena_due(arena);

	if (now < due) {
		_bas_purge_wake(due);
		return (false);
	}
	if (!arena_try(arena))
		return (false);
	arena_decay(arena, now, until);
	_bas_arena_let_go(arena);
	return (true);
}

void
_bas_arenas_decay(unsigned first, unsigned step)
{
	unsigned n = _bas_arena_count(), i;
	uint64_t now = _bas_os_clock();
	struct arena *arena;

	/* See _bas_purge_set_due. */
	atomic_thread_fence(memory_order_seq_cst);
	for (i = first; i < n; i += step) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			(void)arena_visit(arena, now, UINT64_MAX);
	}
}

/*
 * Where the next step begins, so that each arena has its turn.  Relaxed: any
 * place is good.
 */
static _Atomic unsigned turn;

/* The same, but no longer than PURGE_TIME, or nearly: then the rest waits. */
static void
arenas_step(void)
{
	unsigned n = _bas_arena_count(), k, i;
	uint64_t now = _bas_os_clock(), exact = _bas_os_clock_exact();
	uint64_t until = exact + PURGE_TIME;
	struct arena *arena;

	atomic_thread_fence(memory_order_seq_cst);
	i = atomic_load_explicit(&turn, memory_order_relaxed);
	for (k = 0; k < n; k++, i++) {
		arena = _bas_arena_get(i % n);
		if (arena == NULL || !arena_visit(arena, now, until) ||
		    _bas_os_clock_exact() < until)
			continue;
		atomic_store_explicit(&turn, (i + 1) % n,
		    memory_order_relaxed);
		_bas_purge_wake(now + PURGE_REST);
		break;
	}
	_bas_purge_rouse();
}

void
_bas_arenas_tick(uint64_t now)
{
	uint64_t grace = atomic_load_explicit(&_bas_purge_grace,
	    memory_order_relaxed);

	/* What may not stay at all goes, even if others have taken it. */
	if (now == UINT64_MAX)
		_bas_arenas_decay(0, 1);
	else if (_bas_purge_claim(now, grace))
		arenas_step();
}

bool
_bas_arenas_is_purging(void)
{
	unsigned i, n = _bas_arena_count();
	struct arena *arena;

	for (i = 0; i < n; i++) {
		arena = _bas_arena_at(i);
		if (arena != NULL && _bas_arena_is_held(arena))
			return (true);
	}
	return (false);
}

/*
 * A hook of an arena that is being purged may allocate and come here.  It
 * waits for no other arena: somebody may be purging that, and wait for this.
 */
bool
_bas_arenas_squeeze(size_t size)
{
	struct arena *arena;
	unsigned i, n;

	if (size > _bas_extent_mapped())
		return (false);
	n = _bas_arenas_is_purging() ? 0 : _bas_arena_count();
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			_bas_arena_purge(arena);
	}
	(void)_bas_extent_trim();
	return (true);
}

bool
_bas_arena_set_decay_ms(struct arena *arena, bool muzzy, ssize_t ms)
{

	if (ms < -1 || ms > OPTIONS_DECAY_MS_LIMIT)
		return (true);
	_bas_arena_hold(arena);
	_bas_purge_set_ms(&arena->pages, muzzy, ms);
	_bas_arena_let_go(arena);
	return (false);
}

void
_bas_arena_set_dirty_max(struct arena *arena, ssize_t max)
{

	_bas_arena_hold(arena);
	_bas_purge_set_max(&arena->pages, max);
	_bas_arena_let_go(arena);
}
