/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	void *p = calloc(10, 100);

	free(blame(p));
	free(hide(p));
	return (0);
}
