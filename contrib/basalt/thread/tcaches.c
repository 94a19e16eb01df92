/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>

#include "os/os.h"
#include "thread/cache.h"
#include "thread/object.h"
#include "thread/tcaches.h"
#include "thread/tsd.h"
#include "util/lock.h"

static struct {
	struct lock	lock;		/* for changes */
	unsigned	first;		/* no number below it is free */
} tcaches = { .lock = LOCK_INITIALIZER(RANK_TSD) };

/* Release when it is made, acquire when it is looked up. */
static _Atomic(struct cache *) table[TCACHES_MAX];

static struct cache *
table_get(unsigned id)
{

	return (atomic_load_explicit(&table[id],
	    memory_order_acquire));
}

static void
table_set(unsigned id, struct cache *cache)
{

	atomic_store_explicit(&table[id], cache,
	    memory_order_release);
}

struct cache *
_bas_tcache_of(unsigned id)
{

	return (id < TCACHES_MAX ? table_get(id) : NULL);
}

static void
cache_begin(struct cache *cache)
{

	cache->enabled = cache->named = true;
	cache->gc_time = cache->event_time = _bas_os_clock();
	cache_set_live(cache, true);
}

int
_bas_tcache_create(unsigned *id)
{
	struct cache *cache;
	unsigned i;

	cache = _bas_tsd_block_take();
	if (cache == NULL)
		return (EFAULT);
	cache_begin(cache);
	lock_take(&tcaches.lock);
	for (i = tcaches.first; i < TCACHES_MAX && table_get(i) != NULL; i++)
		continue;
	tcaches.first = i;
	if (i < TCACHES_MAX) {
		table_set(i, cache);
		tcaches.first++;
	}
	lock_give(&tcaches.lock);
	if (i == TCACHES_MAX) {
		_bas_tsd_block_give(cache);
		return (EFAULT);
	}
	*id = i;
	return (0);
}

void
_bas_tcache_lead(struct cache *cache, const struct origin *from)
{

	if (cache->arena != from->arena) {
		if (cache->arena != NULL)
			_bas_cache_count(cache);
		cache_set_arena(cache, from->arena);
	}
	cache->shard = from->shard;
}

/* Its objects go where they came from, by way of the caller's arena. */
static int
cache_empty(struct cache *cache)
{
	struct origin own;

	if (!_bas_origin_own(&own))
		return (EFAULT);
	_bas_tcache_lead(cache, &own);
	_bas_cache_flush(cache);
	return (0);
}

int
_bas_tcache_flush(unsigned id)
{
	struct cache *cache = _bas_tcache_of(id);

	return (cache != NULL ? cache_empty(cache) : EFAULT);
}

int
_bas_tcache_destroy(unsigned id)
{
	struct cache *cache;

	if (id >= TCACHES_MAX)
		return (EFAULT);
	lock_take(&tcaches.lock);
	cache = table_get(id);
	table_set(id, NULL);
	if (cache != NULL && id < tcaches.first)
		tcaches.first = id;
	lock_give(&tcaches.lock);
	if (cache == NULL || cache_empty(cache) != 0)
		return (EFAULT);
	cache_set_arena(cache, NULL);
	_bas_tsd_block_give(cache);
	return (0);
}

struct lock *
_bas_tcaches_lock(void)
{

	return (&tcaches.lock);
}

/* Others stay as the program left them: it may be in the middle of a use. */
void
_bas_tcaches_mend(void)
{
	struct cache *cache;
	unsigned i;

	_bas_lock_init(&tcaches.lock, RANK_TSD);
	tcaches.first = 0;
	for (i = 0; i < TCACHES_MAX; i++) {
		cache = table_get(i);
		if (cache == NULL || cache->busy != CACHE_BUSY)
			continue;
		_bas_cache_init(cache, CACHE_LIVE);
		cache_begin(cache);
	}
}
