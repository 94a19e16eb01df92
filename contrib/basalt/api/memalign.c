/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The functions of C and POSIX that allocate on a multiple of something. */
#include <errno.h>
#include <stdlib.h>

#include "api/slow.h"
#include "heap/sizeclass.h"
#include "malloc_np.h"
#include "meta/pagemap.h"
#include "thread/cache.h"
#include "util/bits.h"

static __attribute__((noinline)) void *
aligned_invalid(void)
{

	errno = EINVAL;
	return (NULL);
}

static __attribute__((noinline)) void *
aligned_slow(size_t align, size_t size, const char *function)
{
	void *p = NULL;

	if (align == 0)
		return (aligned_invalid());
	if (size <= SC_SIZE_MAX)
		p = align <= SC_QUANTUM && align <= (size | 8) ?
		    _bas_alloc_slow(size) : _bas_alloc_aligned(align, size);
	return (p != NULL ? p : _bas_alloc_fail(function));
}

/* What is not tiny may have a stack too, and with an object. */
static __attribute__((noinline)) void *
aligned_more(size_t align, size_t size, const char *function)
{
	void *p;

	if (align - 1 < PAGE && size <= SC_CLASS_MAX) {
		p = cache_take(self()->cache,
		    sizeclass_aligned(align, size));
		if (likely(p != NULL))
			return (p);
	}
	return (aligned_slow(align, size, function));
}

/* align is a power of two, or 0. */
static inline void *
aligned(size_t align, size_t size, const char *function)
{
	void *p;

	if (unlikely(!sizeclass_is_tiny(align, size)))
		return (aligned_more(align, size, function));
	p = cache_take(self()->cache, sizeclass_tiny_aligned(align, size));
	if (likely(p != NULL))
		return (p);
	return (aligned_slow(align, size, function));
}

void *
_bas_alloc_memalign(const char *function, size_t align, size_t size)
{

	return (aligned(align, size, function));
}

static __attribute__((noinline)) int
posix_memalign_slow(void **result, size_t align, size_t size)
{
	int saved = errno;
	void *p;

	p = aligned(align, size, "posix_memalign");
	if (p == NULL) {
		errno = saved;
		return (ENOMEM);
	}
	*result = p;
	return (0);
}

int
_bas_posix_memalign(void **result, size_t align, size_t size)
{
	void *p;

	if (unlikely((align & (align - 1)) != 0 || align < sizeof(void *)))
		return (EINVAL);
	if (likely(sizeclass_is_tiny(align, size))) {
		p = cache_take(self()->cache,
		    sizeclass_tiny_aligned(align, size));
		if (likely(p != NULL)) {
			*result = p;
			return (0);
		}
	}
	return (posix_memalign_slow(result, align, size));
}
DERIVED_NAME(posix_memalign);

void *
_bas_aligned_alloc(size_t align, size_t size)
{

	/* 0 is told from a power of two on the slow path. */
	if (unlikely((align & (align - 1)) != 0))
		return (aligned_invalid());
	return (aligned(align, size, "aligned_alloc"));
}
DERIVED_NAME(aligned_alloc);
