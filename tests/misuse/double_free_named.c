/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <malloc_np.h>

#include "misuse.h"

/* Seen when the cache that is named gives back what it holds. */
int
main(void)
{
	unsigned cache = 0;
	size_t len = sizeof(cache);
	void *p;
	int flags;

	if (mallctl("tcache.create", &cache, &len, NULL, 0) != 0)
		return (1);
	flags = MALLOCX_TCACHE((int)cache);
	p = mallocx(72, flags);
	dallocx(blame(p), flags);
	dallocx(hide(p), flags);
	return (mallctl("tcache.destroy", NULL, NULL, &cache, len));
}
