/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	char *p = malloc(200 * KIB);

	free(blame(p + 4096));
	return (0);
}
