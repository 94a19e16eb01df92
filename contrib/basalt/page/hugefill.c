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

/* There are huge pages to be had, and which ones is left to us. */
static bool
is_ours_to_say(void)
{

	return (_bas_options.thp == THP_DEFAULT && _bas_os_info.thp &&
	    _bas_os_info.hugepage == HUGE);
}

bool
_bas_hugefill_is_due(const struct pages *pages)
{

	if (_bas_options.thp == THP_ALWAYS)
		return (true);
	if (!is_ours_to_say())
		return (false);
	if (_bas_options.hpa && _bas_options.hpa_hugify_style != HUGIFY_AUTO)
		return (_bas_options.hpa_hugify_style == HUGIFY_EAGER);
	return (counter_read(&pages->nactive) >= HUGEFILL_MIN * HUGE_PAGES);
}

bool
_bas_hugefill_is_full(const struct huge *huge)
{

	return (_bas_options.hpa && !huge->hugified && is_ours_to_say() &&
	    (_bas_options.hpa_hugify_style == HUGIFY_LAZY ||
	    _bas_options.hpa_enforce_hugify) &&
	    huge->nactive * PAGE >= _bas_options.hpa_hugification_threshold &&
	    !_bas_huge_is_hooked(huge));
}

bool
_bas_hugefill_convert(uintptr_t base)
{

	if (_bas_os_hugify((void *)base, HUGE, true) != 0)
		return (false);
	/* It is advised in any case; what is not done now comes later. */
	if (_bas_options.hpa_hugify_sync)
		(void)_bas_os_collapse((void *)base, HUGE);
	return (true);
}

bool
_bas_hugefill_advise(uintptr_t base, size_t n, bool huge)
{

	/* Where the OS backs everything huge, never has to be said. */
	if (_bas_options.thp == THP_NEVER && _bas_os_info.thp)
		(void)_bas_os_hugify((void *)base, n * HUGE, false);
	return (huge && _bas_os_hugify((void *)base, n * HUGE, true) == 0);
}
