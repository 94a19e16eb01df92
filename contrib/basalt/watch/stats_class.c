/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdint.h>

#include "heap/sizeclass.h"
#include "util/fmt.h"
#include "watch/stats_class.h"
#include "watch/stats_leaf.h"
#include "watch/stats_mutex.h"

#define	NELEM(a)	(sizeof(a) / sizeof((a)[0]))

struct class_row {
	const char			*label;
	size_t				 size;
	unsigned			 index;
	size_t				 allocated;
	const char			*util;
	uint32_t			 nregs;
	uint32_t			 nshards;
	size_t				 npages;
	struct snapshot_bin		 bin;
	struct snapshot_lextent		 lextent;
};

#define	CELL(key_, f, title_, width_, type_)				\
	{ .key = "" key_, .title = "" title_, .width = (width_),	\
	    .type = (type_), .offset = offsetof(struct class_row, f) }
/* Those of a bin that programs read by the field's name. */
#define	BIN(f, width_, type_)	CELL(#f, bin.f, #f, width_, type_)
#define	RATE(f, width_)							\
	{ .title = "(#/sec)", .width = (width_), .type = CTL_UINT64,	\
	    .offset = offsetof(struct class_row, f), .rate = true }
#define	LABEL(title_)							\
	{ .title = "" title_, .width = 6, .type = CTL_STRING,		\
	    .offset = offsetof(struct class_row, label), .align = EMIT_LEFT }

static const struct emit_column bin_columns[] = {
	LABEL("bins:"),
	CELL("", size, "size", 14, CTL_SIZE),
	CELL("", index, "ind", 4, CTL_UNSIGNED),
	CELL("", allocated, "allocated", 13, CTL_SIZE),
	BIN(nmalloc, 13, CTL_UINT64),
	RATE(bin.nmalloc, 8),
	BIN(ndalloc, 13, CTL_UINT64),
	RATE(bin.ndalloc, 8),
	BIN(nrequests, 13, CTL_UINT64),
	RATE(bin.nrequests, 10),
	CELL("", nshards, "nshards", 9, CTL_UINT32),
	BIN(curregs, 13, CTL_SIZE),
	BIN(curslabs, 13, CTL_SIZE),
	BIN(nonfull_slabs, 15, CTL_SIZE),
	CELL("", nregs, "regs", 5, CTL_UINT32),
	CELL("", npages, "pgs", 4, CTL_SIZE),
	CELL("", util, "util", 7, CTL_STRING),
	BIN(nfills, 13, CTL_UINT64),
	RATE(bin.nfills, 8),
	BIN(nflushes, 13, CTL_UINT64),
	RATE(bin.nflushes, 8),
	CELL("", bin.nslabs, "nslabs", 13, CTL_UINT64),
	BIN(nreslabs, 13, CTL_UINT64),
	RATE(bin.nreslabs, 8),
	BIN(slab_bytes, 14, CTL_SIZE),
	BIN(used_bytes, 14, CTL_SIZE),
	BIN(clean_bytes, 14, CTL_SIZE),
	BIN(held_bytes, 14, CTL_SIZE),
};

static const struct emit_column lextent_columns[] = {
	LABEL("large:"),
	CELL("", size, "size", 14, CTL_SIZE),
	CELL("", index, "ind", 4, CTL_UNSIGNED),
	CELL("", allocated, "allocated", 13, CTL_SIZE),
	CELL("", lextent.nmalloc, "nmalloc", 13, CTL_UINT64),
	RATE(lextent.nmalloc, 8),
	CELL("", lextent.ndalloc, "ndalloc", 13, CTL_UINT64),
	RATE(lextent.ndalloc, 8),
	CELL("", lextent.nrequests, "nrequests", 13, CTL_UINT64),
	RATE(lextent.nrequests, 8),
	CELL("curlextents", lextent.curlextents, "curlextents", 13,
	    CTL_SIZE),
};

bool
_bas_stats_class_begin(struct emit *emit, const struct emit_column *columns,
    bool used, bool gap)
{

	if (emit->json || !used)
		return (!emit->json);
	if (gap)
		_bas_emit_gap(emit, columns, CLASS_LEADING);
	return (false);
}

void
_bas_stats_class_end(struct emit *emit, const struct emit_column *columns,
    bool gap)
{

	if (gap)
		_bas_emit_gap(emit, columns, CLASS_LEADING);
}

/* The part of its slabs that a class uses, to three places. */
static void
util_fmt(char *buf, size_t size, const struct class_row *row)
{
	uint64_t all, milli;

	all = (uint64_t)row->bin.curslabs * row->nregs;
	milli = all == 0 ? 0 : (uint64_t)row->bin.curregs * 1000 / all;
	if (milli >= 1000 || all == 0)
		(void)_bas_fmt(buf, size, all == 0 ? "" : "1");
	else
		(void)_bas_fmt(buf, size, "0.%03u", (unsigned)milli);
}

/* What the class of a bin is like. */
static void
bin_describe(struct class_row *row, unsigned i)
{
	const struct ctl_node *leaf;
	union ctl_value value;

	row->index = i;
	row->size = sizeclass_size(i + 1);
	row->allocated = row->bin.curregs * row->size;
	row->nregs = sizeclass_nregs(i + 1);
	row->npages = sizeclass_slab_size(i + 1) / SNAPSHOT_PAGE;
	row->nshards = 1;
	leaf = _bas_ctl_node("arenas.bin.0.nshards");
	if (_bas_stats_leaf_get(leaf, i, &value))
		row->nshards = value.u32;
}

static void
bin_print(struct emit *emit, const struct class_row *row, bool mutexes)
{

	_bas_emit_dict(emit, NULL, NULL);
	_bas_emit_cells(emit, bin_columns, NELEM(bin_columns), row);
	if (mutexes) {
		_bas_emit_dict(emit, "mutex", NULL);
		_bas_stats_mutex_cells(emit, &row->bin.mutex);
		_bas_emit_dict_end(emit);
	}
	_bas_emit_dict_end(emit);
	_bas_emit_text(emit, "\n");
}

void
_bas_stats_bins_print(struct emit *emit,
    const struct snapshot_arena *snapshot, bool mutexes)
{
	struct class_row row = { .label = "" };
	char util[8];
	bool gap = false;
	unsigned i;

	_bas_emit_title_cells(emit, bin_columns, NELEM(bin_columns));
	if (mutexes)
		_bas_stats_mutex_titles(emit);
	_bas_emit_text(emit, "\n");
	_bas_emit_array(emit, "bins");
	for (i = 0; i < SC_NSMALL; i++) {
		row.bin = snapshot->bins[i];
		gap = _bas_stats_class_begin(emit, bin_columns,
		    row.bin.nslabs != 0, gap);
		if (gap)
			continue;
		bin_describe(&row, i);
		util_fmt(util, sizeof(util), &row);
		row.util = util;
		bin_print(emit, &row, mutexes);
	}
	_bas_stats_class_end(emit, bin_columns, gap);
	_bas_emit_array_end(emit);
}

void
_bas_stats_lextents_print(struct emit *emit,
    const struct snapshot_arena *snapshot)
{
	struct class_row row = { .label = "" };
	bool gap = false;
	unsigned i;

	_bas_emit_titles(emit, lextent_columns, NELEM(lextent_columns));
	_bas_emit_array(emit, "lextents");
	for (i = 0; i < SNAPSHOT_NLEXTENTS; i++) {
		row.lextent = snapshot->lextents[i];
		gap = _bas_stats_class_begin(emit, lextent_columns,
		    (row.lextent.nmalloc | row.lextent.nrequests |
		    row.lextent.curlextents) != 0, gap);
		if (gap)
			continue;
		row.size = sizeclass_large_size(i);
		row.index = SC_NSMALL + i;
		row.allocated = row.lextent.curlextents * row.size;
		_bas_emit_row(emit, NULL, lextent_columns,
		    NELEM(lextent_columns), &row);
	}
	_bas_stats_class_end(emit, lextent_columns, gap);
	_bas_emit_array_end(emit);
}
