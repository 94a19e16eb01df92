/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>
#include <string.h>

#include "api/init.h"
#include "api/slow.h"
#include "heap/arena.h"
#include "heap/large.h"
#include "meta/pagemap.h"
#include "page/purge.h"
#include "thread/tsd.h"
#include "util/options.h"
#include "util/report.h"

#define	JUNK_ALLOC	0xa5
#define	JUNK_FREE	0x5a
/*
 * Callocs from here on get zero pages from the OS where theirs are not:
 * so large an array often is not used whole.  Below, clearing takes a
 * fifth of the time that new page faults take.
 */
#define	ZERO_BY_OS	((size_t)8 << 20)

/* The caller's cache, after the library is ready. */
static struct cache *
cache_current(void)
{

	if (unlikely(_bas_cache->state == CACHE_NONE))
		_bas_init();
	return (_bas_tsd_cache());
}

static struct arena *
arena_current(const struct cache *cache)
{

	return (cache != NULL ? cache->arena : _bas_arena_make(0));
}

static void *
class_alloc(struct cache *cache, unsigned class)
{
	struct arena *arena;

	if (cache != NULL)
		return (_bas_cache_take_slow(cache, class));
	arena = arena_current(cache);
	return (arena == NULL ? NULL : _bas_heap_alloc(arena, 0, class));
}

static void *
pages_alloc(struct cache *cache, size_t size, size_t align, bool *zeroed)
{
	struct arena *arena = arena_current(cache);
	void *p;

	if (arena == NULL || size > SC_SIZE_MAX || align > SC_SIZE_MAX)
		return (NULL);
	p = _bas_large_alloc(arena, size, align, zeroed);
	if (p == NULL && _bas_arenas_squeeze(size))
		p = _bas_large_alloc(arena, size, align, zeroed);
	if (p != NULL && cache != NULL)
		cache->other_allocated += _bas_large_size("malloc", p);
	return (p);
}

/* What the slow mode is for: contents, and counters that are shown. */
static void *
alloc_finish(struct cache *cache, void *p, bool zero)
{
	size_t size;

	if (p == NULL || cache == NULL || _bas_cache->state != CACHE_SLOW)
		return (p);
	size = _bas_usable("malloc", p);
	cache->shown_allocated += size;
	if (_bas_options.zero && !zero)
		memset(p, 0, size);
	else if (_bas_options.junk_alloc && !zero)
		memset(p, JUNK_ALLOC, size);
	return (p);
}

void *
_bas_alloc_slow(size_t size)
{
	struct cache *cache;
	unsigned class;
	bool zeroed;
	void *p;

	if (size > SC_SMALL_MAX && size <= SC_CLASS_MAX) {
		p = cache_take(_bas_cache, sizeclass_of(size));
		if (p != NULL)
			return (p);
	}
	cache = cache_current();
	if (size <= SC_CLASS_MAX) {
		class = sizeclass_of(size);
		p = class_alloc(cache, class);
	} else
		p = pages_alloc(cache, size, 1, &zeroed);
	return (alloc_finish(cache, p, false));
}

void *
_bas_alloc_aligned(size_t align, size_t size)
{
	unsigned class = SC_NONE;
	struct cache *cache;
	bool zeroed;
	void *p;

	if (align <= PAGE && size <= SC_CLASS_MAX)
		class = sizeclass_aligned(align, size);
	if (class != SC_NONE) {
		p = cache_take(_bas_cache, class);
		if (p != NULL)
			return (p);
	}
	cache = cache_current();
	if (class != SC_NONE)
		p = class_alloc(cache, class);
	else
		p = pages_alloc(cache, size, align, &zeroed);
	return (alloc_finish(cache, p, false));
}

/* Pages that come from the OS are zero already, if they are not cached. */
void *
_bas_alloc_zero(size_t size)
{
	struct cache *cache = cache_current();
	bool zeroed = false;
	unsigned class = SC_NONE;
	void *p = NULL;

	if (size <= SC_CLASS_MAX)
		class = sizeclass_of(size);
	if (class != SC_NONE && (class <= SC_NSMALL ||
	    (cache != NULL && cache_depth(cache, class) != 0)))
		p = class_alloc(cache, class);
	else
		p = pages_alloc(cache, class == SC_NONE ? size :
		    sizeclass_size(class), 1, &zeroed);
	if (p != NULL && !zeroed && (size < ZERO_BY_OS ||
	    !_bas_purge_now((uintptr_t)p, size, true)))
		memset(p, 0, size);
	return (alloc_finish(cache, p, true));
}

/* The address is in nothing that lives. */
static _Noreturn void
free_fail(const char *function, const void *p)
{

	_bas_report_misuse(function, pagemap_huge(p) == NULL ?
	    "pointer was not allocated here" :
	    "pointer is free already or inside an object", p);
}

/*
 * Size of the object that starts at p.  What looks at each object finds
 * out at once what others do when it is flushed.
 */
static size_t
object_size(const char *function, const void *p, unsigned class)
{
	const struct slab *slab;
	size_t size;

	if (class > SC_NSMALL)
		return (_bas_large_size(function, p));
	size = sizeclass_size(class);
	slab = _bas_slab_of(p, class);
	if (slab == NULL || ((uintptr_t)p - slab->base) % size != 0)
		_bas_report_misuse(function,
		    "pointer is not the start of an object", p);
	return (size);
}

static void
free_shown(const char *function, struct cache *cache, void *p,
    unsigned class)
{
	size_t size = object_size(function, p, class);

	cache->shown_deallocated += size;
	if (_bas_options.junk_free)
		memset(p, JUNK_FREE, size);
}

void
_bas_free_slow(const char *function, void *p, unsigned class)
{
	struct cache *cache;

	if (class == SC_NONE) {
		if (p == NULL)
			return;
		free_fail(function, p);
	}
	cache = cache_current();
	if (cache != NULL && _bas_cache->state == CACHE_SLOW)
		free_shown(function, cache, p, class);
	if (class == SC_LARGE) {
		if (cache != NULL)
			cache->other_deallocated +=
			    _bas_large_size(function, p);
		if (_bas_large_free(function, p))
			_bas_arenas_tick(UINT64_MAX);
	} else if (cache != NULL)
		_bas_cache_put_slow(cache, class, p);
	else if (_bas_arena_make(0) != NULL)
		_bas_heap_give(_bas_arena_get(0), 0, class, &p, 1);
	if (class == SC_LARGE && cache != NULL)
		_bas_cache_tick(cache);
}

size_t
_bas_usable(const char *function, const void *p)
{
	unsigned class = (unsigned)pagemap_class(p);

	if (class == SC_NONE)
		free_fail(function, p);
	if (class == SC_LARGE)
		return (_bas_large_size(function, p));
	return (sizeclass_size(class));
}

void *
_bas_alloc_fail(const char *function)
{

	if (_bas_options.xmalloc)
		_bas_report_fatal(function, "out of memory");
	errno = ENOMEM;
	return (NULL);
}

void
_bas_resize_finish(void *p, size_t from, size_t to)
{
	struct cache *cache = cache_current();

	if (cache == NULL)
		return;
	cache->other_allocated += to;
	cache->other_deallocated += from;
	if (_bas_cache->state == CACHE_SLOW) {
		cache->shown_allocated += to;
		cache->shown_deallocated += from;
		if (to > from && (_bas_options.zero ||
		    _bas_options.junk_alloc))
			memset((char *)p + from,
			    _bas_options.zero ? 0 : JUNK_ALLOC, to - from);
	}
}
