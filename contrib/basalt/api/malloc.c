/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * malloc, calloc and free: where the three headers of the fast path meet.
 *
 *	malloc	a size of up to 1 KiB has its class in a table
 *		  the class's stack has an object		-> done
 *		  it has none, or an event has come		-> slow
 *		any other size					-> more
 *	more	up to 1 MiB: a stack too, by another table or arithmetic
 *	slow	up to 1 MiB: the stack is refilled in batches
 *		above: pages
 *	free	the page map has the class of the page
 *		  the class's stack has room			-> done
 *		  it is full, or has no slots			-> slow
 *	slow	a class: the stack is grown, or half of it flushed
 *		pages: back to where they came from
 *		nothing of ours: NULL, or the end of the program
 */
#include <stdlib.h>
#include <string.h>

#include "api/slow.h"
#include "malloc_np.h"
#include "meta/pagemap.h"
#include "thread/cache.h"
#include "util/config.h"

static __attribute__((noinline)) void *
malloc_slow(size_t size)
{
	void *p;

	p = _bas_alloc_slow(size);
	return (p != NULL ? p : _bas_alloc_fail("malloc"));
}

/* More than SC_TINY_MAX bytes. */
static __attribute__((noinline)) void *
malloc_more(size_t size)
{
	void *p;

	if (likely(size <= SC_CLASS_MAX)) {
		p = cache_take(self()->cache, sizeclass_more(size));
		if (likely(p != NULL))
			return (p);
	}
	return (malloc_slow(size));
}

void *
_bas_malloc(size_t size)
{
	void *p;

	if (unlikely(size > SC_TINY_MAX))
		return (malloc_more(size));
	p = cache_take(self()->cache, _bas_sizeclass_tiny[size]);
	if (likely(p != NULL))
		return (p);
	return (malloc_slow(size));
}
PUBLIC_NAME(malloc);

static __attribute__((noinline)) void
free_slow(void *p, size_t class)
{

	_bas_free_slow("free", p, (unsigned)class);
}

void
_bas_free(void *p)
{
	size_t class = pagemap_class(p);

	if (likely(cache_put(self()->cache, class, p)))
		return;
	free_slow(p, class);
}
PUBLIC_NAME(free);

static __attribute__((noinline)) void *
calloc_slow(size_t size)
{
	void *p;

	if (size > SC_TINY_MAX) {
		p = cache_take(self()->cache, sizeclass_small(size));
		if (likely(p != NULL))
			return (memset(p, 0, size));
	}
	p = _bas_alloc_zero(size);
	return (p != NULL ? p : _bas_alloc_fail("calloc"));
}

/*
 * Zeros from p on, n bytes.  Up to 64, where a call costs more than the
 * stores, the first half and the last one, which may overlap; eight bytes are
 * the least that an object has.  The steps are in the order in which sizes of
 * all kinds are foreseen best.
 */
static inline void *
clear(void *p, size_t n)
{
	char *end = (char *)p + n;

	if (n > 32) {
		if (unlikely(n > 64))
			return (memset(p, 0, n));
		memset(p, 0, 32);
		memset(end - 32, 0, 32);
	} else if (n > 16) {
		memset(p, 0, 16);
		memset(end - 16, 0, 16);
	} else {
		memset(p, 0, 8);
		memset(n > 8 ? end - 8 : p, 0, 8);
	}
	return (p);
}

void *
_bas_calloc(size_t number, size_t size)
{
	size_t bytes;
	void *p;

	if (unlikely(__builtin_mul_overflow(number, size, &bytes)))
		return (_bas_alloc_fail("calloc"));
	if (likely(bytes <= SC_TINY_MAX)) {
		p = cache_take(self()->cache, _bas_sizeclass_tiny[bytes]);
		if (likely(p != NULL))
			return (clear(p, bytes));
	}
	return (calloc_slow(bytes));
}
DERIVED_NAME(calloc);
