/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	void *p = malloc(3 * MIB);

	free(blame(p));
	free(realloc(hide(p), 30 * MIB));
	return (0);
}
