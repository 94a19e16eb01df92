/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	char *p = malloc(100);

	free_sized(blame(p + 4), 100);
	return (0);
}
