/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "page/purge.h"
#include "thread/bind.h"
#include "thread/event.h"
#include "thread/object.h"
#include "thread/sample.h"
#include "thread/tcaches.h"
#include "thread/tsd.h"
#include "util/options.h"

#define	JUNK_ALLOC	0xa5
/*
 * Larger ones keep no place in a slab: with 8 KiB of 512 beside each sample
 * a profile takes 1.6 % of memory at the worst.
 */
#define	SLOT_MAX	((size_t)8 << 10)
/* Objects of a batch that are taken under one lock. */
#define	BATCH_MAX	1024u

bool
_bas_origin_own(struct origin *from)
{

	from->own = from->cache = _bas_tsd_own();
	if (_bas_options.percpu_arena != PERCPU_DISABLED && from->own != NULL)
		_bas_bind_follow(from->own);
	from->arena = from->own != NULL ? from->own->arena :
	    _bas_arena_make(0);
	from->shard = from->own != NULL ? from->own->shard : 0;
	from->any = true;
	return (from->arena != NULL);
}

bool
_bas_origin_of(struct origin *from, int flags)
{
	unsigned arena = (unsigned)flags >> FLAGS_ARENA_SHIFT;
	unsigned cache = flags_cache(flags);

	if (!_bas_origin_own(from))
		return (false);
	if (arena != 0) {
		from->arena = _bas_arena_make(arena - 1);
		from->any = false;
		if (from->arena == NULL)
			return (false);
	}
	if (cache > 1) {
		from->cache = _bas_tcache_of(cache - 2);
		if (from->cache != NULL)
			_bas_tcache_lead(from->cache, from);
	} else if (cache == 1 || arena != 0)
		from->cache = NULL;
	return (true);
}

/* SC_NONE: it takes pages without a class. */
static unsigned
object_class(size_t size, size_t align)
{

	if (align > PAGE || size > SC_CLASS_MAX)
		return (SC_NONE);
	return (sizeclass_aligned(align, size));
}

/* Of an object without a class: pages, or as the option wants more. */
static size_t
pages_size(size_t size)
{

	if (unlikely(!_bas_options.disable_large_size_classes) &&
	    size > SC_CLASS_MAX)
		return (sizeclass_large_size(sizeclass_large_of(size)));
	return (ROUNDUP(size + (size == 0), PAGE));
}

size_t
_bas_object_size(size_t size, size_t align)
{
	unsigned class = object_class(size, align);

	if (class != SC_NONE)
		return (sizeclass_size(class));
	if (size > SC_SIZE_MAX || align > SC_SIZE_MAX)
		return (0);
	return (pages_size(size));
}

/* For so many bytes. */
static struct arena *
arena_for(const struct origin *from, size_t size)
{

	return (from->any ? _bas_arena_for(from->arena, size) : from->arena);
}

static void
count_taken(const struct origin *from, size_t size)
{

	if (from->own == NULL) {
		_bas_tsd_early(size, 0);
		return;
	}
	from->own->other_allocated += size;
	if (unlikely(event_is_watched(from->own)))
		_bas_event_note(from->own);
}

/* Of a thread that counts as it goes: the others want more than this. */
static struct cache *
cache_named(int flags)
{
	unsigned n = flags_cache(flags);

	if (self()->cache->state != CACHE_LIVE || self()->cache->peak_on)
		return (NULL);
	if (n == 0)
		return (((unsigned)flags >> FLAGS_ARENA_SHIFT) == 0 ?
		    self()->cache : NULL);
	return (n == 1 ? NULL : _bas_tcache_of(n - 2));
}

void *
_bas_named_take(int flags, unsigned class)
{
	struct cache *cache = cache_named(flags);
	void *p;

	if (cache == NULL)
		return (NULL);
	p = cache_take(cache, class);
	if (p != NULL && cache != self()->cache)
		self()->cache->other_allocated += sizeclass_size(class);
	return (p);
}

bool
_bas_named_put(int flags, unsigned class, void *p)
{
	struct cache *cache = cache_named(flags);

	if (cache == NULL || class > SC_NCLASS || !cache_put(cache, class, p))
		return (false);
	if (cache != self()->cache)
		self()->cache->other_deallocated += sizeclass_size(class);
	return (true);
}

static void *
class_take(const struct origin *from, unsigned class)
{
	size_t size = sizeclass_size(class);
	void *p;

	if (from->cache != NULL) {
		p = cache_take(from->cache, class);
		if (p == NULL)
			p = _bas_cache_take_slow(from->cache, class);
	} else
		p = _bas_heap_alloc(arena_for(from, size), from->shard,
		    class);
	if (p != NULL && (from->cache == NULL || from->cache != from->own))
		count_taken(from, size);
	return (p);
}

static void *
pages_take(const struct origin *from, size_t size, size_t align, bool *zeroed)
{
	struct arena *arena;
	void *p;

	if (size > SC_SIZE_MAX || align > SC_SIZE_MAX)
		return (NULL);
	size = pages_size(size);
	arena = arena_for(from, size);
	p = _bas_large_alloc(arena, size, align, zeroed);
	if (p == NULL && _bas_arenas_squeeze(size))
		p = _bas_large_alloc(arena, size, align, zeroed);
	if (p != NULL)
		count_taken(from, size);
	return (p);
}

/* What the slow mode is for: contents, and counters that are shown. */
static inline void
alloc_finish(const struct origin *from, void *p, size_t size, bool zero)
{

	if (from->own == NULL || self()->cache->state != CACHE_SLOW)
		return;
	from->own->shown_allocated += size;
	if (zero)
		return;
	if (_bas_options.zero)
		memset(p, 0, size);
	else if (_bas_options.junk_alloc)
		memset(p, JUNK_ALLOC, size);
}

/*
 * Large zeros come from the OS where the pages are not: so large an array
 * often is not used whole.  Of smaller ones, clearing takes a fifth of the
 * time that new page faults take.
 */
void
_bas_object_clear(void *p, size_t size)
{

	if (size < _bas_options.calloc_madvise_threshold ||
	    !_bas_purge_now((uintptr_t)p, size, true))
		memset(p, 0, size);
}

/* Zeros in pages that are there already have to be written. */
static inline bool
is_of_class(const struct origin *from, unsigned class, bool zero)
{

	return (!zero || class <= SC_NSMALL || (from->cache != NULL &&
	    cache_depth(from->cache, class) != 0));
}

unsigned
_bas_object_stack(const struct origin *from, size_t size, size_t align,
    bool zero)
{
	unsigned class = object_class(size, align);

	if (class == SC_NONE || from->cache == NULL ||
	    !is_of_class(from, class, zero))
		return (SC_NONE);
	return (class);
}

bool
_bas_object_rest(const struct origin *to, void *p)
{
	struct sample *sample = to->own != NULL ? to->own->sample : NULL;
	size_t size;

	if (sample == NULL || sample->npages == SAMPLE_PAGES)
		return (false);
	size = _bas_large_rest(to->own->arena, p);
	if (size == 0)
		return (false);
	sample->page[sample->npages] = p;
	/* A child of fork finds in these what is there. */
	cache_order();
	sample->npages++;
	to->own->other_deallocated += size;
	return (true);
}

/* The page that rests for the shortest time; NULL: there is none. */
static void *
rested_take(const struct origin *from, struct arena *arena, unsigned class)
{
	struct sample *sample = from->own != NULL ? from->own->sample : NULL;
	void *p;

	if (sample == NULL || sample->npages == 0 ||
	    sizeclass_size(class) > PAGE)
		return (NULL);
	p = sample->page[--sample->npages];
	return (_bas_large_wake(arena, p, class) ? p : NULL);
}

static void *
alone_take(const struct origin *from, unsigned class, bool *zeroed)
{
	size_t size = sizeclass_size(class);
	struct arena *arena = arena_for(from, size);
	void *p;

	p = rested_take(from, arena, class);
	if (p != NULL)
		*zeroed = false;
	else
		p = _bas_large_alloc_alone(arena, class, zeroed);
	if (p == NULL && _bas_arenas_squeeze(size))
		p = _bas_large_alloc_alone(arena, class, zeroed);
	if (p != NULL)
		count_taken(from, size);
	return (p);
}

void *
_bas_object_alloc_alone(const struct origin *from, size_t size, size_t align,
    bool zero)
{
	unsigned class = object_class(size, align);
	bool zeroed = zero && size >= _bas_options.calloc_madvise_threshold;
	void *p;

	if (class == SC_NONE || class > SC_NSMALL) {
		p = _bas_object_alloc(from, size, align, zero);
		/* It may be as long as one of a class. */
		if (p != NULL)
			_bas_large_set_alone(p);
		return (p);
	}
	p = alone_take(from, class, &zeroed);
	if (p == NULL)
		return (NULL);
	size = sizeclass_size(class);
	if (zero && !zeroed)
		_bas_object_clear(p, size);
	alloc_finish(from, p, size, zero);
	return (p);
}

/* Arenas that are not created are never reset. */
static bool
is_kin(const struct arena *a, const struct arena *b)
{

	return (a == b || (arena_is_auto(a) && arena_is_auto(b)));
}

/* What the stack would have given next, or else what would fill it. */
void *
_bas_object_slot_take(const struct origin *from, unsigned class,
    const void *p)
{
	struct arena *arena = _bas_arena_of(p);
	void *slot;

	if (class > SC_NSMALL || sizeclass_size(class) > SLOT_MAX)
		return (NULL);
	if (from->cache != NULL) {
		slot = from->cache->head[class][-1];
		if (slot != NULL && is_kin(_bas_arena_of(slot), arena))
			return (_bas_cache_lose(from->cache, class));
	}
	return (_bas_heap_take(arena, from->shard, class, &slot + 1, 1) != 0 ?
	    slot : NULL);
}

/*
 * Of a created arena it goes in no cache, which whoever resets the arena may
 * know nothing of.
 */
void
_bas_object_slot_give(struct cache *own, unsigned class, void *slot)
{
	struct arena *arena = _bas_arena_of(slot);

	if (own == NULL || !arena_is_auto(arena) ||
	    !_bas_cache_regain(own, class, slot))
		_bas_heap_give(arena, 0, class, &slot, 1);
}

/* Pages that come from the OS are zero already, if they are not cached. */
void *
_bas_object_alloc(const struct origin *from, size_t size, size_t align,
    bool zero)
{
	unsigned class = object_class(size, align);
	bool zeroed = zero && size >= _bas_options.calloc_madvise_threshold;
	void *p;

	if (class == SC_NONE)
		p = pages_take(from, size, align, &zeroed);
	else if (is_of_class(from, class, zero))
		p = class_take(from, class);
	else
		p = pages_take(from, sizeclass_size(class), 1, &zeroed);
	if (p == NULL)
		return (NULL);
	if (zero && !zeroed)
		_bas_object_clear(p, size);
	alloc_finish(from, p, class != SC_NONE ? sizeclass_size(class) :
	    pages_size(size), zero);
	return (p);
}

void
_bas_object_give(const struct origin *to, unsigned class, void *p)
{

	if (to->own == NULL)
		_bas_tsd_early(0, sizeclass_size(class));
	else if (to->cache != to->own)
		to->own->other_deallocated += sizeclass_size(class);
	if (to->cache == NULL)
		_bas_heap_give(to->arena, to->shard, class, &p, 1);
	else if (!cache_put(to->cache, class, p))
		_bas_cache_put_slow(to->cache, class, p);
}

void
_bas_object_resized(struct cache *own, void *p, size_t from, size_t to)
{

	if (own == NULL) {
		_bas_tsd_early(to, from);
		return;
	}
	own->other_allocated += to;
	own->other_deallocated += from;
	if (self()->cache->state != CACHE_SLOW)
		return;
	own->shown_allocated += to;
	own->shown_deallocated += from;
	if (to > from && (_bas_options.zero || _bas_options.junk_alloc))
		memset((char *)p + from, _bas_options.zero ? 0 : JUNK_ALLOC,
		    to - from);
}

/* The first of n objects of a slab's class, at most so many. */
static size_t
batch_take(const struct origin *from, unsigned class, void **objects,
    size_t n, bool zero)
{
	unsigned want = n < BATCH_MAX ? (unsigned)n : BATCH_MAX, got, i;
	size_t size = sizeclass_size(class);
	struct arena *arena = arena_for(from, size);

	got = _bas_heap_take(arena, from->shard, class, objects + want, want);
	if (got < want)
		memmove(objects, objects + want - got,
		    got * sizeof(objects[0]));
	arena_request(arena, class, got);
	count_taken(from, got * size);
	for (i = 0; i < got; i++) {
		if (zero)
			memset(objects[i], 0, size);
		alloc_finish(from, objects[i], size, zero);
	}
	return (got);
}

size_t
_bas_batch_alloc(void **objects, size_t n, size_t size, int flags)
{
	bool zero = (flags & MALLOCX_ZERO) != 0;
	size_t align = flags_align(flags), done = 0, got;
	struct origin from;
	unsigned class;

	size = _bas_object_size(size, align);
	if (size == 0 || !_bas_origin_of(&from, flags))
		return (0);
	class = object_class(size, align);
	for (; done < n; done += got) {
		if (class != SC_NONE && class <= SC_NSMALL)
			got = batch_take(&from, class, objects + done,
			    n - done, zero);
		else {
			objects[done] = _bas_object_alloc(&from, size, align,
			    zero);
			got = objects[done] != NULL;
		}
		if (got == 0)
			break;
	}
	return (done);
}
