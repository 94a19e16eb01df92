/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Aligned as a block would be, far from anything mapped. */
#include "misuse.h"

int
main(void)
{
	char *p = malloc(64);

	free(blame(p + ((size_t)1 << 38)));
	return (0);
}
