/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "os/os.h"
#include "page/dirty.h"
#include "util/bits.h"

/* Beside a share of the most in use; measured: see decay.md. */
#define	DIRTY_SPARE	((size_t)4 << 20 >> PAGE_SHIFT)
#define	DIRTY_SHARE	2
/* What a purge for the bound takes at least: a few calls, not one a page. */
#define	DIRTY_LEAST	((size_t)1 << 20 >> PAGE_SHIFT)

ssize_t
_bas_dirty_max(const struct pages *pages)
{

	return (atomic_load_explicit(&pages->dirty_max,
	    memory_order_relaxed));
}

void
_bas_dirty_set_max(struct pages *pages, ssize_t max)
{

	atomic_store_explicit(&pages->dirty_max, max, memory_order_relaxed);
	pages->dirty_left = 0;
}

size_t
_bas_dirty_limit(const struct pages *pages)
{
	size_t active = counter_read(&pages->nactive), peak = active, limit;
	ssize_t max = _bas_dirty_max(pages);

	if (max < 0 || (max == 0 && atomic_load_explicit(
	    &pages->dirty_decay.ms, memory_order_relaxed) < 0))
		return (SIZE_MAX);
	if (pages->peak[0] > peak)
		peak = pages->peak[0];
	if (pages->peak[1] > peak)
		peak = pages->peak[1];
	limit = max > 0 ? (size_t)max / PAGE :
	    peak + peak / DIRTY_SHARE + DIRTY_SPARE - active;
	return (limit > pages->dirty_left ? limit : pages->dirty_left);
}

size_t
_bas_dirty_target(const struct pages *pages, size_t npages)
{
	size_t limit = _bas_dirty_limit(pages);

	if (npages <= limit)
		return (npages);
	return (limit > DIRTY_LEAST ? limit - DIRTY_LEAST : 0);
}

/* The most of half a decay's time, and of the half before that. */
static void
peak_age(struct pages *pages, uint64_t now)
{
	uint64_t half = pages->dirty_decay.interval * DECAY_STEPS / 2;

	if (now - pages->peak_time < half)
		return;
	/* A long rest is two halves. */
	pages->peak[1] = now - pages->peak_time < 2 * half ?
	    pages->peak[0] : 0;
	pages->peak[0] = counter_read(&pages->nactive);
	pages->peak_time = now;
	pages->dirty_left = 0;
}

void
_bas_dirty_settle(struct pages *pages, size_t npages, uint64_t now)
{

	if (npages > _bas_dirty_limit(pages))
		pages->dirty_left = npages;
	peak_age(pages, now);
}
