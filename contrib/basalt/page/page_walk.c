/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* All superpages and spans of an arena, one after the other. */
#include <string.h>

#include "page/extent.h"
#include "page/page.h"

size_t
_bas_page_count(struct pages *pages)
{
	size_t n;

	lock_take(&pages->lock);
	n = pages->all.n;
	lock_give(&pages->lock);
	return (n);
}

static void
view_fill(struct page_view *view, const struct huge *huge)
{

	memset(view, 0, sizeof(*view));
	view->base = huge->base;
	view->kind = huge->kind;
	view->hugified = huge->hugified;
	view->is_free = huge->on[LINK_BUCKET] != NULL;
	if (huge->kind == HUGE_SPAN && !view->is_free)
		return;
	view->n = huge->n;
	view->ndirty = huge->ndirty;
	if (huge->kind == HUGE_SPAN)
		return;
	view->nactive = huge->nactive;
	view->nmuzzy = huge->nmuzzy;
	view->nuntouched = HUGE_PAGES -
	    _bas_bits_count(huge->touched, 0, HUGE_PAGES);
	view->longest = huge->longest;
	memcpy(view->used, huge->used, sizeof(view->used));
	memcpy(view->dirty, huge->dirty, sizeof(view->dirty));
	memcpy(view->muzzy, huge->muzzy, sizeof(view->muzzy));
}

struct huge *
_bas_page_next(struct pages *pages, struct page_view *view)
{
	struct huge *huge;

	lock_take(&pages->lock);
	huge = pages->all.first;
	if (huge != NULL) {
		_bas_huge_list_take(huge, LINK_ALL);
		_bas_huge_list_put(&pages->all, huge, LINK_ALL);
		if (view != NULL)
			view_fill(view, huge);
	}
	lock_give(&pages->lock);
	return (huge);
}

void
_bas_page_set_extents(struct pages *pages, struct extents *extents)
{

	atomic_store_explicit(&pages->extents, extents, memory_order_release);
}
