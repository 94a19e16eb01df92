/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * How much a cache may keep: which classes, and how many objects of each.
 * The options say what caches begin with.
 */
#include <errno.h>
#include <string.h>

#include "thread/cache.h"
#include "thread/tsd.h"
#include "util/options.h"

/* Sealed by _bas_cache_setup(). */
static BASALT_TOGETHER uint16_t slots_default[SC_COUNT];

/* As many of the n slots as a class may have at all. */
static unsigned
slots_clip(unsigned class, size_t n)
{
	size_t few = CACHE_FEW_BYTES / sizeclass_size(class);

	if (few < CACHE_SLOTS_FEW)
		few = CACHE_SLOTS_FEW;
	if (few > CACHE_SLOTS_MAX)
		few = CACHE_SLOTS_MAX;
	return ((unsigned)(n < few ? n : few));
}

static void
slots_set(uint16_t *most, size_t start, size_t end, size_t n)
{
	unsigned class, last;

	if (start > SC_CLASS_MAX)
		return;
	last = sizeclass_of(end < SC_CLASS_MAX ? end : SC_CLASS_MAX);
	for (class = sizeclass_of(start); class <= last; class++)
		most[class] = (uint16_t)slots_clip(class, n);
}

void
_bas_cache_setup(void)
{
	const struct option_ranges *set = &_bas_options.tcache_ncached_max;
	const struct option_range *range;
	unsigned i;

	slots_set(slots_default, 0, SC_SMALL_MAX,
	    _bas_options.tcache_nslots_small_max);
	slots_set(slots_default, SC_SMALL_MAX + 1, SC_CLASS_MAX,
	    _bas_options.tcache_nslots_large);
	for (i = 0; i < set->n; i++) {
		range = &set->range[i];
		slots_set(slots_default, range->start, range->end,
		    range->value);
	}
}

unsigned
_bas_cache_classes(size_t max)
{

	if (max > OPTIONS_TCACHE_MAX_LIMIT)
		max = OPTIONS_TCACHE_MAX_LIMIT;
	return (max == 0 ? 0 : sizeclass_of(max));
}

void
_bas_cache_bounds(struct cache *cache)
{

	cache->nclass =
	    (uint8_t)_bas_cache_classes(_bas_options.tcache_max);
	memcpy(cache->most, slots_default, sizeof(cache->most));
}

/* What is above the bounds goes back. */
static void
cache_fit(struct cache *cache)
{
	unsigned class;

	for (class = 1; class <= SC_NCLASS; class++)
		_bas_cache_limit(cache, class, class <= cache->nclass ?
		    cache->most[class] : 0);
}

size_t
_bas_thread_cache_max(void)
{
	struct cache *cache = _bas_tsd_cache();

	return (cache == NULL ? 0 : sizeclass_size(cache->nclass));
}

void
_bas_thread_cache_set_max(size_t max)
{
	struct cache *cache = _bas_tsd_cache();

	if (cache == NULL)
		return;
	cache->nclass = (uint8_t)_bas_cache_classes(max);
	cache_fit(cache);
}

int
_bas_thread_cache_slots(size_t size, size_t *n)
{
	struct cache *cache = _bas_tsd_cache();
	unsigned class;
	size_t most;

	if (size > SC_CLASS_MAX)
		return (EINVAL);
	if (cache == NULL || !cache->enabled)
		return (ENOENT);
	class = sizeclass_of(size);
	most = CACHE_CLASS_MAX / sizeclass_size(class);
	*n = class > cache->nclass ? 0 :
	    most < cache->most[class] ? most : cache->most[class];
	return (0);
}

int
_bas_thread_cache_set_slots(size_t start, size_t end, size_t n)
{
	struct cache *cache = _bas_tsd_cache();

	if (start > end)
		return (EINVAL);
	if (cache == NULL || !cache->enabled)
		return (ENOENT);
	slots_set(cache->most, start, end, n);
	cache_fit(cache);
	return (0);
}
