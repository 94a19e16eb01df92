/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* realloc to no size was a free. */
#include "misuse.h"

int
main(void)
{
	void *p = malloc(2 * MIB), *q;

	q = realloc(blame(p), hide_size(0));
	if (q != NULL)
		return (1);
	free(hide(p));
	return (0);
}
