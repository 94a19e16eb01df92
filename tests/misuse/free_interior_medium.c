/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	char *p = malloc(3000);

	free(blame(p + 1024));
	return (0);
}
