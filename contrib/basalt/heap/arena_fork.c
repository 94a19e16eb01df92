/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Arenas over a fork: their locks, or what is left of them in a child. */
#include "heap/arena.h"
#include "page/page.h"
#include "page/purge.h"

/* The first whose maintenance cannot be had; NULL: all are held. */
static struct arena *
maintenance_rest(void)
{
	unsigned i, n = _bas_arena_count();
	struct arena *arena;

	for (i = 0; i < n; i++) {
		arena = _bas_arena_at(i);
		/* This thread's own hold, in a hook, goes on in the child. */
		if (arena == NULL || arena->over_fork ||
		    _bas_arena_is_held(arena))
			continue;
		if (!_bas_lock_fork_try(&arena->maintenance))
			return (arena);
		arena->over_fork = true;
	}
	return (NULL);
}

void
_bas_arenas_fork_let_go(void (*f)(struct lock *))
{
	unsigned i, n = _bas_arena_count();
	struct arena *arena;

	for (i = 0; i < n; i++) {
		arena = _bas_arena_at(i);
		if (arena == NULL || !arena->over_fork)
			continue;
		arena->over_fork = false;
		f(&arena->maintenance);
	}
}

void
_bas_arenas_fork_hold(void)
{
	struct arena *arena;

	while ((arena = maintenance_rest()) != NULL) {
		_bas_arenas_fork_let_go(_bas_lock_fork_give);
		_bas_lock_fork_take(&arena->maintenance);
		arena->over_fork = true;
	}
}

bool
_bas_arenas_fork_held(void)
{

	return (maintenance_rest() == NULL);
}

static void
arena_locks(struct arena *arena, enum lock_rank rank,
    void (*f)(struct lock *))
{
	unsigned i, n = _bas_arena_nbins();

	if (rank == RANK_BIN)
		for (i = 1; i <= n; i++)
			f(&arena->bins[i].lock);
	if (rank == RANK_PAGES)
		f(&arena->pages.lock);
	/* One that never had hooks has no such lock. */
	if (rank == RANK_EXTENTS && atomic_load_explicit(
	    &arena->extents.hooks, memory_order_relaxed) != NULL)
		f(&arena->extents.lock);
}

void
_bas_arenas_locks(enum lock_rank rank, void (*f)(struct lock *))
{
	unsigned i, n = _bas_arena_count();
	struct arena *arena;

	if (rank == RANK_ARENAS) {
		f(_bas_arenas_lock());
		return;
	}
	for (i = 0; i < n; i++) {
		arena = _bas_arena_at(i);
		if (arena != NULL)
			arena_locks(arena, rank, f);
	}
}

/* As if another thread held it. */
static void
lock_seize(struct lock *lock)
{

	atomic_store_explicit(&lock->word, 1, memory_order_relaxed);
}

/*
 * Bins and pages that another thread was emptying are set aside like those
 * that it had locked.  Where it is the forking thread that is at it, in a
 * hook, it goes on with that.
 */
static void
arena_mend(struct arena *arena)
{
	bool mine = _bas_arena_is_held(arena);
	bool aside = arena->resetting && !mine;
	struct bin *bin;
	unsigned i;

	if (arena->over_fork)
		arena->over_fork = false;
	if (lock_is_held(&arena->maintenance) && !mine) {
		_bas_lock_init(&arena->maintenance, RANK_MAINTENANCE);
		atomic_store_explicit(&arena->holder, 0,
		    memory_order_relaxed);
	}
	/* Who is only read costs the child no page. */
	if (aside) {
		arena->resetting = false;
		lock_seize(&arena->pages.lock);
	}
	_bas_page_mend(&arena->pages);
	for (i = 1; i <= _bas_arena_nbins(); i++) {
		bin = &arena->bins[i];
		if (aside)
			lock_seize(&bin->lock);
		_bas_bin_mend(bin);
	}
}

void
_bas_arenas_mend(void)
{
	struct arena *arena;
	unsigned i, n;

	/* The index of one that another thread was destroying is lost. */
	if (lock_is_held(_bas_arenas_lock())) {
		_bas_arenas_forget_gone();
		_bas_lock_init(_bas_arenas_lock(), RANK_ARENAS);
	}
	/* Another thread may have been about to purge. */
	_bas_purge_mend();
	n = _bas_arena_count();
	for (i = 0; i < n; i++) {
		arena = _bas_arena_at(i);
		if (arena != NULL)
			arena_mend(arena);
	}
}
