/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <malloc_np.h>

#include "misuse.h"

int
main(void)
{
	void *p = mallocx(72, MALLOCX_TCACHE_NONE);

	dallocx(blame(p), MALLOCX_TCACHE_NONE);
	dallocx(hide(p), MALLOCX_TCACHE_NONE);
	return (0);
}
