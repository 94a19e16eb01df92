/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <malloc_np.h>

#include "misuse.h"

int
main(void)
{
	long local[64];

	local[0] = 1;
	dallocx(rallocx(blame(local), 1000, MALLOCX_ZERO), 0);
	return (0);
}
