/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* No address at all: a tagged or overwritten pointer. */
#include "misuse.h"

int
main(void)
{
	free(blame((void *)hide_size((size_t)1 << 60 | 0x1000)));
	return (0);
}
