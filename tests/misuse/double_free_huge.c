/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Its pages may be gone from the address space by the second time. */
#include "misuse.h"

int
main(void)
{
	void *p = malloc(200 * MIB);

	free(blame(p));
	free(hide(p));
	return (0);
}
