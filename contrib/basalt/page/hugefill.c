/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "os/os.h"
#include "page/huge.h"
#include "page/hugefill.h"
#include "util/options.h"

/*
 * In use, in huge pages, before the next superpage is backed by some.  Fewer
 * take less time and more memory: programs.md has figures.
 */
#define	HUGEFILL_MIN	4
/*
 * Pages of a run that one may be made for: a slab, or what is not larger.
 * What is larger often is used in part: of 4 GiB in runs of up to 1 MiB of
 * which one page is written all was resident, and now 0.1 GiB are.
 */
#define	HUGEFILL_RUN	16
/* The largest huge page that a span is aligned for. */
#define	HUGEFILL_MAX	((size_t)512 << 20)

/* There are huge pages to be had for runs, and where is left to us. */
static bool
is_ours_to_say(void)
{

	return (_bas_options.thp == THP_DEFAULT && os_hugepage(HUGE) != 0);
}

bool
_bas_hugefill_is_due(const struct pages *pages, size_t npages)
{

	if (_bas_options.thp == THP_ALWAYS)
		return (true);
	if (!is_ours_to_say())
		return (false);
	if (_bas_options.hpa && _bas_options.hpa_hugify_style != HUGIFY_AUTO)
		return (_bas_options.hpa_hugify_style == HUGIFY_EAGER);
	return (npages <= HUGEFILL_RUN && counter_read(&pages->nactive) >=
	    HUGEFILL_MIN * (os_hugepage(HUGE) / PAGE));
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
	if (_bas_options.hpa_hugify_sync && _bas_os_info.hugepage == HUGE)
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

/* Where nothing is known of sizes, or there are larger ones, it may. */
bool
_bas_hugefill_is_refilled(void)
{

	return (_bas_os_info.hugepages == 0 ||
	    _bas_os_info.hugepages >= HUGE);
}

unsigned
_bas_hugefill_pages(void)
{
	size_t size = os_hugepage(HUGE);

	if (size < _bas_os_info.page)
		size = _bas_os_info.page;
	return ((unsigned)(size / PAGE));
}

size_t
_bas_hugefill_span(uintptr_t base, size_t n)
{
	size_t size, max = HUGEFILL_MAX;

	if (_bas_options.thp != THP_ALWAYS)
		return (HUGE);
	if (base != 0 && (base & -base) < max)
		max = base & -base;
	size = os_hugepage(n < max / HUGE ? n * HUGE : max);
	return (size < HUGE ? HUGE : size);
}
