/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A bound on unused dirty pages, beside time.
 *
 * What is freed and soon asked for again costs nothing to keep, but pages
 * that are free in the wrong places only make a heap larger.  So what is in
 * use and dirty together may be half more than the most that was in use
 * lately, and some MiB: a program that frees all and asks for as much again
 * never meets this bound.
 */
#ifndef BASALT_DIRTY_H
#define	BASALT_DIRTY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "page/huge.h"

/*
 * Bytes; -1: time alone, 0: as above, or time alone where that is never.
 * Asked for at any time; set with the lock held.
 */
ssize_t	_bas_dirty_max(const struct pages *pages);
void	_bas_dirty_set_max(struct pages *pages, ssize_t max);
/* How many dirty pages may stay; SIZE_MAX: any number.  Lock held. */
size_t	_bas_dirty_limit(const struct pages *pages);
/*
 * How many of npages are to stay: all, or somewhat less than the limit, since
 * the next ones are to come.  Lock held.
 */
size_t	_bas_dirty_target(const struct pages *pages, size_t npages);
/*
 * After a purge for the bound, to npages: they may stay if it could not go
 * any lower.  And the most of a while ago is forgotten.  Lock held.
 */
void	_bas_dirty_settle(struct pages *pages, size_t npages, uint64_t now);

/* Pages are about to be freed: this may be the most.  Lock held. */
static inline void
dirty_note(struct pages *pages)
{
	size_t n = counter_read(&pages->nactive);

	if (n > pages->peak[0])
		pages->peak[0] = n;
}

#endif /* !BASALT_DIRTY_H */
