/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	char *p = malloc(64);

	free(blame(p + 1));
	return (0);
}
