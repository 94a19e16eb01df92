/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Older functions that allocate on a multiple of something. */
#include <errno.h>
#include <stdlib.h>

#include "api/slow.h"
#include "heap/sizeclass.h"
#include "malloc_np.h"
#include "os/os.h"
#include "util/bits.h"

void *
_bas_memalign(size_t align, size_t size)
{

	if (!is_pow2(align)) {
		errno = EINVAL;
		return (NULL);
	}
	return (_bas_alloc_memalign("memalign", align, size));
}
PUBLIC_NAME(memalign);

void *
_bas_valloc(size_t size)
{

	return (_bas_alloc_memalign("valloc", _bas_os_info.page, size));
}
PUBLIC_NAME(valloc);

void *
_bas_pvalloc(size_t size)
{
	size_t page = _bas_os_info.page;

	if (size > SC_SIZE_MAX)
		return (_bas_alloc_fail("pvalloc"));
	return (_bas_alloc_memalign("pvalloc", page, ROUNDUP(size, page)));
}
PUBLIC_NAME(pvalloc);
