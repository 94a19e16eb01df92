/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* A whole list is freed twice; any one of its objects may be named. */
#include "misuse.h"

int
main(void)
{
	void *p[3000];
	int i;

	for (i = 0; i < 3000; i++)
		p[i] = malloc(32);
	for (i = 0; i < 3000; i++)
		free(p[i]);
	blame(p[0]);
	for (i = 0; i < 3000; i++)
		free(hide(p[i]));
	return (0);
}
