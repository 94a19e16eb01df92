/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "os/os.h"
#include "page/huge.h"
#include "page/hugefill.h"
#include "util/options.h"

/* In use, in superpages, before the next one is backed huge. */
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

bool
_bas_hugefill_advise(uintptr_t base, size_t n, bool huge)
{

	/* Where the OS backs everything huge, never has to be said. */
	if (_bas_options.thp == THP_NEVER && _bas_os_info.thp)
		(void)_bas_os_hugify((void *)base, n * HUGE, false);
	return (huge && _bas_os_hugify((void *)base, n * HUGE, true) == 0);
}
