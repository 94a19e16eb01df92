/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "malloc_np.h"

#include "api/init.h"
#include "util/config.h"
#include "watch/ctl.h"

BASALT_PUBLIC int
mallctl(const char *name, void *oldp, size_t *oldlenp, void *newp,
    size_t newlen)
{

	_bas_init();
	return (_bas_ctl(name, oldp, oldlenp, newp, newlen));
}

BASALT_PUBLIC int
mallctlnametomib(const char *name, size_t *mibp, size_t *miblenp)
{

	_bas_init();
	return (_bas_ctl_mib(name, mibp, miblenp));
}

BASALT_PUBLIC int
mallctlbymib(const size_t *mib, size_t miblen, void *oldp, size_t *oldlenp,
    void *newp, size_t newlen)
{

	_bas_init();
	return (_bas_ctl_by_mib(mib, miblen, oldp, oldlenp, newp, newlen));
}
