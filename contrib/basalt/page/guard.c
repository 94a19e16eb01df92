/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "os/self.h"
#include "page/extent.h"
#include "page/guard.h"
#include "page/page.h"
#include "page/purge.h"
#include "page/span.h"

bool
_bas_guard_count(enum guard kind, size_t nth)
{
	size_t *counted = &self()->guarded[kind];

	/* Of each thread, so that counting costs nobody else anything. */
	if (++*counted < nth)
		return (false);
	*counted = 0;
	return (true);
}

static bool
is_hooked(struct pages *pages)
{

	return (extents_are_hooked(atomic_load_explicit(&pages->extents,
	    memory_order_acquire)));
}

static int
guard_set(uintptr_t address, bool closed)
{

	return (_bas_os_protect((void *)address, _bas_os_info.page, closed));
}

/* Where the guard after an object begins. */
static uintptr_t
after(uintptr_t address, size_t npages)
{

	return (ROUNDUP(address + npages * PAGE, _bas_os_info.page));
}

/* Both or none; or the first alone, where it cannot be opened again. */
static bool
guards_close(uintptr_t address, size_t npages)
{

	if (guard_set(address - _bas_os_info.page, true) != 0)
		return (false);
	if (guard_set(after(address, npages), true) == 0)
		return (true);
	return (guard_set(address - _bas_os_info.page, false) != 0);
}

uintptr_t
_bas_guard_alloc(struct pages *pages, size_t npages, bool *zeroed)
{
	size_t g = guard_pages(), total = 2 * g + ROUNDUP(npages, g);
	struct huge *huge;
	uintptr_t base;

	if (total > HUGE_PAGES || is_hooked(pages))
		return (0);
	base = _bas_page_alloc(pages, total, g, zeroed);
	if (base == 0)
		return (0);
	huge = pagemap_huge((void *)base);
	if (!_bas_huge_is_hooked(huge) &&
	    guards_close(base + g * PAGE, npages))
		return (base + g * PAGE);
	(void)_bas_page_free(huge, base, total);
	return (0);
}

/*
 * A guard that the OS does not open stays in use for ever.  The pages
 * between the end of the object and the guard go with the guard.
 */
bool
_bas_guard_free(struct huge *huge, uintptr_t address, size_t npages, bool all)
{
	size_t g = guard_pages(), rest = ROUNDUP(npages, g) - npages;
	uintptr_t end = address + npages * PAGE;
	bool due = false;

	if (guard_set(address - g * PAGE, false) == 0)
		due |= _bas_page_free(huge, address - g * PAGE, g);
	if (guard_set(end + rest * PAGE, false) == 0)
		due |= _bas_page_free(huge, end, rest + g);
	else if (rest != 0)
		due |= _bas_page_free(huge, end, rest);
	if (all)
		due |= _bas_page_free(huge, address, npages);
	return (due);
}

struct huge *
_bas_guard_span_alloc(struct pages *pages, size_t npages, bool *zeroed)
{
	size_t g = guard_pages(), inside = ROUNDUP(npages, g);
	struct huge *span;

	if (is_hooked(pages))
		return (NULL);
	span = _bas_span_alloc(pages, inside + 2 * g, HUGE, zeroed);
	if (span == NULL)
		return (NULL);
	span->guarded = !_bas_huge_is_hooked(span) &&
	    guards_close(span->base + g * PAGE, inside);
	if (span->guarded)
		return (span);
	(void)_bas_span_free(span);
	return (NULL);
}

bool
_bas_guard_span_open(struct huge *span)
{
	uintptr_t last = span->base + span->npages * PAGE -
	    _bas_os_info.page;

	if (guard_set(span->base, false) != 0 || guard_set(last, false) != 0) {
		(void)_bas_purge_now(span->base, span->npages * PAGE, false);
		return (false);
	}
	span->guarded = false;
	return (true);
}
