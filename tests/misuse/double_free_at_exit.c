/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The second time comes in a handler that runs at exit. */
#include "misuse.h"

static void *block;

static void
release(void)
{
	free(hide(block));
}

int
main(void)
{
	block = malloc(80);
	atexit(release);
	free(blame(block));
	return (0);
}
