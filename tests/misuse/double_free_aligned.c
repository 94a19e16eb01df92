/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	void *p = aligned_alloc(256, 1000);

	free(blame(p));
	free(hide(p));
	return (0);
}
