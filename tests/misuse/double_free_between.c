/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Another free lies between, so that the last pointer is not the same. */
#include "misuse.h"

int
main(void)
{
	void *p = malloc(48), *q = malloc(48);

	free(blame(p));
	free(q);
	free(hide(p));
	return (0);
}
