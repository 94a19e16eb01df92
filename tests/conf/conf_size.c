/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * conf_size SIZE ...: for each, how many bytes malloc(), nallocx(), realloc()
 * from the size before, and calloc() make of it, all of them zero.
 */
#include <err.h>
#include <malloc_np.h>
#include <stdio.h>
#include <stdlib.h>

static size_t
calloc_size(size_t size)
{
	size_t usable, i;
	char *p;

	p = calloc(1, size);
	if (p == NULL)
		err(1, "calloc");
	usable = malloc_usable_size(p);
	for (i = 0; i < size; i++)
		if (p[i] != 0)
			errx(1, "byte %zu is not zero", i);
	free(p);
	return (usable);
}

int
main(int argc, char **argv)
{
	void *p, *again = NULL;
	size_t size;

	for (argv++; argc > 1; argc--, argv++) {
		size = strtoul(*argv, NULL, 0);
		p = malloc(size);
		again = realloc(again, size);
		if (p == NULL || again == NULL)
			err(1, "%zu bytes", size);
		printf("%zu %zu %zu %zu %zu\n", size, malloc_usable_size(p),
		    nallocx(size, 0), malloc_usable_size(again),
		    calloc_size(size));
		free(p);
	}
	free(again);
	return (0);
}
