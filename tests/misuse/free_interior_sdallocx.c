/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <malloc_np.h>

#include "misuse.h"

int
main(void)
{
	char *p = mallocx(1000, MALLOCX_ALIGN(64));

	sdallocx(blame(p + 64), 1000, MALLOCX_ALIGN(64) |
	    MALLOCX_TCACHE_NONE);
	return (0);
}
