/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The functions that change the size of an object. */
#include <stdlib.h>
#include <string.h>

#include "api/slow.h"
#include "heap/large.h"
#include "malloc_np.h"
#include "meta/pagemap.h"
#include "thread/cache.h"
#include "thread/object.h"
#include "util/config.h"
#include "util/options.h"
#include "util/report.h"

static void *
realloc_zero(void *p)
{

	atomic_fetch_add_explicit(&_bas_zero_reallocs, 1,
	    memory_order_relaxed);
	switch (_bas_options.zero_realloc) {
	case ZERO_REALLOC_ALLOC:
		return (_bas_realloc(p, 1));
	case ZERO_REALLOC_ABORT:
		_bas_report_misuse("realloc", "size is zero", p);
	case ZERO_REALLOC_FREE:
		break;
	}
	_bas_free(p);
	return (NULL);
}

/*
 * In place, or by moving pages; NULL: it takes a copy.  An object of
 * pages never becomes one of a slab here.
 */
static void *
pages_resize(void *p, unsigned class, size_t old, size_t size)
{
	void *new;

	if (class <= SC_NSMALL || class == SC_HOST || size <= SC_SMALL_MAX)
		return (NULL);
	new = _bas_pages_resize(p, _bas_object_size(size, 1), size, true);
	if (new != NULL)
		_bas_resize_finish(new, old, _bas_usable("realloc", new));
	return (new);
}

static __attribute__((noinline)) void *
realloc_slow(void *p, size_t size, unsigned class)
{
	void *new;
	size_t old;

	if (p == NULL)
		return (_bas_malloc(size));
	old = _bas_usable("realloc", p);
	if (size == 0)
		return (realloc_zero(p));
	if (size > SC_SIZE_MAX)
		return (_bas_alloc_fail("realloc"));
	/* Of a slab with guests, or alone. */
	if (class > SC_NCLASS && size <= SC_SMALL_MAX &&
	    sizeclass_size(sizeclass_of(size)) == old)
		return (p);
	new = pages_resize(p, class, old, size);
	if (new != NULL)
		return (new);
	new = _bas_malloc(size);
	if (new == NULL)
		return (NULL);
	memcpy(new, p, old < size ? old : size);
	_bas_free(p);
	return (new);
}

void *
_bas_realloc(void *p, size_t size)
{
	size_t class = pagemap_class(p);

	if (likely(sizeclass_is(size, class)))
		return (p);
	return (realloc_slow(p, size, (unsigned)class));
}
PUBLIC_NAME(realloc);
