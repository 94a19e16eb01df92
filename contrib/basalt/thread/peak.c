/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The most that a thread has had in use at a time.
 *
 * Allocations count only what they must, so what is in use has to be summed
 * up over all classes, which takes as long as some hundred allocations.  It
 * is done for threads that have asked once, at their events.
 */
#include "thread/tsd.h"

static int64_t
in_use(void)
{
	uint64_t allocated, deallocated;

	_bas_thread_counts(&allocated, &deallocated);
	/* A thread may free what others allocated. */
	return ((int64_t)(allocated - deallocated));
}

void
_bas_peak_note(struct cache *cache)
{
	int64_t now = in_use() - cache->peak_base;

	if (now > cache->peak)
		cache->peak = now;
}

uint64_t
_bas_thread_peak(void)
{
	struct cache *cache = _bas_tsd_cache();

	if (cache == NULL)
		return (0);
	cache->peak_on = cache->watched = true;
	_bas_peak_note(cache);
	return ((uint64_t)cache->peak);
}

void
_bas_thread_peak_reset(void)
{
	struct cache *cache = _bas_tsd_cache();

	if (cache == NULL)
		return;
	cache->peak_on = cache->watched = true;
	cache->peak_base = in_use();
	cache->peak = 0;
}
