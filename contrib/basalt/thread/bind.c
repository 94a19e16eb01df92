/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "heap/arena.h"
#include "thread/bind.h"
#include "thread/cache.h"

/*
 * The counts are relaxed: two threads that choose at once may choose the
 * same arena, and the next ones even that out.
 */
struct arena *
_bas_bind(struct cache *cache)
{

	cache->arena = _bas_arena_choose();
	if (cache->arena != NULL)
		atomic_fetch_add_explicit(&cache->arena->nthreads, 1,
		    memory_order_relaxed);
	return (cache->arena);
}

/* The pointer goes first: a child of fork must not count down again. */
void
_bas_unbind(struct cache *cache)
{
	struct arena *arena = cache->arena;

	cache->arena = NULL;
	atomic_signal_fence(memory_order_release);
	if (arena != NULL)
		atomic_fetch_sub_explicit(&arena->nthreads, 1,
		    memory_order_relaxed);
}
