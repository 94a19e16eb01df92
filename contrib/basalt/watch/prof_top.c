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

/* As folded stacks have it: the name, or the file and the place in it. */
static size_t
frame_fmt(struct prof_maps *maps, uintptr_t pc, char *buf, size_t size)
{
	struct prof_mapping mapping;
	struct prof_symbol symbol;

	if (_bas_prof_maps_symbol(maps, pc, &symbol))
		return (_bas_fmt(buf, size, " %s", symbol.name));
	if (!_bas_prof_maps_find(maps, pc, &mapping) ||
	    mapping.path[0] == '\0')
		return (_bas_fmt(buf, size, " 0x%llx",
		    (unsigned long long)pc));
	return (_bas_fmt(buf, size, " %s+0x%llx", prof_mapping_name(&mapping),
	    (unsigned long long)prof_mapping_place(&mapping, pc)));
}

void
_bas_prof_top_line(struct prof_source *source, const struct prof_stack *stack,
    char line[PROF_TOP_LINE])
{
	size_t len = 0;
	unsigned i;

	line[0] = '\0';
	for (i = 0; i < stack->n && i < PROF_TOP_FRAMES &&
	    len < PROF_TOP_LINE; i++)
		len += frame_fmt(&source->maps, stack->pcs[i] - 1, line + len,
		    PROF_TOP_LINE - len);
}
