/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Functions that a program with a malloc of its own may have left out: they
 * then follow its malloc, or fail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dynlink.h"
#include "api/names.h"

extern weak void __dls3(size_t *, size_t *);

/* The dynamic linker knows; without it there is one malloc to look at. */
__attribute__((constructor(1))) static void
replaced_find(void)
{

	if (__dls3 == NULL && malloc != _bas_malloc)
		__malloc_replaced = 1;
}

weak void *
calloc(size_t number, size_t size)
{
	size_t bytes;
	void *p;

	if (!__malloc_replaced)
		return (_bas_calloc(number, size));
	if (__builtin_mul_overflow(number, size, &bytes)) {
		errno = ENOMEM;
		return (NULL);
	}
	p = malloc(bytes);
	return (p == NULL ? NULL : memset(p, 0, bytes));
}

/* What it gave could not be freed. */
weak void *
aligned_alloc(size_t align, size_t size)
{

	if (!__malloc_replaced || __aligned_alloc_replaced)
		return (_bas_aligned_alloc(align, size));
	errno = ENOMEM;
	return (NULL);
}
