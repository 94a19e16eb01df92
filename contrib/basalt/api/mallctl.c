/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "malloc_np.h"

#include "api/init.h"
#include "api/names.h"
#include "heap/arena.h"
#include "watch/ctl.h"

/*
 * Programs take it for granted that there is an arena 0, also where they have
 * not allocated yet, or do not from that one.
 */
static void
begin(void)
{

	_bas_init();
	(void)_bas_arena_make(0);
}

int
_bas_mallctl(const char *name, void *oldp, size_t *oldlenp, void *newp,
    size_t newlen)
{

	begin();
	return (_bas_ctl(name, oldp, oldlenp, newp, newlen));
}
PUBLIC_NAME(mallctl);

int
_bas_mallctlnametomib(const char *name, size_t *mibp, size_t *miblenp)
{

	begin();
	return (_bas_ctl_mib(name, mibp, miblenp));
}
PUBLIC_NAME(mallctlnametomib);

int
_bas_mallctlbymib(const size_t *mib, size_t miblen, void *oldp, size_t *oldlenp,
    void *newp, size_t newlen)
{

	begin();
	return (_bas_ctl_by_mib(mib, miblen, oldp, oldlenp, newp, newlen));
}
PUBLIC_NAME(mallctlbymib);
