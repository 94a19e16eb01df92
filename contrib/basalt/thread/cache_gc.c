/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a cache does as time goes by: shrink where it is idle, and let
 * arenas purge.
 */
#include "heap/arena.h"
#include "os/os.h"
#include "page/purge.h"
#include "thread/background.h"
#include "thread/cache.h"
#include "thread/event.h"
#include "thread/sample.h"
#include "thread/tsd.h"

#define	MS			((uint64_t)1000000)
#define	GC_PERIOD		(100 * MS)
#define	GC_PERIOD_LEAST		(10 * MS)
/*
 * A thread that slows down to ten takes a second has its next event
 * within the decay time, or nearly: this many takes a second of that.
 */
#define	TAKES_A_SECOND		10
#define	INTERVAL_MAX		255
/* Events are to be this far apart, so that a slow thread looks often. */
#define	EVENT_FAR		(20 * MS)
#define	EVENT_NEAR		(2 * MS)
/* Of its slots, that a stack is to take from in a period. */
#define	SLOTS_IDLE		8
/* After a collection each class looks again this soon. */
#define	INTERVAL_SOON		8

/* What was taken since the last event is the arena's to count. */
static void
takes_count(struct cache *cache, unsigned class)
{
	struct cache_class *cold = &cache->class[class];
	uint64_t takes = cache_takes(cache, class);

	if (takes == cold->takes)
		return;
	arena_request(cache->arena, class, takes - cold->takes);
	cold->takes = takes;
}

/* Start the count to the next event of a class; pass: it is at one. */
static inline void
event_draw(struct cache *cache, unsigned class, uint32_t interval, bool pass)
{
	struct cache_class *cold = &cache->class[class];

	if (unlikely(_bas_event_bounded))
		interval = _bas_event_distance(cache, class, interval, pass);
	takes_count(cache, class);
	cold->drawn = (uint8_t)interval;
	cache->left[class] = (int32_t)interval;
}

/* The count goes on where it is. */
void
_bas_cache_count(struct cache *cache)
{
	unsigned class, i;
	uint64_t seen;
	int32_t left;

	for (i = 0; i < CACHE_SEEN; i++)
		for (seen = cache->seen[i]; seen != 0; seen &= seen - 1) {
			class = i * 64 + bit_first(seen);
			left = cache->left[class];
			event_draw(cache, class, left > 0 ?
			    (uint32_t)left : 0, false);
		}
}

void
_bas_cache_one(struct cache *cache, unsigned class)
{
	uint32_t left = cache->left[class] > 0 ?
	    (uint32_t)cache->left[class] : 0, n;

	n = _bas_sample_one(cache, class, left);
	if (n < left)
		event_draw(cache, class, n, false);
}

static void
time_passed(struct cache *cache, uint64_t now)
{

	if (now - cache->gc_time >= GC_PERIOD)
		_bas_cache_gc(cache, now);
	if (unlikely(now >= purge_due()))
		_bas_arenas_tick(now);
	background_note();
	if (unlikely(event_is_watched(cache)))
		_bas_event_note(cache);
}

static uint32_t
interval_max(const struct cache *cache)
{
	ssize_t ms = arena_decay_ms(cache->arena, false);

	if (ms <= 0 || ms > INTERVAL_MAX * (1000 / TAKES_A_SECOND))
		return (INTERVAL_MAX);
	return ((uint32_t)ms / (1000 / TAKES_A_SECOND) + 1);
}

/*
 * The interval adapts to the thread: one that allocates rarely looks at
 * the clock at nearly every take, since it may be the only one that can
 * purge; a busy one as seldom as interval_max() lets it.
 */
void
_bas_cache_event(struct cache *cache, unsigned class)
{
	uint64_t now = _bas_os_clock(), since = now - cache->event_time;
	uint32_t max = interval_max(cache);

	cache->event_time = now;
	if (since < EVENT_NEAR)
		cache->interval *= 2;
	else if (since > EVENT_FAR)
		cache->interval = cache->interval > 4 ?
		    cache->interval / 4 : 1;
	if (cache->interval > max)
		cache->interval = max;
	event_draw(cache, class, cache->interval, true);
	time_passed(cache, now);
}

void
_bas_cache_tick(struct cache *cache)
{

	time_passed(cache, _bas_os_clock());
}

/*
 * A stack that holds more than was taken since the last time holds what
 * nobody needs.  Half of that goes; slots that stay unused, or that are many
 * for what was taken, go too.
 */
static void
class_gc(struct cache *cache, unsigned class)
{
	struct cache_class *cold = &cache->class[class];
	unsigned depth = cache_depth(cache, class);
	uint32_t used;

	used = (uint32_t)cache_takes(cache, class) - cold->mark;
	cold->mark += used;
	if (depth > used) {
		_bas_cache_flush_class(cache, class, (depth - used + 1) / 2);
		depth = cache_depth(cache, class);
	}
	if (used <= cold->slots / SLOTS_IDLE &&
	    (cold->flags & CACHE_FLUSHED) == 0) {
		if (used == 0 && depth == 0)
			(void)_bas_cache_resize(cache, class, 0);
		else if (depth <= cold->slots / 2u)
			(void)_bas_cache_resize(cache, class,
			    cold->slots / 2u);
	}
	cold->flags = 0;
	if (cache->left[class] > INTERVAL_SOON)
		event_draw(cache, class, INTERVAL_SOON, false);
}

void
_bas_cache_gc(struct cache *cache, uint64_t now)
{
	unsigned class;

	if (now - cache->gc_time < GC_PERIOD_LEAST)
		return;
	cache->gc_time = now;
	for (class = 1; class <= SC_NCLASS; class++)
		if (cache->class[class].slots != 0)
			class_gc(cache, class);
}
