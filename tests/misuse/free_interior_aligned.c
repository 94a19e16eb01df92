/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	char *p = aligned_alloc(4096, 64 * KIB);

	free(blame(p + 8192));
	return (0);
}
