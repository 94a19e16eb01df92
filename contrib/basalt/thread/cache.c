/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "heap/arena.h"
#include "heap/slab.h"
#include "meta/base.h"
#include "os/os.h"
#include "thread/cache.h"
#include "thread/gate.h"
#include "thread/sample.h"
#include "util/options.h"

/*
 * What the slots of one thread may hold, all together: so much, and besides
 * a thread's part of a quarter of what its arena has in use, up to so much.
 */
#define	CACHE_BYTES_MAX		((size_t)2 << 20)
#define	CACHE_SHARE_MAX		((size_t)14 << 20)
/*
 * A stack that only fills or only empties needs no more than a batch, a
 * larger one where that is few bytes: remote-frees.md has what was measured.
 */
#define	CACHE_SLOTS_BATCH	63
#define	CACHE_SLOTS_LARGE	255
#define	CACHE_LARGE_BYTES	((size_t)32 << 10)
/* What moves at once: of a lock and lines that travel, an object's part. */
#define	CACHE_BATCH_MAX		256u

/* The bottom of every stack without slots. */
#define	NO_SLOTS	(&no_slots[1])
static BASALT_TOGETHER void *no_slots[2];

/*
 * Never written: a take finds the stacks empty before it counts, a put
 * finds them full.
 */
struct cache _bas_cache_none = {
	.head = { [0 ... SC_COUNT - 1] = NO_SLOTS },
	.limit = { [0 ... SC_COUNT - 1] = NO_SLOTS },
	.state = CACHE_NONE,
};

/* Where a stack is; depth objects are in it. */
static void
stack_set(struct cache *cache, unsigned class, void **bottom, unsigned slots,
    unsigned depth)
{

	__atomic_store_n(&cache->class[class].slots, (uint16_t)slots,
	    __ATOMIC_RELAXED);
	__atomic_store_n(&cache->limit[class], bottom + slots,
	    __ATOMIC_RELAXED);
	cache_set_head(cache, class, bottom + depth);
}

static void
class_init(struct cache *cache, unsigned class)
{
	struct cache_class *cold = &cache->class[class];

	cold->takes = 0;
	cold->moved = 0;
	cold->mark = 0;
	cold->drawn = 0;
	cold->flags = 0;
	stack_set(cache, class, NO_SLOTS, 0, 0);
}

void
_bas_cache_init(struct cache *cache, enum cache_state state)
{
	unsigned class, i;

	memset(cache->left, 0, offsetof(struct cache, live) -
	    offsetof(struct cache, left));
	cache_set_live(cache, false);
	cache_set_busy(cache, CACHE_IDLE);
	cache_set_arena(cache, NULL);
	for (i = 0; i < CACHE_SEEN; i++)
		__atomic_store_n(&cache->seen[i], 0, __ATOMIC_RELAXED);
	for (class = 0; class < SC_COUNT; class++)
		class_init(cache, class);
	cache->state = (uint8_t)state;
	cache->interval = 32;
	cache->enabled = _bas_options.tcache;
	_bas_cache_bounds(cache);
}

/*
 * A child of fork must not use what was being changed when it was made: the
 * change lies between the marks.
 */
static inline void
busy_begin(struct cache *cache)
{

	cache_set_busy(cache, CACHE_ABOUT);
	cache_order();
	if (unlikely(gate_is_closed()))
		_bas_gate_wait(cache);
	cache_set_busy(cache, CACHE_BUSY);
	cache_order();
}

static void
busy_end(struct cache *cache)
{

	cache_order();
	cache_set_busy(cache, CACHE_IDLE);
}

static size_t
slots_bytes(unsigned slots)
{

	return ((slots + 1) * sizeof(void *));
}

bool
_bas_cache_resize(struct cache *cache, unsigned class, unsigned slots)
{
	struct cache_class *cold = &cache->class[class];
	void **old = cache->limit[class] - cold->slots - 1, **new = no_slots;
	unsigned depth = cache_depth(cache, class);

	if (slots != 0) {
		new = _bas_base_alloc(slots_bytes(slots));
		if (new == NULL)
			return (false);
		new[0] = NULL;
		memcpy(new + 1, old + 1, depth * sizeof(void *));
	}
	if (cold->slots != 0)
		_bas_base_free(old, slots_bytes(cold->slots));
	cache->bytes -= cold->slots * sizeclass_size(class);
	cache->bytes += slots * sizeclass_size(class);
	stack_set(cache, class, new + 1, slots, depth);
	if (!bits_test(cache->seen, class))
		__atomic_store_n(&cache->seen[class / 64],
		    cache->seen[class / 64] | (uint64_t)1 << class % 64,
		    __ATOMIC_RELAXED);
	return (true);
}

static unsigned
slots_first(unsigned class)
{
	size_t size = sizeclass_size(class);
	unsigned n = size <= 1024 ? 7 : size <= 8192 ? 3 : 1;

	if (class <= SC_NSMALL && n < _bas_options.tcache_nslots_small_min)
		n = _bas_options.tcache_nslots_small_min;
	return (n);
}

/* With a large heap a thread may keep more, and of one class a quarter. */
static size_t
bytes_max(const struct cache *cache)
{
	size_t share = counter_read(&cache->arena->pages.nactive) * PAGE / 4;
	unsigned n = atomic_load_explicit(&cache->arena->nthreads,
	    memory_order_relaxed);

	if (n > 1)
		share /= n;
	return (CACHE_BYTES_MAX +
	    (share < CACHE_SHARE_MAX ? share : CACHE_SHARE_MAX));
}

/*
 * More slots for a stack that ran empty or full.  One that does both
 * since it was last looked at is too small; one that does only one of
 * them grows as far as it takes to move a good batch at once.  Runs of
 * pages do not come in batches: they grow by one.
 */
static unsigned
slots_more(const struct cache *cache, unsigned class)
{
	const struct cache_class *cold = &cache->class[class];
	const uint8_t both = CACHE_REFILLED | CACHE_FLUSHED;
	unsigned was = cold->slots, slots, limit = CACHE_SLOTS_BATCH;

	slots = was == 0 ? slots_first(class) :
	    class > SC_NSMALL ? was + 1u : was * 2u + 1;
	if (slots > cache->most[class])
		slots = cache->most[class];
	if ((cold->flags & both) == both)
		limit = CACHE_SLOTS_MAX;
	else if (slots * sizeclass_size(class) > ((size_t)64 << 10))
		limit = slots_first(class);
	else if (slots * sizeclass_size(class) <= CACHE_LARGE_BYTES)
		limit = CACHE_SLOTS_LARGE;
	return (slots > limit ? was : slots);
}

static bool
slots_grow(struct cache *cache, unsigned class)
{
	struct cache_class *cold = &cache->class[class];
	size_t size = sizeclass_size(class), max;
	unsigned was = cold->slots, slots = slots_more(cache, class);

	if (slots <= was)
		return (false);
	max = bytes_max(cache);
	if (slots > 1 && slots * size > CACHE_CLASS_MAX &&
	    (class <= SC_NSMALL || slots * size > max / 4))
		return (false);
	if (cache->bytes + (slots - was) * size > max) {
		_bas_cache_gc(cache, _bas_os_clock());
		/* What was looked at may have shrunk. */
		if (cold->slots != was || cache->bytes +
		    (slots - was) * size > max)
			return (false);
	}
	return (_bas_cache_resize(cache, class, slots));
}

static bool
is_cached(const struct cache *cache, unsigned class)
{

	return (cache->enabled && class <= cache->nclass &&
	    cache->most[class] != 0);
}

static struct arena *
arena_for(const struct cache *cache, unsigned class)
{

	return (_bas_arena_for(cache->arena, sizeclass_size(class)));
}

/* One object straight from the heap. */
static void *
take_one(struct cache *cache, unsigned class)
{
	void *p = _bas_heap_alloc(arena_for(cache, class), cache->shard, class);

	if (p != NULL)
		cache->other_allocated += sizeclass_size(class);
	if (unlikely(_bas_sample_on))
		_bas_cache_one(cache, class);
	return (p);
}

static void
put_one(struct cache *cache, unsigned class, void *p)
{

	cache->other_deallocated += sizeclass_size(class);
	_bas_heap_give(cache->arena, cache->shard, class, &p, 1);
}

/* What a stack is refilled with, or flushed of. */
static unsigned
slots_batch(const struct cache *cache, unsigned class)
{
	unsigned half = (cache->class[class].slots + 1u) / 2;

	return (half < CACHE_BATCH_MAX ? half : CACHE_BATCH_MAX);
}

/* A batch, at first less; the lowest address comes out first. */
static bool
cache_refill(struct cache *cache, unsigned class)
{
	struct cache_class *cold = &cache->class[class];
	unsigned want, got;
	void **end;

	if (cold->slots == 0 || (cold->flags & CACHE_REFILLED) != 0)
		(void)slots_grow(cache, class);
	if (cold->slots == 0)
		return (false);
	cold->flags |= CACHE_REFILLED;
	want = slots_batch(cache, class);
	end = cache->head[class] + want;
	got = _bas_heap_take(arena_for(cache, class), cache->shard, class,
	    end, want);
	if (got == 0)
		return (false);
	if (got < want)
		memmove(end - want, end - got, got * sizeof(void *));
	cold->moved -= got;
	cache_set_head(cache, class, cache->head[class] + got);
	return (true);
}

/* The stack is empty; the cache is busy. */
static __attribute__((noinline)) void *
take_refill(struct cache *cache, unsigned class)
{
	void *p;

	_bas_cache_tick(cache);
	if (is_cached(cache, class) && cache_refill(cache, class)) {
		p = cache->head[class][-1];
		cache_set_head(cache, class, cache->head[class] - 1);
		cache->left[class]--;
	} else
		p = take_one(cache, class);
	busy_end(cache);
	return (p);
}

void *
_bas_cache_take_slow(struct cache *cache, unsigned class)
{
	void *p;

	busy_begin(cache);
	if (cache->left[class] <= 0)
		_bas_cache_event(cache, class);
	p = cache->head[class][-1];
	if (p == NULL)
		return (take_refill(cache, class));
	cache_set_head(cache, class, cache->head[class] - 1);
	cache->left[class]--;
	busy_end(cache);
	return (p);
}

void
_bas_cache_visit(struct cache *cache)
{

	busy_begin(cache);
	_bas_cache_tick(cache);
	busy_end(cache);
}

void
_bas_cache_flush_class(struct cache *cache, unsigned class, unsigned n)
{
	void **bottom = cache->limit[class] - cache->class[class].slots;
	unsigned depth = cache_depth(cache, class);

	if (n == 0)
		return;
	_bas_heap_give(cache->arena, cache->shard, class, bottom, n);
	memmove(bottom, bottom + n, (depth - n) * sizeof(void *));
	cache_set_head(cache, class, cache->head[class] - n);
	cache->class[class].moved += n;
}

/* Counted as one that is flushed. */
void *
_bas_cache_lose(struct cache *cache, unsigned class)
{
	void *p;

	busy_begin(cache);
	p = cache->head[class][-1];
	cache_set_head(cache, class, cache->head[class] - 1);
	cache->class[class].moved++;
	busy_end(cache);
	return (p);
}

bool
_bas_cache_regain(struct cache *cache, unsigned class, void *p)
{
	bool is;

	busy_begin(cache);
	is = cache_put(cache, class, p);
	if (is)
		cache->class[class].moved--;
	busy_end(cache);
	return (is);
}

/*
 * Is it of a class that the thread has not had any object of, and smaller than
 * a line?  Then another thread made it, whose objects lie beside it: it goes
 * back, since this one would take it again and again and share that line.
 */
static bool
is_given(const struct cache *cache, unsigned class)
{

	return (cache->class[class].slots == 0 &&
	    sizeclass_size(class) < SLAB_LINE);
}

void
_bas_cache_put_slow(struct cache *cache, unsigned class, void *p)
{
	struct cache_class *cold = &cache->class[class];
	bool given;

	busy_begin(cache);
	if (cache->head[class] == cache->limit[class]) {
		given = is_given(cache, class);
		_bas_cache_tick(cache);
		if (!is_cached(cache, class)) {
			put_one(cache, class, p);
			busy_end(cache);
			return;
		}
		if (cold->slots != 0)
			cold->flags |= CACHE_FLUSHED;
		/* Looking for room may have emptied the stack. */
		if (!slots_grow(cache, class) && cold->slots != 0 &&
		    cache->head[class] == cache->limit[class])
			_bas_cache_flush_class(cache, class,
			    slots_batch(cache, class));
		if (cold->slots == 0 || given) {
			put_one(cache, class, p);
			busy_end(cache);
			return;
		}
	}
	*cache->head[class] = p;
	cache_set_head(cache, class, cache->head[class] + 1);
	busy_end(cache);
}

void
_bas_cache_limit(struct cache *cache, unsigned class, unsigned n)
{
	unsigned depth = cache_depth(cache, class);

	if (cache->class[class].slots <= n)
		return;
	busy_begin(cache);
	if (depth > n)
		_bas_cache_flush_class(cache, class, depth - n);
	(void)_bas_cache_resize(cache, class, n);
	busy_end(cache);
}

void
_bas_cache_flush(struct cache *cache)
{
	unsigned class;

	busy_begin(cache);
	for (class = 1; class <= SC_NCLASS; class++) {
		_bas_cache_flush_class(cache, class,
		    cache_depth(cache, class));
		if (cache->class[class].slots != 0)
			(void)_bas_cache_resize(cache, class, 0);
	}
	_bas_cache_count(cache);
	busy_end(cache);
}
