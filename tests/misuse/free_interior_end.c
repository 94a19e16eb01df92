/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The last page of a large block. */
#include "misuse.h"

int
main(void)
{
	char *p = malloc(5 * MIB);

	free(blame(p + 5 * MIB - 4096));
	return (0);
}
