/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Functions that build on malloc, free and realloc.  A program with a malloc
 * of its own may have left them out: they then follow its malloc, or fail.
 * memalign, posix_memalign, valloc and reallocarray are musl's, and go by
 * the public names too.
 */
#define	_BSD_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "dynlink.h"
#include "libc.h"
#include "api/names.h"
#include "malloc_np.h"

extern weak void __dls3(size_t *, size_t *);

/* The dynamic linker knows; without it there is one malloc to look at. */
__attribute__((constructor(1))) static void
replaced_find(void)
{

	if (__dls3 == NULL && malloc != _bas_malloc)
		__malloc_replaced = 1;
}

static void *
calloc_replaced(size_t number, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(number, size, &bytes)) {
		errno = ENOMEM;
		return (NULL);
	}
	p = malloc(bytes);
	return (p == NULL ? NULL : memset(p, 0, bytes));
}

weak void *
calloc(size_t number, size_t size)
{

	if (__malloc_replaced)
		return (calloc_replaced(number, size));
	return (_bas_calloc(number, size));
}

/* What it gave could not be freed. */
weak void *
aligned_alloc(size_t align, size_t size)
{

	if (__malloc_replaced && !__aligned_alloc_replaced) {
		errno = ENOMEM;
		return (NULL);
	}
	return (_bas_aligned_alloc(align, size));
}

weak void *
pvalloc(size_t size)
{

	if (size > PTRDIFF_MAX) {
		errno = ENOMEM;
		return (NULL);
	}
	return (valloc((size + PAGE_SIZE - 1) & -PAGE_SIZE));
}

weak void *
reallocf(void *p, size_t size)
{
	void *new;

	new = realloc(p, size);
	if (new == NULL && size != 0)
		free(p);
	return (new);
}

weak void *
recallocarray(void *p, size_t oldnumber, size_t number, size_t size)
{
	size_t old, bytes;
	void *new;

	if (p == NULL)
		return (calloc(number, size));
	if (__builtin_mul_overflow(oldnumber, size, &old)) {
		errno = EINVAL;
		return (NULL);
	}
	new = calloc(number, size);
	if (new == NULL)
		return (NULL);
	bytes = number * size;
	memcpy(new, p, old < bytes ? old : bytes);
	explicit_bzero(p, old);
	free(p);
	return (new);
}

weak void
free_sized(void *p, size_t size)
{

	(void)size;
	free(p);
}

weak void
free_aligned_sized(void *p, size_t align, size_t size)
{

	(void)align;
	(void)size;
	free(p);
}
