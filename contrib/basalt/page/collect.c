/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>
#include <string.h>

#include "os/os.h"
#include "page/extent.h"
#include "page/collect.h"
#include "page/purge_span.h"
#include "page/span.h"

/* A piece has so many pages with memory, or faulting them is as good. */
#define	COLLECT_LEAST	(HUGE_PAGES / 8)
/*
 * Of the last superpage of a span so many pages must be used for memory of
 * a whole one to be worth it: what is beyond them is of use to nobody.
 */
#define	COLLECT_TAIL	(HUGE_PAGES / 4)

static bool
is_movable(const struct huge *huge)
{

	return (!huge->pinned && !_bas_huge_is_hooked(huge) &&
	    huge->ndirty >= COLLECT_LEAST);
}

/* The free span with most in it, up to n superpages, or NULL. */
static struct huge *
span_pick(const struct pages *pages, size_t n)
{
	struct huge *span, *best = NULL;

	for (span = pages->spans.first; span != NULL;
	    span = span->next[LINK_BUCKET])
		if (is_movable(span) && span->ndirty <= n * HUGE_PAGES &&
		    (best == NULL || span->ndirty > best->ndirty))
			best = span;
	return (best);
}

/* Off the lists; up to n superpages, no longer than its memory. */
static struct huge *
span_take(struct pages *pages, size_t n)
{
	struct huge *span = span_pick(pages, n);

	if (span == NULL)
		return (NULL);
	n = HOWMANY(span->ndirty, HUGE_PAGES);
	_bas_span_take(pages, span);
	if (span->n > n)
		_bas_span_split(pages, span, n);
	_bas_huge_list_take(span, LINK_ALL);
	counter_sub(&pages->nhuge, span->n);
	if (span->hugified)
		counter_sub(&pages->nhugified, span->n);
	/* There was no memory to cut it. */
	if (span->n > n) {
		_bas_purge_span_count(pages, span, true);
		return (NULL);
	}
	return (span);
}

/* An empty superpage that nobody is purging, or NULL. */
static struct huge *
empty_pick(const struct pages *pages)
{
	struct huge *huge;

	for (huge = pages->dirty[1].last; huge != NULL;
	    huge = huge->prev[LINK_DIRTY])
		if (huge->longest == HUGE_PAGES && is_movable(huge))
			break;
	return (huge);
}

/* The same superpage as a span, on no list. */
static struct huge *
empty_take(struct pages *pages)
{
	struct huge *huge = empty_pick(pages), *span;

	if (huge == NULL)
		return (NULL);
	span = _bas_huge_part(huge, huge->base, 1, HUGE_SPAN);
	if (span == NULL)
		return (NULL);
	span->ndirty = HUGE_PAGES;
	_bas_huge_remove(pages, huge);
	counter_sub(&pages->ndirty, huge->ndirty);
	counter_sub(&pages->nmuzzy, huge->nmuzzy);
	_bas_pagemap_set_huge(huge->base, NULL);
	_bas_huge_forget(huge);
	return (span);
}

unsigned
_bas_collect_take(struct pages *pages, size_t npages, struct collect *collect)
{
	size_t left = (npages + HUGE_PAGES - COLLECT_TAIL) / HUGE_PAGES;
	struct huge *piece;

	collect->npieces = 0;
	while (left > 0 && collect->npieces < COLLECT_PIECES) {
		piece = span_take(pages, left);
		if (piece == NULL)
			piece = empty_take(pages);
		if (piece == NULL)
			break;
		collect->piece[collect->npieces++] = piece;
		left -= piece->n;
	}
	return (collect->npieces);
}

static void
piece_put(struct pages *pages, struct huge *piece)
{

	lock_take(&pages->lock);
	_bas_purge_span_count(pages, piece, true);
	(void)_bas_purge_note(pages);
	lock_give(&pages->lock);
	_bas_purge_rouse();
}

void
_bas_collect_put(struct pages *pages, const struct collect *collect)
{
	unsigned i;

	for (i = 0; i < collect->npieces; i++)
		piece_put(pages, collect->piece[i]);
}

/* Is there memory for most of its pages, as it is said? */
static bool
is_dense(const struct huge *piece)
{

	return (_bas_os_resident((void *)piece->base, piece->n * HUGE) >=
	    piece->ndirty * PAGE / 4 * 3);
}

/*
 * An error may have unmapped the n superpages at base (kernels before 6.17
 * do).  If they can be mapped again it was so; if not they are as they were,
 * or another thread's: false, nobody knows.
 */
static bool
target_mend(uintptr_t base, size_t n, int error)
{

	return (error == ENOSYS ||
	    _bas_os_map_at((void *)base, n * HUGE) != NULL);
}

/* After those that were moved n superpages are lost: the first stay, free. */
static void
span_abandon(struct pages *pages, struct huge *span, size_t n)
{
	size_t done = span->ndirty / HUGE_PAGES;
	struct extent rest = { .base = span->base + (done + n) * HUGE,
	    .n = span->n - done - n, .zeroed = true };

	_bas_extent_gone(n, true);
	if (rest.n > 0)
		_bas_extent_give(span->extents, &rest);
	span->n = done;
	if (done == 0)
		_bas_huge_forget(span);
	else
		piece_put(pages, span);
}

/*
 * One piece's pages to the end of those that are there.  0, or an error that
 * left the target as it was; -1: nobody knows what lies there now.
 */
static int
piece_move(struct pages *pages, struct huge *piece, struct huge *span)
{
	uintptr_t to = span->base + span->ndirty * PAGE;
	size_t n = piece->n;
	int error;

	error = _bas_os_remap((void *)piece->base, n * HUGE, (void *)to,
	    n * HUGE);
	if (error != 0) {
		piece_put(pages, piece);
		return (target_mend(to, n, error) ? error : -1);
	}
	span->ndirty += n * HUGE_PAGES;
	span->hugified |= piece->hugified;
	_bas_extent_gone(n, false);
	_bas_huge_forget(piece);
	return (0);
}

/*
 * Programs often use objects in part, from the beginning on.  So what lies at
 * the beginning of a span may move whatever it has, if it is a good part.  But
 * one that is not dense says that what lay farther on would be of no use: then
 * that is better purged.
 */
bool
_bas_collect_move(struct pages *pages, const struct collect *collect,
    struct huge *span)
{
	struct huge *piece;
	bool dense = true;
	int error = 0;
	unsigned i;
	size_t n;

	for (i = 0; i < collect->npieces; i++) {
		piece = collect->piece[i];
		n = piece->n;
		dense = dense && is_dense(piece);
		if (error != 0 || !(dense || (i == 0 && n * 4 >= span->n))) {
			piece_put(pages, piece);
			continue;
		}
		error = piece_move(pages, piece, span);
		if (error < 0)
			span_abandon(pages, span, n);
	}
	return (error >= 0);
}
