/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Arenas over a fork: their locks, or what is left of them in a child. */
#include "heap/arena.h"
#include "page/page.h"
#include "page/purge.h"

static void
arena_locks(struct arena *arena, enum lock_rank rank,
    void (*f)(struct lock *))
{
	unsigned i, n = _bas_arena_nbins();

	if (rank == RANK_MAINTENANCE && !_bas_arena_is_held(arena))
		f(&arena->maintenance);
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
