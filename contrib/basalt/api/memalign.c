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
aligned_slow(const char *function, size_t align, size_t size)
{
	void *p = NULL;

	if (size <= SC_SIZE_MAX)
		p = align <= SC_QUANTUM && align <= (size | 8) ?
		    _bas_alloc_slow(size) : _bas_alloc_aligned(align, size);
	return (p != NULL ? p : _bas_alloc_fail(function));
}

/* The class is that of size rounded up to align: see sizeclass_aligned. */
static inline void *
aligned(const char *function, size_t align, size_t size)
{
	void *p;

	if (likely(align <= PAGE && size <= SC_SMALL_MAX - PAGE)) {
		p = cache_take(self()->cache, sizeclass_aligned(align, size));
		if (likely(p != NULL))
			return (p);
	}
	return (aligned_slow(function, align, size));
}

void *
_bas_alloc_memalign(const char *function, size_t align, size_t size)
{

	return (aligned(function, align, size));
}

int
_bas_posix_memalign(void **result, size_t align, size_t size)
{
	int saved;
	void *p;

	if (!is_pow2(align) || align < sizeof(void *))
		return (EINVAL);
	saved = errno;
	p = aligned("posix_memalign", align, size);
	if (p == NULL) {
		errno = saved;
		return (ENOMEM);
	}
	*result = p;
	return (0);
}
DERIVED_NAME(posix_memalign);

void *
_bas_aligned_alloc(size_t align, size_t size)
{

	if (!is_pow2(align)) {
		errno = EINVAL;
		return (NULL);
	}
	return (aligned("aligned_alloc", align, size));
}
DERIVED_NAME(aligned_alloc);
