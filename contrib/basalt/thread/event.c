/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "meta/base.h"
#include "thread/event.h"
#include "thread/sample.h"
#include "thread/tsd.h"
#include "util/options.h"

/* A report is late by so small a part of its interval a thread and class. */
#define	BATCH_PARTS	64
#define	BATCH_MAX	((uint64_t)4 << 20)
/* Bytes that a thread allocates and frees from one activity to the next. */
#define	ACTIVITY_BYTES	((uint64_t)64 << 10)

/* A thread's own: the bytes at which something is to be called next. */
struct event_thread {
	unsigned	known;		/* functions that it counts for: bits */
	uint64_t	allocated[EVENT_HOOKS];
	uint64_t	freed[EVENT_HOOKS];
	struct event_activity activity;
	uint64_t	active;		/* allocated and freed */
};

/* One is written by the thread that took it, before it is ready. */
static user_hook_object_t hooks[EVENT_HOOKS];
static _Atomic unsigned	hooks_taken;	/* relaxed: it numbers them */
/* Bits.  Release when one is set, acquire by who looks at the hook. */
static _Atomic unsigned	hooks_ready;

BASALT_TOGETHER _Atomic bool _bas_event_on;
bool _bas_event_bounded;
/* Bytes that a thread keeps before it adds them; 0: there are no reports. */
static uint64_t	event_batch;
/* Bytes that all threads have added up: relaxed. */
static _Atomic uint64_t	total;

static uint64_t
report_interval(void)
{

	return (_bas_options.stats_interval == 0 ? 1 :
	    (uint64_t)_bas_options.stats_interval);
}

void
_bas_event_init(void)
{

	_bas_sample_init();
	_bas_event_bounded = _bas_sample_on;
	if (_bas_options.stats_interval < 0)
		return;
	_bas_event_bounded = true;
	atomic_store_explicit(&_bas_event_on, true, memory_order_relaxed);
	event_batch = report_interval() / BATCH_PARTS + 1;
	if (event_batch > BATCH_MAX)
		event_batch = BATCH_MAX;
}

/* Add the cache's bytes to those of all; true: that calls for a report. */
static bool
batch_add(struct cache *cache)
{
	uint64_t interval = report_interval(), n = cache->batch, before;

	cache->batch = 0;
	before = atomic_fetch_add_explicit(&total, n, memory_order_relaxed);
	return (before / interval != (before + n) / interval);
}

static void
batch_note(struct cache *cache)
{

	cache->batch += cache->other_allocated - cache->other_counted;
	cache->other_counted = cache->other_allocated;
	if (cache->batch >= event_batch && batch_add(cache))
		cache->attention |= EVENT_REPORT;
}

void
_bas_event_note(struct cache *cache)
{

	/* What a named one gives is counted for the thread that has it. */
	if (cache->named)
		return;
	if (event_batch != 0)
		batch_note(cache);
	if (cache->events != NULL || atomic_load_explicit(&hooks_ready,
	    memory_order_relaxed) != 0)
		cache->attention |= EVENT_LOOK;
	if (cache->peak_on)
		_bas_peak_note(cache);
}

uint32_t
_bas_event_distance(struct cache *cache, unsigned class, uint32_t interval,
    bool pass)
{
	size_t size;
	uint64_t most;

	if (event_batch == 0)
		return (_bas_sample_distance(cache, class, interval, pass));
	if (_bas_sample_on)
		interval = _bas_sample_distance(cache, class, interval, pass);
	size = sizeclass_size(class);
	most = event_batch / size + 1;
	cache->batch += (cache_takes(cache, class) -
	    cache->class[class].takes) * size;
	return (most < interval ? (uint32_t)most : interval);
}

void
_bas_event_end(struct cache *cache)
{

	if (event_batch != 0 && !cache->named)
		(void)batch_add(cache);
	_bas_sample_end(cache);
	if (cache->events != NULL)
		_bas_base_free(cache->events, sizeof(*cache->events));
	cache->events = NULL;
}

/* What the slow mode counts is exact at each call. */
static void
counts(const struct cache *cache, uint64_t *allocated, uint64_t *freed)
{

	if (self()->cache->state != CACHE_SLOW) {
		_bas_thread_counts(allocated, freed);
		return;
	}
	*allocated = cache->shown_allocated;
	*freed = cache->shown_deallocated;
}

static struct event_thread *
events_make(struct cache *cache)
{
	struct event_thread *events = cache->events;

	if (events != NULL)
		return (events);
	events = _bas_base_alloc(sizeof(*events));
	if (events == NULL)
		return (NULL);
	*events = (struct event_thread){ .known = 0 };
	cache->events = events;
	cache->watched = true;
	return (events);
}

/* Functions that are new to the thread count from here on. */
static void
hooks_adopt(struct cache *cache)
{
	unsigned ready, i;
	uint64_t allocated, freed;

	ready = atomic_load_explicit(&hooks_ready, memory_order_acquire);
	if (cache->events != NULL)
		ready &= ~cache->events->known;
	if (ready == 0 || !_bas_tsd_slow(cache) || events_make(cache) == NULL)
		return;
	counts(cache, &allocated, &freed);
	cache->events->known |= ready;
	for (; ready != 0; ready &= ready - 1) {
		i = bit_first(ready);
		cache->events->allocated[i] = allocated + hooks[i].interval;
		cache->events->freed[i] = freed + hooks[i].interval;
	}
}

int
_bas_event_hook_add(const user_hook_object_t *hook)
{
	struct cache *cache;
	unsigned i;

	if (hook->callback == NULL || hook->interval == 0)
		return (EINVAL);
	i = atomic_load_explicit(&hooks_taken, memory_order_relaxed);
	do {
		if (i == EVENT_HOOKS)
			return (EAGAIN);
	} while (!atomic_compare_exchange_weak_explicit(&hooks_taken, &i,
	    i + 1, memory_order_relaxed, memory_order_relaxed));
	hooks[i] = *hook;
	atomic_fetch_or_explicit(&hooks_ready, 1u << i, memory_order_release);
	atomic_store_explicit(&_bas_event_on, true, memory_order_relaxed);
	cache = _bas_tsd_cache();
	if (cache != NULL)
		hooks_adopt(cache);
	return (0);
}

int
_bas_event_activity(const struct event_activity *activity,
    struct event_activity *old)
{
	struct cache *cache = _bas_tsd_cache();
	struct event_thread *events;
	uint64_t allocated, freed;

	events = cache != NULL ? events_make(cache) : NULL;
	if (events == NULL)
		return (EAGAIN);
	if (old != NULL)
		*old = events->activity;
	if (activity == NULL)
		return (0);
	counts(cache, &allocated, &freed);
	events->activity = *activity;
	events->active = allocated + freed;
	return (0);
}

struct cache *
_bas_event_enter(unsigned *what)
{
	struct cache *cache = _bas_tsd_cache();

	if (cache == NULL || cache->attending)
		return (NULL);
	*what = cache->attention & ~EVENT_SAMPLE;
	if (self()->cache->state == CACHE_SLOW && cache->events != NULL)
		*what |= EVENT_LOOK;
	if (*what == 0)
		return (NULL);
	cache->attention &= EVENT_SAMPLE;
	cache->attending = true;
	return (cache);
}

void
_bas_event_leave(struct cache *cache)
{

	cache->attending = false;
}

static void
hook_call(struct event_thread *events, unsigned i, uint64_t allocated,
    uint64_t freed)
{
	const user_hook_object_t *hook = &hooks[i];

	if (allocated >= events->allocated[i]) {
		events->allocated[i] = allocated + hook->interval;
		hook->callback(true, allocated, freed);
	}
	if (freed >= events->freed[i]) {
		events->freed[i] = freed + hook->interval;
		if (!hook->is_alloc_only)
			hook->callback(false, allocated, freed);
	}
}

void
_bas_event_call(struct cache *cache)
{
	struct event_thread *events;
	uint64_t allocated, freed;
	unsigned known;

	hooks_adopt(cache);
	events = cache->events;
	if (events == NULL)
		return;
	counts(cache, &allocated, &freed);
	for (known = events->known; known != 0; known &= known - 1)
		hook_call(events, bit_first(known), allocated, freed);
	if (events->activity.call != NULL &&
	    allocated + freed - events->active >= ACTIVITY_BYTES) {
		events->active = allocated + freed;
		events->activity.call(events->activity.arg, allocated, freed);
	}
}
