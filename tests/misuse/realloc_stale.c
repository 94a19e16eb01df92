/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* realloc moved the block; the old address is freed nevertheless. */
#include "misuse.h"

int
main(void)
{
	void *p = malloc(100), *q;

	q = realloc(blame(p), 100000);
	free(hide(p));
	free(q);
	return (0);
}
