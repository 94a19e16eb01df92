/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The second time comes in a destructor of the program. */
#include "misuse.h"

static void *block;

static void __attribute__((destructor))
release(void)
{
	free(hide(block));
}

int
main(void)
{
	block = malloc(5 * MIB);
	free(blame(block));
	return (0);
}
