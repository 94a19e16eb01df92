/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The end of the address space, MAP_FAILED and its like. */
#include "misuse.h"

int
main(void)
{
	free(blame((void *)hide_size(SIZE_MAX - 15)));
	return (0);
}
