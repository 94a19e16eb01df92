/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdint.h>

#include "heap/sizeclass.h"
#include "util/fmt.h"
#include "watch/snapshot.h"
#include "watch/stats_arena.h"

#define	NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* A number of the arena: a member, and perhaps a line. */
struct field {
	const char	*key;
	const char	*line;
	enum ctl_type	 type;
	size_t		 offset;	/* into struct snapshot_arena */
	size_t		 unit;		/* of the line's number */
};

#define	FIELD(k, l, t, f, u)						\
	{ .key = (k), .line = (l), .type = (t),				\
	    .offset = offsetof(struct snapshot_arena, f), .unit = (u) }

/* Those that the table of decay shows to people. */
static const struct field decay_fields[] = {
	FIELD("dirty_decay_ms", NULL, CTL_SSIZE, dirty_decay_ms, 0),
	FIELD("muzzy_decay_ms", NULL, CTL_SSIZE, muzzy_decay_ms, 0),
	FIELD("pactive", NULL, CTL_SIZE, pactive, 0),
	FIELD("pdirty", NULL, CTL_SIZE, pdirty, 0),
	FIELD("pmuzzy", NULL, CTL_SIZE, pmuzzy, 0),
	FIELD("dirty_npurge", NULL, CTL_UINT64, dirty_npurge, 0),
	FIELD("dirty_nmadvise", NULL, CTL_UINT64, dirty_nmadvise, 0),
	FIELD("dirty_purged", NULL, CTL_UINT64, dirty_purged, 0),
	FIELD("muzzy_npurge", NULL, CTL_UINT64, muzzy_npurge, 0),
	FIELD("muzzy_nmadvise", NULL, CTL_UINT64, muzzy_nmadvise, 0),
	FIELD("muzzy_purged", NULL, CTL_UINT64, muzzy_purged, 0),
};

static const struct field size_fields[] = {
	FIELD(NULL, "active:", CTL_SIZE, pactive, SNAPSHOT_PAGE),
	FIELD("mapped", "mapped:", CTL_SIZE, mapped, 1),
	FIELD("retained", "retained:", CTL_SIZE, retained, 1),
	FIELD("base", "base:", CTL_SIZE, base, 1),
	FIELD("internal", "internal:", CTL_SIZE, internal, 1),
	FIELD("metadata_thp", "metadata_thp:", CTL_SIZE, metadata_thp, 1),
	FIELD("resident", "resident:", CTL_SIZE, resident, 1),
};

static void
fields_print(struct emit *emit, const struct field *fields, size_t n,
    const struct snapshot_arena *snapshot)
{
	const struct field *field;
	const void *value;

	for (field = fields; field < fields + n; field++) {
		value = (const char *)snapshot + field->offset;
		_bas_emit_value(emit, field->key, NULL, field->type, value);
		if (field->line != NULL)
			_bas_emit_text(emit, "%-24s%13zu\n", field->line,
			    *(const size_t *)value * field->unit);
	}
}

static void
decay_line(struct emit *emit, const char *name, ssize_t ms, size_t npages,
    const uint64_t counts[3])
{
	char time[24];

	if (ms < 0)
		(void)_bas_fmt(time, sizeof(time), "N/A");
	else
		(void)_bas_fmt(time, sizeof(time), "%zd", ms);
	_bas_emit_text(emit, "%9s%6s%13zu%13llu%13llu%13llu\n", name, time,
	    npages, (unsigned long long)counts[0],
	    (unsigned long long)counts[1], (unsigned long long)counts[2]);
}

static void
decay_print(struct emit *emit, const struct snapshot_arena *snapshot)
{
	const uint64_t dirty[3] = { snapshot->dirty_npurge,
	    snapshot->dirty_nmadvise, snapshot->dirty_purged };
	const uint64_t muzzy[3] = { snapshot->muzzy_npurge,
	    snapshot->muzzy_nmadvise, snapshot->muzzy_purged };

	fields_print(emit, decay_fields, NELEM(decay_fields), snapshot);
	_bas_emit_text(emit, "%9s%6s%13s%13s%13s%13s\n", "decaying:", "time",
	    "npages", "sweeps", "madvises", "purged");
	decay_line(emit, "dirty:", snapshot->dirty_decay_ms,
	    snapshot->pdirty, dirty);
	decay_line(emit, "muzzy:", snapshot->muzzy_decay_ms,
	    snapshot->pmuzzy, muzzy);
}

struct group_row {
	const char		*label;
	struct snapshot_group	 group;
};

#define	GROUP(f, title_, width_, type_)					\
	{ .key = #f, .title = (title_), .width = (width_),		\
	    .type = (type_), .offset = offsetof(struct group_row, group.f) }

static void
groups_print(struct emit *emit, const struct snapshot_arena *snapshot)
{
	static const struct emit_column columns[] = {
		{ .title = "", .width = 24, .type = CTL_STRING,
		  .offset = offsetof(struct group_row, label),
		  .align = EMIT_LEFT },
		GROUP(allocated, "allocated", 13, CTL_SIZE),
		GROUP(nmalloc, "nmalloc", 16, CTL_UINT64),
		GROUP(ndalloc, "ndalloc", 16, CTL_UINT64),
		GROUP(nfills, "nfill", 16, CTL_UINT64),
		GROUP(nflushes, "nflush", 16, CTL_UINT64),
	};
	const struct group_row small = { "small:", snapshot->small };
	const struct group_row large = { "large:", snapshot->large };
	struct group_row total = { "total:", snapshot->small };

	total.group.allocated += large.group.allocated;
	total.group.nmalloc += large.group.nmalloc;
	total.group.ndalloc += large.group.ndalloc;
	total.group.nfills += large.group.nfills;
	total.group.nflushes += large.group.nflushes;
	_bas_emit_titles(emit, columns, NELEM(columns));
	_bas_emit_row(emit, "small", columns, NELEM(columns), &small);
	_bas_emit_row(emit, "large", columns, NELEM(columns), &large);
	/* Programs can add. */
	if (!emit->json)
		_bas_emit_row(emit, NULL, columns, NELEM(columns), &total);
}

/* Tables of classes: all of them in JSON, those in use for people. */
struct class_row {
	const char			*label;
	size_t				 size;
	unsigned			 index;
	size_t				 allocated;
	const char			*util;
	unsigned			 nregs;
	unsigned			 npages;
	struct snapshot_bin		 bin;
	struct snapshot_lextent		 lextent;
};

#define	CELL(key_, f, title_, width_, type_)				\
	{ .key = (key_), .title = (title_), .width = (width_),		\
	    .type = (type_), .offset = offsetof(struct class_row, f) }
#define	LABEL(title_)							\
	{ .title = (title_), .width = 6, .type = CTL_STRING,		\
	    .offset = offsetof(struct class_row, label), .align = EMIT_LEFT }
/* The columns that tell the class, and over which gaps are marked. */
#define	NLEADING	3

static const struct emit_column bin_columns[] = {
	LABEL("bins:"),
	CELL(NULL, size, "size", 14, CTL_SIZE),
	CELL(NULL, index, "ind", 4, CTL_UNSIGNED),
	CELL(NULL, allocated, "allocated", 13, CTL_SIZE),
	CELL("nmalloc", bin.nmalloc, "nmalloc", 13, CTL_UINT64),
	CELL("ndalloc", bin.ndalloc, "ndalloc", 13, CTL_UINT64),
	CELL("curregs", bin.curregs, "curregs", 13, CTL_SIZE),
	CELL("curslabs", bin.curslabs, "curslabs", 13, CTL_SIZE),
	CELL("nonfull_slabs", bin.nonfull_slabs, "nonfull_slabs", 15,
	    CTL_SIZE),
	CELL(NULL, nregs, "regs", 5, CTL_UNSIGNED),
	CELL(NULL, npages, "pgs", 4, CTL_UNSIGNED),
	CELL(NULL, util, "util", 7, CTL_STRING),
	CELL("nfills", bin.nfills, "nfills", 13, CTL_UINT64),
	CELL("nflushes", bin.nflushes, "nflushes", 13, CTL_UINT64),
	CELL(NULL, bin.nslabs, "nslabs", 13, CTL_UINT64),
	CELL("nreslabs", bin.nreslabs, "nreslabs", 13, CTL_UINT64),
};

static const struct emit_column lextent_columns[] = {
	LABEL("large:"),
	CELL(NULL, size, "size", 14, CTL_SIZE),
	CELL(NULL, index, "ind", 4, CTL_UNSIGNED),
	CELL(NULL, allocated, "allocated", 13, CTL_SIZE),
	CELL("curlextents", lextent.curlextents, "curlextents", 13,
	    CTL_SIZE),
};

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

/*
 * A row, or for people a mark that covers all rows left out in a run;
 * returns whether one is open.
 */
static bool
class_print(struct emit *emit, const struct emit_column *columns,
    size_t ncolumns, const struct class_row *row, bool used, bool gap)
{

	if (emit->json || used) {
		if (gap)
			_bas_emit_gap(emit, columns, NLEADING);
		_bas_emit_row(emit, NULL, columns, ncolumns, row);
	}
	return (!emit->json && !used);
}

static void
bins_print(struct emit *emit, const struct snapshot_arena *snapshot)
{
	struct class_row row = { .label = "" };
	char util[8];
	bool gap = false;
	unsigned i;

	_bas_emit_titles(emit, bin_columns, NELEM(bin_columns));
	_bas_emit_array(emit, "bins");
	for (i = 0; i < SC_NSMALL; i++) {
		row.bin = snapshot->bins[i];
		row.size = sizeclass_size(i + 1);
		row.index = i;
		row.allocated = row.bin.curregs * row.size;
		row.nregs = sizeclass_nregs(i + 1);
		row.npages = (unsigned)(sizeclass_slab_size(i + 1) /
		    SNAPSHOT_PAGE);
		util_fmt(util, sizeof(util), &row);
		row.util = util;
		gap = class_print(emit, bin_columns, NELEM(bin_columns),
		    &row, row.bin.nslabs != 0, gap);
	}
	if (gap)
		_bas_emit_gap(emit, bin_columns, NLEADING);
	_bas_emit_array_end(emit);
}

static void
lextents_print(struct emit *emit, const struct snapshot_arena *snapshot)
{
	struct class_row row = { .label = "" };
	bool gap = false;
	unsigned i;

	_bas_emit_titles(emit, lextent_columns, NELEM(lextent_columns));
	_bas_emit_array(emit, "lextents");
	for (i = 0; i < SNAPSHOT_NLEXTENTS; i++) {
		row.lextent = snapshot->lextents[i];
		row.size = sizeclass_large_size(i);
		row.index = SC_NSMALL + i;
		row.allocated = row.lextent.curlextents * row.size;
		gap = class_print(emit, lextent_columns,
		    NELEM(lextent_columns), &row,
		    row.lextent.curlextents != 0, gap);
	}
	if (gap)
		_bas_emit_gap(emit, lextent_columns, NLEADING);
	_bas_emit_array_end(emit);
}

static void
superpages_print(struct emit *emit, const struct snapshot_arena *snapshot)
{

	_bas_emit_dict(emit, "hpa_shard", "HPA shard stats:");
	_bas_emit_value(emit, "npageslabs", "  Superpages", CTL_SIZE,
	    &snapshot->npageslabs);
	_bas_emit_value(emit, "nactive", "  Active pages", CTL_SIZE,
	    &snapshot->pactive);
	_bas_emit_value(emit, "ndirty", "  Dirty pages", CTL_SIZE,
	    &snapshot->pdirty);
	_bas_emit_dict(emit, "slabs", NULL);
	_bas_emit_value(emit, "npageslabs_nonhuge", NULL, CTL_SIZE,
	    &snapshot->npageslabs_nonhuge);
	_bas_emit_value(emit, "npageslabs_huge", "  Backed by huge pages",
	    CTL_SIZE, &snapshot->npageslabs_huge);
	_bas_emit_dict_end(emit);
	_bas_emit_dict_end(emit);
}

void
_bas_stats_arena_print(struct emit *emit, const struct stats_parts *parts,
    size_t index)
{
	struct snapshot_arena snapshot;

	_bas_snapshot_gather(index, &snapshot);
	_bas_emit_value(emit, "nthreads", "assigned threads", CTL_UNSIGNED,
	    &snapshot.nthreads);
	decay_print(emit, &snapshot);
	groups_print(emit, &snapshot);
	_bas_emit_text(emit, "\n");
	fields_print(emit, size_fields, NELEM(size_fields), &snapshot);
	if (parts->bins)
		bins_print(emit, &snapshot);
	if (parts->large)
		lextents_print(emit, &snapshot);
	if (parts->superpages)
		superpages_print(emit, &snapshot);
}
