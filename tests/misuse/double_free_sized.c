/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int
main(void)
{
	void *p = malloc(72);

	free_sized(blame(p), 72);
	free_sized(hide(p), 72);
	return (0);
}
