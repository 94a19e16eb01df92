/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CHECK_H
#define	CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A program ends at the first thing that is not as it should be. */
#define	CHECK(e)	((e) ? (void)0 : check_fail(__FILE__, __LINE__, #e))

static inline void
check_fail(const char *file, int line, const char *what)
{

	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	_Exit(1);
}

/* Some work with objects of many sizes, whose contents are looked at. */
static inline void
churn(unsigned rounds)
{
	unsigned char *p[64] = { NULL };
	size_t size[64] = { 0 }, n;
	unsigned i, j, r = 12345;

	for (i = 0; i < rounds * 64; i++) {
		r = r * 1103515245 + 12345;
		j = r >> 16 & 63;
		if (p[j] != NULL) {
			CHECK(p[j][0] == j && p[j][size[j] - 1] == j);
			free(p[j]);
		}
		n = (r >> 8) % 3000 + 1;
		if (i % 97 == 0)
			n *= 100;
		p[j] = malloc(n);
		CHECK(p[j] != NULL);
		size[j] = n;
		p[j][0] = p[j][n - 1] = (unsigned char)j;
	}
	for (j = 0; j < 64; j++)
		free(p[j]);
}

#endif /* !CHECK_H */
