/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Says what fresh and reused memory holds: for each size, whether all bytes of
 * a block are zero or junk after it was dirty, been freed and allocated again.
 */

#include "../include/testutil.h"

#define	NBLOCKS	200

static int
all_are(const unsigned char *p, size_t size, unsigned char value)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != value)
			return (0);
	return (1);
}

int
main(void)
{
	static const size_t sizes[] = { 8, 24, 100, 1000, 6000, 50000,
	    3000000 };
	unsigned char *p[NBLOCKS];
	size_t i, n, round, s;
	int junk, zero;

	for (s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		n = sizes[s] > 100000 ? 4 : NBLOCKS;
		junk = zero = 1;
		for (round = 0; round < 3; round++) {
			for (i = 0; i < n; i++) {
				p[i] = malloc(sizes[s]);
				if (p[i] == NULL)
					return (1);
				zero &= all_are(p[i], sizes[s], 0);
				junk &= all_are(p[i], sizes[s], 0xa5);
				memset(p[i], 0x33, sizes[s]);
			}
			for (i = 0; i < n; i++)
				free(p[i]);
		}
		printf("%zu %s\n", sizes[s], zero ? "zero" : junk ? "junk" :
		    "dirty");
	}
	return (0);
}
