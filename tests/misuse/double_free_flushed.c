/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* So many were freed since that the object has left the cache. */
#include "misuse.h"

int
main(void)
{
	void *p[5000];
	int i;

	for (i = 0; i < 5000; i++)
		p[i] = malloc(96);
	for (i = 0; i < 5000; i++)
		free(p[i]);
	free(blame(p[100]));
	return (0);
}
