/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A span from memory that lies in too small pieces.
 *
 * Free spans that are too short and superpages that are empty hold memory
 * that a new span could use.  The OS moves their pages to the span's
 * addresses: some microseconds a superpage, where purging them here and
 * faulting others there takes two milliseconds, and doing only the latter
 * makes the heap larger.
 */
#ifndef BASALT_COLLECT_H
#define	BASALT_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "page/huge.h"

/* As many are moved for one span. */
#define	COLLECT_PIECES	16

/* Free spans, on no list and in no count. */
struct collect {
	struct huge	*piece[COLLECT_PIECES];
	unsigned	npieces;
};

/* Take pieces for a span of npages; how many.  Lock held. */
unsigned _bas_collect_take(struct pages *pages, size_t npages,
	    struct collect *collect);
/* Back to where they were.  No lock held. */
void	_bas_collect_put(struct pages *pages, const struct collect *collect);
/*
 * Move their pages to a span that is in no set yet: its ndirty says how many.
 * What the OS does not move, or has little memory, goes back; false: the span
 * is gone, since nobody knows what lies at its addresses.  No lock held.
 */
bool	_bas_collect_move(struct pages *pages, const struct collect *collect,
	    struct huge *span);

#endif /* !BASALT_COLLECT_H */
