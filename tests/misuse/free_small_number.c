/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* An error code that was taken for a pointer. */
#include "misuse.h"

int
main(void)
{
	free(blame((void *)hide_size(8)));
	return (0);
}
