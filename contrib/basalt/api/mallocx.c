/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The functions in x: malloc and its kin with a word of flags.
 *
 * None of them sets errno.  Without flags mallocx is malloc, and freeing
 * is free unless a cache is named: the arena that an object belongs to
 * is known from where it lies.
 */
#include <errno.h>
#include <string.h>

#include "api/slow.h"
#include "heap/slab.h"
#include "malloc_np.h"
#include "meta/pagemap.h"
#include "thread/cache.h"
#include "thread/object.h"
#include "util/config.h"
#include "util/options.h"
#include "util/report.h"

#define	IS_ALIGNED(p, align)	(((uintptr_t)(p) & ((align) - 1)) == 0)

static __attribute__((noinline)) void *
alloc_slow(const char *function, size_t size, int flags)
{
	int saved = errno;
	void *p;

	p = _bas_alloc_flags(size, flags);
	if (p != NULL)
		return (p);
	if (_bas_options.xmalloc)
		_bas_report_fatal(function, "out of memory");
	errno = saved;
	return (NULL);
}

void *
_bas_mallocx(size_t size, int flags)
{
	void *p;

	if (likely(flags == 0)) {
		p = cache_take(self()->cache, sizeclass_small(size));
		if (likely(p != NULL))
			return (p);
	}
	return (alloc_slow("mallocx", size, flags));
}
PUBLIC_NAME(mallocx);

static bool
names_cache(int flags)
{

	return (((unsigned)flags &
	    (FLAGS_TCACHE << FLAGS_TCACHE_SHIFT)) != 0);
}

void
_bas_dallocx(void *p, int flags)
{

	if (likely(!names_cache(flags)))
		_bas_free(p);
	else
		_bas_free_flags("dallocx", p, flags);
}
PUBLIC_NAME(dallocx);

/* The page map knows the size, and does not lie. */
void
_bas_sdallocx(void *p, size_t size, int flags)
{

	(void)size;
	if (likely(!names_cache(flags)))
		_bas_free(p);
	else
		_bas_free_flags("sdallocx", p, flags);
}
PUBLIC_NAME(sdallocx);

size_t
_bas_sallocx(const void *p, int flags)
{

	(void)flags;
	return (_bas_usable("sallocx", p));
}
PUBLIC_NAME(sallocx);

size_t
_bas_nallocx(size_t size, int flags)
{

	return (_bas_object_size(size, flags_align(flags)));
}
PUBLIC_NAME(nallocx);

/*
 * Count an object of pages that is larger or smaller than before, and
 * clear what is new, from its old end on, where the flags want that.
 */
static void
resized(void *p, size_t old, size_t size, int flags)
{

	_bas_resize_finish(p, old, size);
	if ((flags & MALLOCX_ZERO) != 0 && size > old)
		_bas_object_clear((char *)p + old, size - old);
}

/*
 * Without a copy; false: it takes one.  Its pages may move, and *p with
 * them, unless the flags say what else there is to the new place.
 */
static bool
resize(void **p, size_t old, size_t size, size_t request, int flags)
{
	size_t align = flags_align(flags);
	void *new;

	if (!IS_ALIGNED(*p, align))
		return (false);
	if (size == old)
		return (true);
	if (pointer_class(*p) <= SC_NSMALL || size <= SC_SMALL_MAX)
		return (false);
	if (align <= HUGE && (unsigned)flags >> FLAGS_ARENA_SHIFT == 0) {
		new = _bas_pages_resize(*p, size, request, true);
		if (new == NULL)
			return (false);
		*p = new;
	} else if (!_bas_pages_resize(*p, size, request, false))
		return (false);
	resized(*p, old, size, flags);
	return (true);
}

static __attribute__((noinline)) void *
rallocx_slow(void *p, size_t request, int flags)
{
	size_t old = _bas_usable("rallocx", p);
	size_t size = _bas_object_size(request, flags_align(flags));
	int saved = errno;
	bool done;
	void *new;

	done = size != 0 && resize(&p, old, size, request, flags);
	errno = saved;
	if (done)
		return (p);
	/* What is new is zero to its end, what is not is copied. */
	if (size <= old)
		flags &= ~MALLOCX_ZERO;
	new = alloc_slow("rallocx", request, flags);
	if (new == NULL)
		return (NULL);
	memcpy(new, p, old < size ? old : size);
	_bas_dallocx(p, flags);
	return (new);
}

/* Without an alignment the class is that of the size alone. */
void *
_bas_rallocx(void *p, size_t size, int flags)
{

	if (likely(sizeclass_is(size, pagemap_class(p)) &&
	    ((unsigned)flags & FLAGS_LG_ALIGN) == 0))
		return (p);
	return (rallocx_slow(p, size, flags));
}
PUBLIC_NAME(rallocx);

/* Objects of slabs have no room to grow, and none to give. */
size_t
_bas_xallocx(void *p, size_t size, size_t extra, int flags)
{
	size_t align = flags_align(flags), old, least, most;
	int saved = errno;

	old = _bas_usable("xallocx", p);
	if (pointer_class(p) <= SC_NSMALL || !IS_ALIGNED(p, align) ||
	    size > SC_SIZE_MAX)
		return (old);
	if (extra > SC_SIZE_MAX - size)
		extra = SC_SIZE_MAX - size;
	least = _bas_object_size(size, align);
	most = _bas_object_size(size + extra, align);
	if (most <= SC_SMALL_MAX || most == old)
		return (old);
	if (!_bas_pages_resize(p, most, size + extra, false)) {
		most = least;
		if (least <= old || !_bas_pages_resize(p, least, size, false))
			most = old;
	}
	errno = saved;
	if (most != old)
		resized(p, old, most, flags);
	return (most);
}
PUBLIC_NAME(xallocx);
