/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>
#include <string.h>

#include "api/attend.h"
#include "api/init.h"
#include "api/slow.h"
#include "heap/arena.h"
#include "heap/large.h"
#include "meta/pagemap.h"
#include "thread/background.h"
#include "thread/object.h"
#include "thread/sample.h"
#include "thread/tsd.h"
#include "util/options.h"
#include "util/report.h"
#include "watch/prof_state.h"

#define	JUNK_FREE	0x5a

/* The caller's own cache and arena, after the library is ready. */
static bool
origin_ready(struct origin *from)
{

	if (unlikely(self()->cache->state == CACHE_NONE))
		_bas_init();
	return (_bas_origin_own(from));
}

/* Memory has grown, and a profile of that is wanted. */
static void
prof_attend(void)
{

	if (unlikely(prof_switch(&_bas_prof.gdump)) && _bas_prof_gdump_due())
		_bas_prof_gdump();
}

/*
 * From there, or instead an object that profiles have chosen; request bytes
 * were asked for.
 */
static void *
origin_alloc(const struct origin *from, size_t size, size_t align,
    size_t request, bool zero)
{
	void *p = NULL;

	if (unlikely(_bas_sample_on)) {
		prof_attend();
		p = _bas_prof_alloc(from, size, align, request, zero);
	}
	if (p == NULL)
		p = _bas_object_alloc(from, size, align, zero);
	attend();
	return (p);
}

static void *
object_alloc(size_t size, size_t align, size_t request, bool zero)
{
	struct origin from;

	return (origin_ready(&from) ? origin_alloc(&from, size, align,
	    request, zero) : NULL);
}

/*
 * Who allocates may have a thread of ours to start.  Not who frees: the C
 * library does so with locks held that the start of a thread takes.
 */
static void
alloc_begin(void)
{

	/* What the last slow path left to do comes before the next. */
	attend();
	if (unlikely(background_is_missing()))
		_bas_background_begin();
}

/* Pages, or what is no size. */
static __attribute__((noinline)) void *
pages_alloc(size_t align, size_t size, bool zero)
{

	alloc_begin();
	return (object_alloc(size, align, size, zero));
}

/* What is due, or where objects come from. */
static inline bool
is_to_see_to(const struct cache *cache)
{

	return (cache->attention != 0 || background_is_missing() ||
	    cache->state != CACHE_LIVE);
}

static __attribute__((noinline)) void *
class_attend(unsigned class, size_t size, bool zero)
{
	void *p = NULL;

	alloc_begin();
	if (self()->cache->state != CACHE_LIVE)
		return (object_alloc(sizeclass_size(class), 1, size, zero));
	if (_bas_sample_on) {
		prof_attend();
		if (sample_is_near(self()->cache, class))
			p = _bas_prof_alloc_class(class, size, zero);
	}
	if (p != NULL)
		return (p);
	p = _bas_cache_take_slow(self()->cache, class);
	return (p != NULL && zero ? memset(p, 0, size) : p);
}

/* Profiles ask at each event, and mostly for nothing. */
static inline bool
is_to_see_to_now(const struct cache *cache, unsigned class)
{

	return (cache->attention != EVENT_SAMPLE || background_is_missing() ||
	    cache->state != CACHE_LIVE || prof_switch(&_bas_prof.gdump) ||
	    sample_is_near(cache, class));
}

static __attribute__((noinline)) void *
class_look(unsigned class, size_t size)
{
	struct cache *cache = self()->cache;

	if (is_to_see_to_now(cache, class))
		return (class_attend(class, size, false));
	return (_bas_cache_take_slow(cache, class));
}

/* The stack has none, or an event has come. */
static inline void *
class_alloc(unsigned class, size_t size)
{
	struct cache *cache = self()->cache;

	if (unlikely(is_to_see_to(cache)))
		return (class_look(class, size));
	return (_bas_cache_take_slow(cache, class));
}

void *
_bas_alloc_slow(size_t size)
{

	if (size <= SC_CLASS_MAX)
		return (class_alloc(sizeclass_of(size), size));
	return (pages_alloc(1, size, false));
}

/* Not all that come here have looked at the stack. */
void *
_bas_alloc_aligned(size_t align, size_t size)
{
	unsigned class;
	void *p;

	if (align <= PAGE && size <= SC_CLASS_MAX) {
		class = sizeclass_aligned(align, size);
		p = cache_take(self()->cache, class);
		return (p != NULL ? p : class_alloc(class, size));
	}
	return (pages_alloc(align, size, false));
}

void *
_bas_alloc_zero(size_t size)
{
	struct cache *cache = self()->cache;
	void *p;

	if (size > SC_SMALL_MAX)
		return (pages_alloc(1, size, true));
	if (unlikely(is_to_see_to(cache)))
		return (class_attend(sizeclass_of(size), size, true));
	p = _bas_cache_take_slow(cache, sizeclass_of(size));
	return (p != NULL ? memset(p, 0, size) : NULL);
}

void *
_bas_alloc_flags(size_t size, int flags)
{
	bool zero = (flags & MALLOCX_ZERO) != 0;
	size_t align = flags_align(flags), request = size;
	struct origin from;
	void *p;

	if (((unsigned)flags & FLAGS_PLACE) == 0 && !zero)
		return (_bas_alloc_aligned(align, size));
	/* What is zero is all of the object: see rallocx(). */
	size = _bas_object_size(size, align);
	if (size == 0)
		return (NULL);
	if (size <= SC_SMALL_MAX && align <= PAGE) {
		p = _bas_named_take(flags, sizeclass_of(size));
		if (p != NULL)
			return (zero ? memset(p, 0, size) : p);
	}
	alloc_begin();
	if (unlikely(self()->cache->state == CACHE_NONE))
		_bas_init();
	if (!_bas_origin_of(&from, flags))
		return (NULL);
	return (origin_alloc(&from, size, align, request, zero));
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
	if (slab == NULL || ((uintptr_t)p - slab->base) %
	    sizeclass_size(slab->class) != 0)
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

/* p's page is of a class. */
static void
free_to(const char *function, const struct origin *to, void *p,
    unsigned class)
{

	if (to->own != NULL && self()->cache->state == CACHE_SLOW)
		free_shown(function, to->own, p, class);
	if (class == SC_LARGE && unlikely(_bas_sample_on) &&
	    _bas_prof_free(p)) {
		if (_bas_object_rest(to, p))
			return;
		/* It may have a class, which it has from now on again. */
		class = _bas_large_set_class(p);
	}
	if (class != SC_LARGE) {
		_bas_object_give(to, class, p);
		return;
	}
	if (to->own != NULL)
		to->own->other_deallocated += _bas_large_size(function, p);
	else
		_bas_tsd_early(0, _bas_large_size(function, p));
	if (_bas_large_free(function, p))
		_bas_arenas_tick(UINT64_MAX);
	if (to->own != NULL)
		_bas_cache_visit(to->own);
}

void
_bas_free_slow(const char *function, void *p, unsigned class)
{
	struct origin to;

	if (class == SC_HOST) {
		class = _bas_slab_class(p);
		if (cache_put(self()->cache, class, p))
			return;
	}
	if (class == SC_NONE) {
		if (p == NULL)
			return;
		free_fail(function, p);
	}
	if (origin_ready(&to))
		free_to(function, &to, p, class);
	attend();
}

void
_bas_free_flags(const char *function, void *p, int flags)
{
	unsigned class = pointer_class(p);
	struct origin to;

	if (class == SC_NONE) {
		if (p == NULL)
			return;
		free_fail(function, p);
	}
	if (_bas_named_put(flags, class, p))
		return;
	if (unlikely(self()->cache->state == CACHE_NONE))
		_bas_init();
	if (_bas_origin_of(&to, flags & ((1 << FLAGS_ARENA_SHIFT) - 1)))
		free_to(function, &to, p, class);
	attend();
}

size_t
_bas_usable(const char *function, const void *p)
{
	unsigned class = pointer_class(p);

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

void *
_bas_pages_resize(void *p, size_t size, size_t request, bool move)
{
	struct prof_object *object = NULL;
	void *new;

	if (unlikely(_bas_sample_on))
		object = _bas_prof_resize_begin(p);
	if (move)
		new = _bas_large_resize(p, size);
	else
		new = _bas_large_resize_in_place(p, size) ? p : NULL;
	if (unlikely(_bas_sample_on))
		_bas_prof_resize_end(object, new, request);
	return (new);
}

void
_bas_resize_finish(void *p, size_t from, size_t to)
{

	if (unlikely(self()->cache->state == CACHE_NONE))
		_bas_init();
	_bas_object_resized(_bas_tsd_own(), p, from, to);
	attend();
}
