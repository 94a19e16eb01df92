/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	char *p = malloc(5 * MIB);

	free(blame(p + 2 * MIB));
	return (0);
}
