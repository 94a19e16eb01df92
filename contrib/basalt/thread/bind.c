/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "heap/arena.h"
#include "thread/bind.h"
#include "thread/cache.h"

static void
bind_to(struct cache *cache, struct arena *arena)
{

	if (cache->arena != NULL)
		_bas_cache_count(cache);
	cache_set_arena(cache, arena);
	cache->shard = _bas_arena_shard(arena);
}

/*
 * The counts are relaxed: two threads that choose at once may choose the
 * same arena, and the next ones even that out.
 */
struct arena *
_bas_bind(struct cache *cache)
{
	struct arena *arena;

	arena = _bas_arena_choose();
	if (arena == NULL)
		return (NULL);
	atomic_fetch_add_explicit(&arena->nthreads, 1, memory_order_relaxed);
	bind_to(cache, arena);
	return (arena);
}

/* The pointer goes first: a child of fork must not count down again. */
void
_bas_unbind(struct cache *cache)
{
	struct arena *arena = cache->arena;

	cache_set_arena(cache, NULL);
	cache_order();
	if (arena != NULL)
		atomic_fetch_sub_explicit(&arena->nthreads, 1,
		    memory_order_release);
}

/* The new one has been counted already. */
static void
bind_move(struct cache *cache, struct arena *arena)
{
	struct arena *old = cache->arena;

	bind_to(cache, arena);
	if (old != NULL)
		atomic_fetch_sub_explicit(&old->nthreads, 1,
		    memory_order_release);
}

int
_bas_rebind(struct cache *cache, unsigned i)
{
	struct arena *old = cache->arena, *arena;
	int error;

	if (old != NULL && old->index == i)
		return (0);
	error = _bas_arena_join(i, &arena);
	if (error != 0)
		return (error);
	bind_move(cache, arena);
	return (0);
}

void
_bas_bind_follow(struct cache *cache)
{
	struct arena *arena;

	if (!arena_is_auto(cache->arena))
		return;
	arena = _bas_arena_of_cpu();
	if (arena == NULL || arena == cache->arena)
		return;
	atomic_fetch_add_explicit(&arena->nthreads, 1, memory_order_relaxed);
	bind_move(cache, arena);
}

/*
 * Another thread may have been between two arenas.  What is right already is
 * not written: that would cost the child a page.
 */
void
_bas_bind_recount(const struct cache *own)
{
	struct arena *arena;
	unsigned i, n = _bas_arena_count(), nthreads;

	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		nthreads = own != NULL && own->arena == arena;
		if (arena != NULL && atomic_load_explicit(&arena->nthreads,
		    memory_order_relaxed) != nthreads)
			atomic_store_explicit(&arena->nthreads, nthreads,
			    memory_order_relaxed);
	}
}
