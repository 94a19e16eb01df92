/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A program that frees many small objects and asks for a large one has the
 * memory, in superpages that lie side by side as they were made.
 */
#include "os/os.h"
#include "page/gather.h"
#include "page/purge_span.h"

/* As many are looked at, the ones freed last: a bound on the time, 20 us. */
#define	GATHER_MAX	256

/*
 * Empty superpages and free spans, from the end of a list.  Hooks would have
 * to be asked; pages on their way to the OS count as used.
 */
static size_t
pieces_add(const struct huge_list *list, struct huge **piece, size_t n)
{
	struct huge *huge;

	for (huge = list->last; huge != NULL && n < GATHER_MAX;
	    huge = huge->prev[huge->kind == HUGE_SPAN ? LINK_BUCKET :
	    LINK_DIRTY])
		if (!_bas_huge_is_hooked(huge) && !huge->pinned &&
		    (huge->kind == HUGE_SPAN || huge->longest == HUGE_PAGES))
			piece[n++] = huge;
	return (n);
}

static void
pieces_sort(struct huge **piece, size_t n)
{
	struct huge *here;
	size_t gap, i, j;

	for (gap = GATHER_MAX / 2 - 1; gap > 0; gap /= 2)
		for (i = gap; i < n; i++) {
			here = piece[i];
			for (j = i; j >= gap && piece[j - gap]->base >
			    here->base; j -= gap)
				piece[j] = piece[j - gap];
			piece[j] = here;
		}
}

/* Superpages from the first piece on without a gap, and how many pieces. */
static size_t
pieces_run(struct huge **piece, size_t n, size_t *count)
{
	size_t i, sum = piece[0]->n;

	for (i = 1; i < n && piece[i]->base == piece[0]->base + sum * HUGE &&
	    piece[i]->extents == piece[0]->extents; i++)
		sum += piece[i]->n;
	*count = i;
	return (sum);
}

/* The shortest run that is long enough; cut to what is needed of it. */
static struct huge **
pieces_pick(struct huge **piece, size_t npieces, size_t n, size_t *count)
{
	size_t i, sum, here, least = SIZE_MAX;
	struct huge **best = NULL;

	for (i = 0; i < npieces; i += here) {
		sum = pieces_run(piece + i, npieces - i, &here);
		if (sum >= n && sum < least) {
			least = sum;
			best = piece + i;
		}
	}
	sum = 0;
	for (*count = 0; best != NULL && sum < n; ++*count)
		sum += best[*count]->n;
	return (best);
}

/* Out of the lists and counts; what of it may not be zero. */
static size_t
piece_take(struct pages *pages, struct huge *huge)
{
	size_t ndirty = huge->ndirty;

	if (huge->kind == HUGE_SPAN) {
		_bas_purge_span_count(pages, huge, false);
		return (ndirty);
	}
	_bas_huge_remove(pages, huge);
	counter_sub(&pages->ndirty, ndirty);
	counter_sub(&pages->nmuzzy, huge->nmuzzy);
	_bas_pagemap_set_huge(huge->base, NULL);
	return (HUGE_PAGES);
}

bool
_bas_gather(struct pages *pages, size_t n)
{
	struct huge *pieces[GATHER_MAX], **piece, *span;
	size_t count, npieces, i, ndirty;

	npieces = pieces_add(&pages->dirty[1], pieces, 0);
	if (npieces == 0)
		return (false);
	npieces = pieces_add(&pages->spans, pieces, npieces);
	pieces_sort(pieces, npieces);
	piece = pieces_pick(pieces, npieces, n, &count);
	if (piece == NULL)
		return (false);
	span = _bas_huge_part(piece[0], piece[0]->base, 0, HUGE_SPAN);
	if (span == NULL)
		return (false);
	for (i = 0; i < count; i++) {
		ndirty = piece_take(pages, piece[i]);
		if (ndirty != 0)
			span->ndirty = span->n * HUGE_PAGES + ndirty;
		span->n += piece[i]->n;
		/* One advice for all, and it is taken back for all. */
		span->hugified |= piece[i]->hugified;
		_bas_huge_forget(piece[i]);
	}
	_bas_purge_span_count(pages, span, true);
	return (true);
}
