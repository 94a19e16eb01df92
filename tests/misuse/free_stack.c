/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	long local[64];

	local[0] = 1;
	free(blame(local));
	return (0);
}
