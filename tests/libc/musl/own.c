/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A malloc of the program's own: it hands out memory from one array, and
 * what it is given back has to be from there.  As much of the family as HAVE
 * says: 1 malloc, free and realloc; 2 calloc too; 3 the aligned ones too.
 */
#include <errno.h>
#include <stdint.h>

#include "check.h"

static char arena[4 << 20] __attribute__((aligned(4096)));
static size_t used, taken, given;

int
own(const void *p)
{

	return ((const char *)p >= arena && (const char *)p < arena + used);
}

size_t
own_taken(void)
{

	return (taken);
}

static void *
take(size_t align, size_t size)
{
	size_t start = (used + 16 + align - 1) & -align;

	if (size > sizeof(arena) || start + size > sizeof(arena)) {
		errno = ENOMEM;
		return (NULL);
	}
	/* So that zeros are somebody's work. */
	memset(arena + start, 0xa5, size);
	memcpy(arena + start - sizeof(size), &size, sizeof(size));
	used = start + size;
	__sync_fetch_and_add(&taken, 1);
	return (arena + start);
}

void *
malloc(size_t size)
{

	return (take(16, size));
}

void
free(void *p)
{

	if (p == NULL)
		return;
	CHECK(own(p));
	given++;
}

void *
realloc(void *p, size_t size)
{
	size_t old = 0;
	void *new;

	if (p != NULL) {
		CHECK(own(p));
		memcpy(&old, (char *)p - sizeof(old), sizeof(old));
	}
	new = take(16, size);
	if (p != NULL && new != NULL)
		memcpy(new, p, old < size ? old : size);
	return (new);
}

#if HAVE >= 2
void *
calloc(size_t number, size_t size)
{
	void *p;

	if (size != 0 && number > SIZE_MAX / size) {
		errno = ENOMEM;
		return (NULL);
	}
	p = take(16, number * size);
	return (p == NULL ? NULL : memset(p, 0, number * size));
}
#endif

#if HAVE >= 3
void *
aligned_alloc(size_t align, size_t size)
{

	return (take(align, size));
}
#endif
