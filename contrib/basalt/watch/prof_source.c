/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "heap/sizeclass.h"
#include "os/os.h"
#include "os/wall.h"
#include "thread/sample.h"
#include "util/bits.h"
#include "watch/prof_source.h"
#include "watch/prof_state.h"

/* What may come while the memory is mapped, before it is tried again. */
#define	MORE		64

#define	table	_bas_prof_table

void
_bas_prof_sums_add(struct prof_sums *to, const struct prof_sums *from)
{

	to->cur_objects += from->cur_objects;
	to->cur_bytes += from->cur_bytes;
	to->accum_objects += from->accum_objects;
	to->accum_bytes += from->accum_bytes;
	to->inuse_objects += from->inuse_objects;
	to->inuse_space += from->inuse_space;
	to->alloc_objects += from->alloc_objects;
	to->alloc_space += from->alloc_space;
	to->pinned_space += from->pinned_space;
}

/* Objects of a site differ little in size, most not at all. */
static void
sums_estimate(struct prof_sums *sums, unsigned lg)
{
	double weight;

	if (sums->accum_objects == 0)
		return;
	weight = _bas_sample_weight((double)sums->accum_bytes /
	    (double)sums->accum_objects, lg);
	sums->alloc_objects = (double)sums->accum_objects * weight;
	sums->alloc_space = (double)sums->accum_bytes * weight;
	if (sums->cur_objects == 0)
		return;
	weight = _bas_sample_weight((double)sums->cur_bytes /
	    (double)sums->cur_objects, lg);
	sums->inuse_objects = (double)sums->cur_objects * weight;
	sums->inuse_space = (double)sums->cur_bytes * weight;
	sums->pinned_space *= weight;
}

/* Bytes of an object of the class, or 0 where they differ. */
static size_t
class_size(const struct prof_site *site)
{

	if (site->class <= SC_NSMALL)
		return (sizeclass_size(site->class));
	return (site->accum_objects != 0 && site->accum_bytes %
	    site->accum_objects == 0 ? site->accum_bytes /
	    site->accum_objects : 0);
}

/* Room for what there is now; false: no memory.  Lock not held. */
static bool
memory_take(struct prof_source *source)
{
	size_t nrows, nthreads = 0;
	struct prof_thread *thread;
	char *p;

	lock_take(&table.lock);
	nrows = table.sites.n;
	for (thread = table.threads; thread != NULL; thread = thread->next)
		nthreads++;
	lock_give(&table.lock);
	source->max_rows = nrows + nrows / 8 + MORE;
	source->max_threads = nthreads + nthreads / 8 + MORE;
	source->memory_size = ROUNDUP(
	    source->max_rows * sizeof(source->rows[0]) +
	    source->max_threads * sizeof(source->threads[0]),
	    _bas_os_info.page);
	p = _bas_os_map(source->memory_size, _bas_os_info.page);
	if (p == NULL)
		return (false);
	source->memory = p;
	source->rows = (struct prof_source_row *)p;
	source->threads = (struct prof_source_thread *)(p +
	    source->max_rows * sizeof(source->rows[0]));
	return (true);
}

/* False: there are more than there is room for.  The newest come first. */
static bool
threads_copy(struct prof_source *source)
{
	struct prof_thread *thread;
	size_t n = 0, i;

	for (thread = table.threads; thread != NULL; thread = thread->next)
		n++;
	if (n > source->max_threads)
		return (false);
	source->nthreads = i = n;
	for (thread = table.threads; thread != NULL; thread = thread->next) {
		source->threads[--i] = (struct prof_source_thread){
		    .uid = thread->uid };
		memcpy(source->threads[i].name, thread->name,
		    sizeof(thread->name));
		thread->number = (unsigned)i;
	}
	return (true);
}

static bool
rows_copy(struct prof_source *source)
{
	struct prof_link *link;
	struct prof_site *site;
	struct prof_source_row *row;
	size_t i;

	if (table.sites.n > source->max_rows)
		return (false);
	source->nrows = 0;
	for (i = 0; i < table.sites.size; i++)
		for (link = table.sites.bucket[i]; link != NULL;
		    link = link->next) {
			site = (struct prof_site *)link;
			site->row = (unsigned)source->nrows;
			row = &source->rows[source->nrows++];
			*row = (struct prof_source_row){
			    .stack = site->stack,
			    .thread = site->thread->number,
			    .size = class_size(site), .sums = {
			    .cur_objects = site->cur_objects,
			    .cur_bytes = site->cur_bytes,
			    .accum_objects = site->accum_objects,
			    .accum_bytes = site->accum_bytes } };
		}
	return (true);
}

/* Rows of a stack stand together, those of a thread in it too. */
static bool
row_is_before(const struct prof_source_row *a, const struct prof_source_row *b)
{

	if (a->stack != b->stack)
		return (a->stack->number < b->stack->number);
	return (a->thread != b->thread ? a->thread < b->thread :
	    a->size < b->size);
}

static void
row_sink(struct prof_source_row *rows, size_t i, size_t n)
{
	struct prof_source_row row = rows[i];
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n &&
		    row_is_before(&rows[child], &rows[child + 1]))
			child++;
		if (!row_is_before(&row, &rows[child]))
			break;
		rows[i] = rows[child];
		i = child;
	}
	rows[i] = row;
}

/* In place: the C library's may allocate. */
static void
rows_sort(struct prof_source_row *rows, size_t n)
{
	struct prof_source_row row;
	size_t i;

	for (i = n / 2; i > 0; i--)
		row_sink(rows, i - 1, n);
	for (i = n; i > 1; i--) {
		row = rows[0];
		rows[0] = rows[i - 1];
		rows[i - 1] = row;
		row_sink(rows, 0, i - 1);
	}
}

static void
rows_sum(struct prof_source *source)
{
	struct prof_source_row *row;
	size_t i;

	for (i = 0; i < source->nrows; i++)
		sums_estimate(&source->rows[i].sums, source->lg);
	if (source->pins)
		_bas_prof_pins_bound(source);
	for (i = 0; i < source->nrows; i++) {
		row = &source->rows[i];
		_bas_prof_sums_add(&source->threads[row->thread].sums,
		    &row->sums);
		_bas_prof_sums_add(&source->sums, &row->sums);
	}
}

static bool
view_next(struct prof_view *view, struct prof_row *out)
{
	struct prof_source *source = (struct prof_source *)view;
	const struct prof_source_row *row;
	const struct prof_sums *sums;

	if (source->next == source->nrows)
		return (false);
	row = &source->rows[source->next++];
	sums = &row->sums;
	*out = (struct prof_row){ .pcs = row->stack->pcs,
	    .npcs = row->stack->n,
	    .thread = source->threads[row->thread].uid,
	    .thread_name = source->threads[row->thread].name,
	    .size = row->size, .cur_objects = sums->cur_objects,
	    .cur_bytes = sums->cur_bytes,
	    .accum_objects = sums->accum_objects,
	    .accum_bytes = sums->accum_bytes,
	    .inuse_objects = (uint64_t)(sums->inuse_objects + 0.5),
	    .inuse_space = (uint64_t)(sums->inuse_space + 0.5),
	    .alloc_objects = (uint64_t)(sums->alloc_objects + 0.5),
	    .alloc_space = (uint64_t)(sums->alloc_space + 0.5),
	    .pinned_space = (uint64_t)sums->pinned_space };
	return (true);
}

static void
view_again(struct prof_view *view)
{

	((struct prof_source *)view)->next = 0;
}

static void
memory_give(struct prof_source *source)
{

	(void)_bas_os_unmap(source->memory, source->memory_size);
}

/* The copy, if what there is now fits. */
static bool
source_copy(struct prof_source *source)
{
	bool done;

	lock_take(&table.lock);
	source->lg = _bas_sample_lg();
	done = threads_copy(source) && rows_copy(source);
	if (done && source->pins)
		_bas_prof_pins_add(source);
	if (done)
		_bas_prof_table_pin();
	lock_give(&table.lock);
	return (done);
}

bool
_bas_prof_source_begin(struct prof_source *source, bool pins)
{

	memset(source, 0, sizeof(*source));
	source->pins = pins;
	for (;;) {
		if (!memory_take(source))
			return (false);
		if (source_copy(source))
			break;
		memory_give(source);
	}
	rows_sort(source->rows, source->nrows);
	rows_sum(source);
	source->view.next = view_next;
	source->view.again = view_again;
	source->view.period = (uint64_t)1 << source->lg;
	source->view.time_ns = _bas_os_wall();
	if (source->view.time_ns > _bas_prof.begin)
		source->view.duration_ns = source->view.time_ns -
		    _bas_prof.begin;
	return (true);
}

static bool
view_mapping(struct prof_view *view, size_t i, struct prof_mapping *mapping)
{

	return (_bas_prof_maps_get(&((struct prof_source *)view)->maps, i,
	    mapping));
}

static bool
view_symbol(struct prof_view *view, uintptr_t pc, struct prof_symbol *symbol)
{

	return (_bas_prof_maps_symbol(&((struct prof_source *)view)->maps, pc,
	    symbol));
}

void
_bas_prof_source_maps(struct prof_source *source, bool names)
{

	_bas_prof_maps_begin(&source->maps);
	source->mapped = true;
	source->view.mapping = view_mapping;
	source->view.symbol = names ? view_symbol : NULL;
}

void
_bas_prof_source_end(struct prof_source *source)
{

	if (source->mapped)
		_bas_prof_maps_end(&source->maps);

	lock_take(&table.lock);
	_bas_prof_table_unpin();
	lock_give(&table.lock);
	memory_give(source);
}
