/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The text format "heap_v2": sums of all, of each thread, of each stack and
 * of each thread in it, then what is mapped where.
 *
 * Readers take a line's objects n and bytes s for what was sampled, and hold
 * n / (1 - e^(-s / n / P)) objects for what there is: they scale by the mean
 * size, which is wrong where sizes differ.  So the numbers of a line are
 * those that come out right when they do so, unless prof_unbias is off.
 */
#include "os/file.h"
#include "os/maps.h"
#include "os/os.h"
#include "util/ln.h"
#include "util/options.h"
#include "watch/prof_source.h"

struct pair {
	uint64_t	objects, bytes;
};

/* From estimates to what a reader makes them of. */
static struct pair
pair_of(uint64_t objects, uint64_t bytes, double count, double space,
    unsigned lg)
{
	struct pair pair = { objects, bytes };
	double mean;

	if (!_bas_options.prof_unbias || lg == 0 || count <= 0)
		return (pair);
	mean = space / count;
	space *= _bas_exp_part(mean / (double)((uint64_t)1 << lg));
	pair.bytes = (uint64_t)(space + 0.5);
	pair.objects = (uint64_t)(space / mean + 0.5);
	return (pair);
}

/* All-time counts are written if they were asked for. */
static void
sums_write(struct sink *sink, const struct prof_sums *sums, unsigned lg)
{
	struct pair cur, accum = { 0, 0 };

	cur = pair_of(sums->cur_objects, sums->cur_bytes,
	    sums->inuse_objects, sums->inuse_space, lg);
	if (_bas_options.prof_accum)
		accum = pair_of(sums->accum_objects, sums->accum_bytes,
		    sums->alloc_objects, sums->alloc_space, lg);
	_bas_sink_fmt(sink, "%llu: %llu [%llu: %llu]",
	    (unsigned long long)cur.objects, (unsigned long long)cur.bytes,
	    (unsigned long long)accum.objects,
	    (unsigned long long)accum.bytes);
}

static void
threads_write(struct prof_source *source, struct sink *sink)
{
	const struct prof_source_thread *thread;
	size_t i;

	for (i = 0; i < source->nthreads; i++) {
		thread = &source->threads[i];
		_bas_sink_fmt(sink, "  t%llu: ",
		    (unsigned long long)thread->uid);
		sums_write(sink, &thread->sums, source->lg);
		if (thread->name[0] != '\0')
			_bas_sink_fmt(sink, " %s", thread->name);
		_bas_sink_text(sink, "\n");
	}
}

/* Rows from i on that have the stack, and the thread if that is not NULL. */
static size_t
rows_like(const struct prof_source *source, size_t i, const unsigned *thread,
    struct prof_sums *sums)
{
	const struct prof_source_row *row = &source->rows[i];
	size_t n;

	*sums = (struct prof_sums){ 0 };
	for (n = 0; i + n < source->nrows && row[n].stack == row[0].stack &&
	    (thread == NULL || row[n].thread == *thread); n++)
		_bas_prof_sums_add(sums, &row[n].sums);
	return (n);
}

static void
stack_write(const struct prof_source *source, size_t i, size_t n,
    const struct prof_sums *total, struct sink *sink)
{
	const struct prof_stack *stack = source->rows[i].stack;
	struct prof_sums sums;
	size_t end = i + n;
	unsigned k;

	_bas_sink_text(sink, "@");
	for (k = 0; k < stack->n; k++)
		_bas_sink_fmt(sink, " 0x%llx",
		    (unsigned long long)stack->pcs[k]);
	_bas_sink_text(sink, "\n  t*: ");
	sums_write(sink, total, source->lg);
	for (; i < end; i += n) {
		n = rows_like(source, i, &source->rows[i].thread, &sums);
		_bas_sink_fmt(sink, "\n  t%llu: ", (unsigned long long)
		    source->threads[source->rows[i].thread].uid);
		sums_write(sink, &sums, source->lg);
	}
	_bas_sink_text(sink, "\n");
}

/* Where the kernel does not tell there is no such part. */
static void
maps_copy(struct sink *sink)
{
	struct os_maps maps;
	char buf[1024];
	ssize_t n;

	if (!_bas_os_maps_begin(&maps, buf, sizeof(buf)))
		return;
	_bas_sink_text(sink, "\nMAPPED_LIBRARIES:\n");
	for (n = (ssize_t)maps.len; n > 0;
	    n = _bas_os_file_read(maps.fd, buf, sizeof(buf)))
		_bas_sink_put(sink, buf, (size_t)n);
	_bas_os_maps_end(&maps);
}

int
_bas_prof_heap(struct prof_source *source, struct sink *sink)
{
	struct prof_sums sums;
	size_t i, n;

	_bas_sink_fmt(sink, "heap_v2/%llu\n  t*: ",
	    (unsigned long long)source->view.period);
	sums_write(sink, &source->sums, source->lg);
	_bas_sink_text(sink, "\n");
	threads_write(source, sink);
	for (i = 0; i < source->nrows; i += n) {
		n = rows_like(source, i, NULL, &sums);
		if (_bas_options.prof_accum || sums.cur_objects != 0)
			stack_write(source, i, n, &sums, sink);
	}
	maps_copy(sink);
	return (sink->error);
}
