/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Superpages that nobody uses, as ranges sorted by address.  Under the
 * lock of whoever has the list.
 */
#ifndef BASALT_RANGE_H
#define	BASALT_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	struct range	*next;
	uintptr_t	base;
	size_t		n;		/* superpages */
	bool		committed;	/* can be used as it is */
	bool		zeroed;		/* reads as zeros */
	bool		pinned;		/* keeps its memory for ever */
};

/*
 * The lowest range with n superpages on a multiple of align, which begin
 * at *base: the lowest keeps the heap together.  NULL: there is none.
 */
struct range **_bas_range_find(struct range **first, size_t n, size_t align,
	    uintptr_t *base);
/* The range that [base, base + n superpages) lies in; NULL: there is none. */
struct range **_bas_range_around(struct range **first, uintptr_t base,
	    size_t n);
/* Put it in its place, next to others as it may be. */
void	_bas_range_link(struct range **first, struct range *range);
/* May these two be one: neighbours of one state? */
bool	_bas_range_fits(const struct range *low, const struct range *high);

#endif /* !BASALT_RANGE_H */
