/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	void *p = malloc(40);

	free(blame(p));
	free(hide(p));
	return (0);
}
