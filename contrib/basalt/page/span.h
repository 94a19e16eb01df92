/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Spans: objects of whole superpages, and what is free of them.
 */
#ifndef BASALT_SPAN_H
#define	BASALT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "page/huge.h"

/*
 * A span for npages, on a multiple of align bytes (a power of two, at
 * least a superpage); NULL: no memory.  *zeroed tells whether all read as
 * zeros; if it is true before, that is worth page faults.
 */
struct huge *_bas_span_alloc(struct pages *pages, size_t npages, size_t align,
	    bool *zeroed);
/* True: a purge is due. */
bool	_bas_span_free(struct huge *span);
/* The same, but its memory does not wait for that. */
bool	_bas_span_discard(struct huge *span);
/* Change its length where it lies; false: it cannot be longer there. */
bool	_bas_span_resize(struct huge *span, size_t npages);
/*
 * The same pages at another address, with room for npages; NULL: the OS
 * cannot, and nothing has changed.  The old descriptor is gone.
 */
struct huge *_bas_span_move(struct huge *span, size_t npages);
/* Take a free one off its list, and what it owes.  Lock held. */
void	_bas_span_take(struct pages *pages, struct huge *span);
/*
 * Cut one that was taken so after n superpages; the rest is free.  Without
 * memory for its descriptor it is not cut.  Lock held.
 */
void	_bas_span_split(struct pages *pages, struct huge *span, size_t n);
/* A superpage for runs from a free span; NULL: none.  Lock held. */
struct huge *_bas_span_cut(struct pages *pages);

#endif /* !BASALT_SPAN_H */
