/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * pair KIND SIZE PAIRS: a bare loop of allocations, to count instructions.
 *
 * The loops stay as plain as a loop over malloc and free can be; what they
 * cost themselves is part of the figure and the same for every allocator
 * (the kind "loop" shows it: calls that only return).
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define	DEEP	64

typedef void	loop_fn(size_t size, long n);

struct kind {
	const char	*name;
	loop_fn		*run;
};

static char	nothing[16];

/* As opaque to the compiler as a function of a library is. */
static __attribute__((__noinline__)) void *
null_malloc(size_t size)
{

	__asm__ volatile("" : "+r"(size) : : "memory");
	return (nothing);
}

static __attribute__((__noinline__)) void
null_free(void *p)
{

	__asm__ volatile("" : : "r"(p) : "memory");
}

static void
loop_null(size_t size, long n)
{
	char *p;
	long i;

	for (i = 0; i < n; i++) {
		p = null_malloc(size);
		*(volatile char *)p = 1;
		null_free(p);
	}
}

static void
loop_pair(size_t size, long n)
{
	char *p;
	long i;

	for (i = 0; i < n; i++) {
		p = malloc(size);
		*(volatile char *)p = 1;
		free(p);
	}
}

static void
loop_deep(size_t size, long n)
{
	char *p[DEEP];
	long i;
	int k;

	for (i = 0; i < n; i += DEEP) {
		for (k = 0; k < DEEP; k++) {
			p[k] = malloc(size);
			*(volatile char *)p[k] = 1;
		}
		for (k = 0; k < DEEP; k++)
			free(p[k]);
	}
}

static void
loop_calloc(size_t size, long n)
{
	char *p;
	long i;

	for (i = 0; i < n; i++) {
		p = calloc(1, size);
		*(volatile char *)p = 1;
		free(p);
	}
}

/* In place: to a size a byte less and back, of the same class. */
static void
loop_realloc(size_t size, long n)
{
	char *p;
	long i;

	p = malloc(size);
	for (i = 0; i < n; i++) {
		p = realloc(p, size - (i & 1));
		*(volatile char *)p = 1;
	}
	free(p);
}

static void
loop_aligned(size_t size, long n)
{
	char *p;
	long i;

	for (i = 0; i < n; i++) {
		p = aligned_alloc(64, size);
		*(volatile char *)p = 1;
		free(p);
	}
}

static const struct kind kinds[] = {
	{ "loop", loop_null },
	{ "pair", loop_pair },
	{ "deep", loop_deep },
	{ "calloc", loop_calloc },
	{ "realloc", loop_realloc },
	{ "aligned", loop_aligned },
};

int
main(int argc, char *argv[])
{
	unsigned i;

	for (i = 0; argc == 4 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].run((size_t)atol(argv[2]), atol(argv[3]));
			return (0);
		}
	}
	fprintf(stderr, "usage: pair KIND SIZE PAIRS\n");
	return (2);
}
