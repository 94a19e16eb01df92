/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>

#include "heap/arena.h"
#include "meta/base.h"
#include "os/os.h"
#include "page/hooks.h"
#include "page/purge.h"
#include "thread/bind.h"
#include "thread/event.h"
#include "thread/sample.h"
#include "thread/tsd.h"
#include "util/lock.h"
#include "util/options.h"

/*
 * Calls of a thread before it gets a block.  Measured: 1000 threads with one
 * malloc each had 3.9 MiB of blocks; a call without one takes some 100 ns.
 */
#define	EARLY_CALLS	4

/* Of this program; sealed by _bas_tsd_init(). */
static BASALT_TOGETHER size_t early_calls;

static struct {
	struct lock	lock;		/* for free */
	struct cache	*free;
	/*
	 * Every block ever made: only pushed to, so never in between.  Release
	 * when one is pushed, acquire when they are gone through: each is
	 * filled in, and so is its link.
	 */
	_Atomic(struct cache *) all;
	/* Stacks of ended threads: none.  Release and acquire: filled in. */
	_Atomic(struct cache *) dead;
} tsd = { .lock = LOCK_INITIALIZER(RANK_TSD) };

struct cache *
_bas_tsd_block_take(void)
{
	struct cache *cache, *all;

	lock_take(&tsd.lock);
	cache = tsd.free;
	if (cache != NULL)
		tsd.free = cache->next_free;
	lock_give(&tsd.lock);
	if (cache != NULL) {
		_bas_cache_init(cache, CACHE_LIVE);
		return (cache);
	}
	cache = _bas_base_alloc(sizeof(*cache));
	if (cache == NULL)
		return (NULL);
	_bas_cache_init(cache, CACHE_LIVE);
	all = atomic_load_explicit(&tsd.all, memory_order_relaxed);
	do
		cache->next = all;
	while (!atomic_compare_exchange_weak_explicit(&tsd.all, &all, cache,
	    memory_order_release, memory_order_relaxed));
	return (cache);
}

void
_bas_tsd_block_give(struct cache *cache)
{

	_bas_event_end(cache);
	cache_set_live(cache, false);
	lock_take(&tsd.lock);
	cache->next_free = tsd.free;
	tsd.free = cache;
	lock_give(&tsd.lock);
}

/*
 * The slow mode's block: stacks without slots that lead to the real one.
 * Options that look at every object put all threads there.
 */
bool
_bas_tsd_slow(struct cache *cache)
{
	struct cache *slow;

	if (self()->cache->state == CACHE_SLOW)
		return (true);
	slow = _bas_base_alloc(sizeof(*slow));
	if (slow == NULL)
		return (false);
	_bas_cache_init(slow, CACHE_SLOW);
	slow->real = cache;
	/* Whether there is anything to do is for the real one to say. */
	slow->attention = EVENT_LOOK;
	_bas_thread_counts(&cache->shown_allocated,
	    &cache->shown_deallocated);
	self()->cache = slow;
	return (true);
}

static bool
is_slow(void)
{

	return (_bas_options.junk_alloc || _bas_options.junk_free ||
	    _bas_options.zero);
}

/* The block of threads that have ended; made once, shared by all. */
static struct cache *
dead_block(void)
{
	struct cache *dead, *none = NULL;

	dead = atomic_load_explicit(&tsd.dead, memory_order_acquire);
	if (dead != NULL)
		return (dead);
	dead = _bas_base_alloc(sizeof(*dead));
	if (dead == NULL)
		return (&_bas_cache_none);
	_bas_cache_init(dead, CACHE_DEAD);
	if (atomic_compare_exchange_strong_explicit(&tsd.dead, &none, dead,
	    memory_order_acq_rel, memory_order_acquire))
		return (dead);
	_bas_base_free(dead, sizeof(*dead));
	return (none);
}

/*
 * The thread's destructor.  Others may run after it: they find stacks
 * without slots and go to the heap for each object.
 */
static void
thread_end(void *arg)
{
	struct cache *cache = arg;

	if (self()->cache->state == CACHE_SLOW)
		_bas_base_free(self()->cache, sizeof(*self()->cache));
	self()->cache = dead_block();
	_bas_cache_flush(cache);
	_bas_unbind(cache);
	_bas_tsd_block_give(cache);
}

/*
 * While a user's extent hook runs the thread's cache, which may be in the
 * middle of a change, is out of reach: what the hook allocates and frees
 * goes to the heap, object by object.
 */
static void *
hook_enter(void)
{
	struct cache *cache = self()->cache;

	self()->cache = dead_block();
	return (cache);
}

static void
hook_leave(void *cache)
{

	self()->cache = cache;
}

bool
_bas_tsd_none(void)
{

	if (self()->cache->state == CACHE_NONE)
		self()->cache = dead_block();
	return (self()->cache->state == CACHE_DEAD);
}

void
_bas_tsd_init(void)
{

	_bas_event_init();
	/* Some options want every call looked at, or tell threads apart. */
	if (!is_slow() && !_bas_sample_on &&
	    _bas_options.percpu_arena == PERCPU_DISABLED)
		early_calls = EARLY_CALLS;
	_bas_hooks_init(hook_enter, hook_leave);
	_bas_cache_setup();
	(void)_bas_os_thread_init(thread_end);
}

/*
 * The pointer is set before the OS layer is told: that may allocate, and
 * finds the cache in place then.
 */
static struct cache *
thread_begin(void)
{
	struct cache *cache;

	cache = _bas_tsd_block_take();
	if (cache == NULL)
		return (NULL);
	if (_bas_bind(cache) == NULL) {
		_bas_tsd_block_give(cache);
		return (NULL);
	}
	cache->other_allocated = self()->early_allocated;
	cache->other_deallocated = self()->early_deallocated;
	cache_set_live(cache, true);
	cache->gc_time = cache->event_time = _bas_os_clock();
	if (_bas_sample_on)
		cache->attention = EVENT_SAMPLE;
	self()->cache = cache;
	if (is_slow())
		(void)_bas_tsd_slow(cache);
	(void)_bas_os_thread_mark(cache);
	return (cache);
}

struct cache *
_bas_tsd_cache(void)
{

	switch ((enum cache_state)self()->cache->state) {
	case CACHE_LIVE:
		return (self()->cache);
	case CACHE_SLOW:
		return (self()->cache->real);
	case CACHE_NONE:
		return (thread_begin());
	case CACHE_DEAD:
		break;
	}
	return (NULL);
}

/* Nobody else may come by to purge. */
struct cache *
_bas_tsd_own(void)
{
	uint64_t now;

	if (self()->cache->state != CACHE_NONE ||
	    self()->early_calls >= early_calls ||
	    atomic_load_explicit(&_bas_event_on, memory_order_relaxed))
		return (_bas_tsd_cache());
	self()->early_calls++;
	now = _bas_os_clock();
	if (now >= purge_due())
		_bas_arenas_tick(now);
	return (NULL);
}

void
_bas_tsd_early(size_t allocated, size_t deallocated)
{

	if (self()->cache->state != CACHE_NONE)
		return;
	self()->early_allocated += allocated;
	self()->early_deallocated += deallocated;
}

/*
 * What the forking thread is doing is fork, so its own cache is whole.
 * Another's is given back, unless that thread was in a slow path: then
 * nobody can say what is in it.
 */
void
_bas_tsd_mend(void)
{
	struct cache *cache, *own = NULL;

	if (lock_is_held(&tsd.lock)) {
		tsd.free = NULL;
		_bas_lock_init(&tsd.lock, RANK_TSD);
	}
	if (self()->cache->state != CACHE_NONE)
		own = _bas_tsd_cache();
	for (cache = atomic_load_explicit(&tsd.all, memory_order_acquire);
	    cache != NULL; cache = cache->next) {
		/* Named ones are the program's. */
		if (!cache->live || cache == own || cache->named)
			continue;
		if (cache->busy == CACHE_BUSY) {
			cache_set_live(cache, false);
			_bas_unbind(cache);
			continue;
		}
		_bas_cache_flush(cache);
		_bas_unbind(cache);
		_bas_tsd_block_give(cache);
	}
	_bas_bind_recount(own);
}

bool
_bas_tsd_is_busy(void)
{
	struct cache *cache, *own = NULL;

	if (self()->cache->state != CACHE_NONE)
		own = _bas_tsd_cache();
	for (cache = atomic_load_explicit(&tsd.all, memory_order_acquire);
	    cache != NULL; cache = cache->next)
		if (cache != own &&
		    __atomic_load_n(&cache->live, __ATOMIC_RELAXED) &&
		    __atomic_load_n(&cache->busy, __ATOMIC_RELAXED))
			return (true);
	return (false);
}

/* A signal handler that exits may have come in the middle of a change. */
void
_bas_tsd_last(void)
{
	struct cache *cache;

	if (self()->cache->state == CACHE_NONE)
		return;
	cache = _bas_tsd_cache();
	if (cache != NULL && cache->busy != CACHE_BUSY)
		(void)_bas_thread_flush();
}

/* A stack of another thread, which may be changing it. */
static void
stack_sum(const struct cache *cache, unsigned class, size_t *cached,
    size_t *own)
{
	unsigned slots = __atomic_load_n(&cache->class[class].slots,
	    __ATOMIC_RELAXED);
	uintptr_t head, limit;
	size_t room;

	if (slots == 0)
		return;
	head = (uintptr_t)__atomic_load_n(&cache->head[class],
	    __ATOMIC_RELAXED);
	limit = (uintptr_t)__atomic_load_n(&cache->limit[class],
	    __ATOMIC_RELAXED);
	/* Beyond the slots: one was of a stack that is no more. */
	room = (limit - head) / sizeof(void *);
	if (room < slots)
		*cached += (slots - room) * sizeclass_size(class);
	*own += (slots + 1) * sizeof(void *);
}

void
_bas_tsd_sum(const struct arena *arena, size_t *cached, size_t *own)
{
	struct cache *cache;
	unsigned class, i;
	uint64_t seen;

	*cached = *own = 0;
	for (cache = atomic_load_explicit(&tsd.all, memory_order_acquire);
	    cache != NULL; cache = cache->next) {
		if (!__atomic_load_n(&cache->live, __ATOMIC_RELAXED) ||
		    __atomic_load_n(&cache->arena, __ATOMIC_RELAXED) != arena)
			continue;
		*own += sizeof(*cache);
		for (i = 0; i < CACHE_SEEN; i++)
			for (seen = __atomic_load_n(&cache->seen[i],
			    __ATOMIC_RELAXED); seen != 0; seen &= seen - 1) {
				class = i * 64 + bit_first(seen);
				stack_sum(cache, class, cached, own);
			}
	}
}

struct lock *
_bas_tsd_lock(void)
{

	return (&tsd.lock);
}

void
_bas_thread_count(void)
{
	struct cache *cache;

	if (self()->cache->state == CACHE_NONE)
		return;
	cache = _bas_tsd_cache();
	if (cache != NULL)
		_bas_cache_count(cache);
}

void
_bas_thread_counts(uint64_t *allocated, uint64_t *deallocated)
{
	struct cache *cache = _bas_tsd_cache();
	uint64_t takes, size, seen;
	unsigned class, i;

	*allocated = *deallocated = 0;
	if (cache == NULL)
		return;
	*allocated = cache->other_allocated;
	*deallocated = cache->other_deallocated;
	for (i = 0; i < CACHE_SEEN; i++)
		for (seen = cache->seen[i]; seen != 0; seen &= seen - 1) {
			class = i * 64 + bit_first(seen);
			size = sizeclass_size(class);
			takes = cache_takes(cache, class);
			*allocated += takes * size;
			*deallocated += (takes + cache_depth(cache, class) +
			    (uint64_t)cache->class[class].moved) * size;
		}
}

bool
_bas_thread_countp(uint64_t **allocated, uint64_t **deallocated)
{
	struct cache *cache = _bas_tsd_cache();

	if (cache == NULL)
		return (true);
	if (!_bas_tsd_slow(cache))
		return (true);
	_bas_thread_counts(&cache->shown_allocated,
	    &cache->shown_deallocated);
	*allocated = &cache->shown_allocated;
	*deallocated = &cache->shown_deallocated;
	return (false);
}

bool
_bas_thread_flush(void)
{
	struct cache *cache = _bas_tsd_cache();

	if (cache == NULL || !cache->enabled)
		return (true);
	_bas_cache_flush(cache);
	return (false);
}

unsigned
_bas_thread_arena(void)
{
	struct cache *cache = _bas_tsd_cache();

	return (cache == NULL ? 0 : cache->arena->index);
}

int
_bas_thread_bind(unsigned arena)
{
	struct cache *cache = _bas_tsd_cache();

	if (cache == NULL)
		return (EAGAIN);
	if (cache->arena->index == arena)
		return (0);
	if (_bas_options.percpu_arena != PERCPU_DISABLED &&
	    arena < _bas_arena_auto_count())
		return (EPERM);
	return (_bas_rebind(cache, arena));
}

bool
_bas_thread_cache_enabled(void)
{
	struct cache *cache = _bas_tsd_cache();

	return (cache != NULL && cache->enabled);
}

bool
_bas_thread_cache_enable(bool on)
{
	struct cache *cache = _bas_tsd_cache();
	bool was;

	if (cache == NULL)
		return (false);
	was = cache->enabled;
	if (was && !on)
		_bas_cache_flush(cache);
	cache->enabled = on;
	return (was);
}
