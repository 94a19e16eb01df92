/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Which sites hold memory back that serves nobody: profiling.md.
 *
 * What a slab holds beyond the objects in it falls to these in equal parts,
 * since each of them keeps the slab.  A sample is none of them, but keeps the
 * place there that it would have had, so it has a part like any other object,
 * and stands for as many objects as it does in all else.
 */
#include "heap/arena.h"
#include "watch/prof_source.h"

#define	table	_bas_prof_table

void
_bas_prof_pins_add(struct prof_source *source)
{
	const struct prof_object *object;
	const struct prof_link *link;
	size_t i, bytes;
	unsigned n;

	for (i = 0; i < table.objects.size; i++)
		for (link = table.objects.bucket[i]; link != NULL;
		    link = link->next) {
			object = (const struct prof_object *)link;
			if (object->slot == NULL ||
			    object->epoch != table.epoch ||
			    !_bas_bin_held(object->slot, object->site->class,
			    &bytes, &n))
				continue;
			source->rows[object->site->row].sums.pinned_space +=
			    (double)bytes / n;
		}
}

/* Bytes held in all slabs of each class; the sum. */
static double
held_read(double held[SC_NSMALL + 1])
{
	unsigned i, n = _bas_arena_count(), class;
	struct bin_stats stats;
	struct arena *arena;
	double sum = 0;
	uint64_t used;

	for (class = 0; class <= SC_NSMALL; class++)
		held[class] = 0;
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena == NULL)
			continue;
		used = _bas_arena_bins_used(arena);
		for (; used != 0; used &= used - 1) {
			class = bit_first(used);
			_bas_arena_bin_stats(arena, class, &stats);
			held[class] += (double)stats.held_bytes;
			sum += (double)stats.held_bytes;
		}
	}
	return (sum);
}

/* The class of a row whose samples keep a place in slabs, or 0. */
static unsigned
row_class(const struct prof_source_row *row)
{

	return (row->sums.pinned_space > 0 ? sizeclass_of(row->size) : 0);
}

/*
 * Few samples say little of how many objects there are of their kind, but
 * that they do not pin more than there is of a class is known.
 */
void
_bas_prof_pins_bound(struct prof_source *source)
{
	double held[SC_NSMALL + 1], sum[SC_NSMALL + 1] = { 0 };
	struct prof_source_row *row;
	unsigned class;
	size_t i;

	source->held = held_read(held);
	for (i = 0; i < source->nrows; i++)
		sum[row_class(&source->rows[i])] +=
		    source->rows[i].sums.pinned_space;
	for (i = 0; i < source->nrows; i++) {
		row = &source->rows[i];
		class = row_class(row);
		if (sum[class] > held[class])
			row->sums.pinned_space *= held[class] / sum[class];
	}
}
