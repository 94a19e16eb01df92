/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

static long global[1000];

int
main(void)
{
	free(blame(global));
	return (0);
}
