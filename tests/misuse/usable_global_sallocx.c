/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <malloc_np.h>

#include "misuse.h"

static char	global[64];

int
main(void)
{
	printf("%zu\n", sallocx(blame(global), 0));
	return (0);
}
