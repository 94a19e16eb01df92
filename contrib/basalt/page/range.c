/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "meta/pagemap.h"
#include "page/range.h"
#include "util/bits.h"

struct range **
_bas_range_find(struct range **first, size_t n, size_t align,
    uintptr_t *base)
{
	struct range **link;
	size_t head;

	for (link = first; *link != NULL; link = &(*link)->next) {
		*base = ROUNDUP((*link)->base, (uintptr_t)align);
		head = (*base - (*link)->base) / HUGE;
		if (head <= (*link)->n && (*link)->n - head >= n)
			return (link);
	}
	return (NULL);
}

struct range **
_bas_range_around(struct range **first, uintptr_t base, size_t n)
{
	struct range **link;

	for (link = first; *link != NULL; link = &(*link)->next)
		if ((*link)->base + (*link)->n * HUGE > base)
			break;
	if (*link == NULL || (*link)->base > base ||
	    (*link)->n - (base - (*link)->base) / HUGE < n)
		return (NULL);
	return (link);
}

void
_bas_range_link(struct range **first, struct range *range)
{
	struct range **link;

	for (link = first; *link != NULL && (*link)->base < range->base;
	    link = &(*link)->next)
		;
	range->next = *link;
	*link = range;
}

bool
_bas_range_fits(const struct range *low, const struct range *high)
{

	return (low->base + low->n * HUGE == high->base &&
	    low->committed == high->committed &&
	    low->zeroed == high->zeroed && low->pinned == high->pinned);
}
