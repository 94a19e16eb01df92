/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "api/slow.h"
#include "malloc_np.h"

size_t
_bas_malloc_usable_size(_MALLOC_NP_CONST void *p)
{

	return (p == NULL ? 0 : _bas_usable("malloc_usable_size", p));
}
PUBLIC_NAME(malloc_usable_size);
