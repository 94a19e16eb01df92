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
	dallocx(blame(global), MALLOCX_TCACHE_NONE);
	return (0);
}
