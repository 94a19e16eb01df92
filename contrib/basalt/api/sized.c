/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The size that the caller knows is not needed: the page map is as near,
 * and does not lie.
 */
#include <stdlib.h>

#include "api/slow.h"
#include "malloc_np.h"

void
_bas_free_sized(void *p, size_t size)
{

	(void)size;
	_bas_free(p);
}
PUBLIC_NAME(free_sized);

void
_bas_free_aligned_sized(void *p, size_t align, size_t size)
{

	(void)align;
	(void)size;
	_bas_free(p);
}
PUBLIC_NAME(free_aligned_sized);
