/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "util/fmt.h"
#include "watch/prof_top.h"

static double
value_of(const struct prof_sums *sums, enum prof_top_by by)
{

	return (by == PROF_TOP_INUSE ? sums->inuse_space :
	    sums->pinned_space);
}

/* Into the largest ones; what is least goes. */
static void
top_put(struct prof_top *tops, unsigned *n, const struct prof_top *top,
    enum prof_top_by by)
{
	double value = value_of(&top->sums, by);
	unsigned i = *n;

	if (i < PROF_TOP)
		++*n;
	else if (value_of(&tops[--i].sums, by) >= value)
		return;
	for (; i > 0 && value_of(&tops[i - 1].sums, by) < value; i--)
		tops[i] = tops[i - 1];
	tops[i] = *top;
}

size_t
_bas_prof_top(const struct prof_source *source, enum prof_top_by by,
    struct prof_top tops[PROF_TOP], unsigned *n)
{
	size_t i, k, stacks = 0;
	struct prof_top top;

	*n = 0;
	for (i = 0; i < source->nrows; i = k) {
		top = (struct prof_top){ .stack = source->rows[i].stack };
		for (k = i; k < source->nrows &&
		    source->rows[k].stack == top.stack; k++)
			_bas_prof_sums_add(&top.sums, &source->rows[k].sums);
		if (value_of(&top.sums, by) <= 0)
			continue;
		stacks++;
		top_put(tops, n, &top, by);
	}
	return (stacks);
}

void
_bas_prof_top_line(struct prof_source *source, const struct prof_stack *stack,
    char line[PROF_TOP_LINE])
{
	struct prof_symbol symbol;
	size_t len = 0;
	unsigned i;

	line[0] = '\0';
	for (i = 0; i < stack->n && i < PROF_TOP_FRAMES &&
	    len < PROF_TOP_LINE; i++) {
		if (_bas_prof_maps_symbol(&source->maps, stack->pcs[i] - 1,
		    &symbol))
			len += _bas_fmt(line + len, PROF_TOP_LINE - len,
			    " %s", symbol.name);
		else
			len += _bas_fmt(line + len, PROF_TOP_LINE - len,
			    " 0x%llx", (unsigned long long)stack->pcs[i]);
	}
}
