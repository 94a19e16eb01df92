/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "os/os.h"
#include "page/huge.h"
#include "page/hugefill.h"
#include "util/options.h"

/* Superpages in full use before the next one is backed huge. */
#define	HUGEFILL_MIN	8

bool
_bas_hugefill_is_due(const struct pages *pages)
{

	if (_bas_options.thp == THP_ALWAYS)
		return (true);
	if (_bas_options.thp == THP_NEVER || !_bas_os_info.thp ||
	    _bas_os_info.hugepage != HUGE)
		return (false);
	return (counter_read(&pages->nactive) >= HUGEFILL_MIN * HUGE_PAGES);
}
