/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdint.h>

#include "heap/arena.h"
#include "util/fmt.h"
#include "watch/snapshot.h"
#include "watch/stats_arena.h"
#include "watch/stats_class.h"
#include "watch/stats_mutex.h"
#include "watch/stats_pages.h"

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
/* Bytes that are called alike in both forms. */
#define	BYTES(f)	FIELD(#f, #f ":", CTL_SIZE, f, 1)

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
	BYTES(mapped),
	BYTES(retained),
	BYTES(pinned),
	BYTES(base),
	BYTES(internal),
	BYTES(metadata_edata),
	BYTES(metadata_rtree),
	BYTES(metadata_thp),
	BYTES(tcache_bytes),
	BYTES(tcache_stashed_bytes),
	BYTES(resident),
	BYTES(held),
	BYTES(abandoned_vm),
	BYTES(extent_avail),
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

/* Sums have no name. */
static void
name_print(struct emit *emit, size_t index)
{
	struct arena *arena;
	const char *name;

	arena = index < _bas_arena_count() ?
	    _bas_arena_get((unsigned)index) : NULL;
	if (arena == NULL)
		return;
	name = _bas_arena_name(arena);
	_bas_emit_value(emit, "name", "name", CTL_STRING, &name);
}

static void
head_print(struct emit *emit, const struct snapshot_arena *snapshot)
{
	const char *dss;

	dss = snapshot->dss != NULL ? snapshot->dss : "N/A";
	_bas_emit_value(emit, "nthreads", "assigned threads", CTL_UNSIGNED,
	    &snapshot->nthreads);
	_bas_emit_value(emit, "uptime_ns", "uptime", CTL_UINT64,
	    &snapshot->uptime);
	_bas_emit_value(emit, "dss", "dss allocation precedence", CTL_STRING,
	    &dss);
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

#define	COUNT(f, title_)						\
	{ .key = #f, .title = "" title_, .width = 16,			\
	    .type = CTL_UINT64,						\
	    .offset = offsetof(struct group_row, group.f) },		\
	{ .title = "(#/sec)", .width = 10, .type = CTL_UINT64,		\
	    .offset = offsetof(struct group_row, group.f), .rate = true }

static const struct emit_column group_columns[] = {
	{ .title = " ", .width = 24, .type = CTL_STRING,
	  .offset = offsetof(struct group_row, label), .align = EMIT_LEFT },
	{ .key = "allocated", .title = "allocated", .width = 13,
	  .type = CTL_SIZE,
	  .offset = offsetof(struct group_row, group.allocated) },
	COUNT(nmalloc, "nmalloc"),
	COUNT(ndalloc, "ndalloc"),
	COUNT(nrequests, "nrequests"),
	COUNT(nfills, "nfill"),
	COUNT(nflushes, "nflush"),
};

static void
groups_print(struct emit *emit, const struct snapshot_arena *snapshot)
{
	const struct group_row small = { "small:", snapshot->small };
	const struct group_row large = { "large:", snapshot->large };
	struct group_row total = { "total:", snapshot->small };

	_bas_emit_titles(emit, group_columns, NELEM(group_columns));
	_bas_emit_row(emit, "small", group_columns, NELEM(group_columns),
	    &small);
	_bas_emit_row(emit, "large", group_columns, NELEM(group_columns),
	    &large);
	/* Programs can add. */
	if (emit->json)
		return;
	total.group.allocated += large.group.allocated;
	total.group.nmalloc += large.group.nmalloc;
	total.group.ndalloc += large.group.ndalloc;
	total.group.nrequests += large.group.nrequests;
	total.group.nfills += large.group.nfills;
	total.group.nflushes += large.group.nflushes;
	_bas_emit_row(emit, NULL, group_columns, NELEM(group_columns),
	    &total);
	_bas_emit_text(emit, "\n");
}

/* jemalloc's cache of small extents: what it would hold is not cached. */
static void
sec_print(struct emit *emit)
{
	const size_t none = 0;

	_bas_emit_value(emit, "sec_bytes", "Bytes in small extent cache",
	    CTL_SIZE, &none);
}

void
_bas_stats_arena_print(struct emit *emit, const struct stats_parts *parts,
    struct stats_room *room, size_t index)
{
	const struct snapshot_arena *arena = &room->arena;

	_bas_snapshot_gather(index, &room->arena);
	if (parts->extents || parts->superpages)
		_bas_snapshot_gather_pages(index, &room->pages);
	_bas_emit_uptime(emit, arena->uptime);
	name_print(emit, index);
	head_print(emit, arena);
	decay_print(emit, arena);
	groups_print(emit, arena);
	fields_print(emit, size_fields, NELEM(size_fields), arena);
	if (parts->mutexes)
		_bas_stats_arena_mutexes_print(emit, arena->mutexes);
	if (parts->bins)
		_bas_stats_bins_print(emit, arena, parts->mutexes);
	if (parts->large)
		_bas_stats_lextents_print(emit, arena);
	if (parts->extents)
		_bas_stats_extents_print(emit, &room->pages);
	if (parts->superpages) {
		sec_print(emit);
		_bas_stats_superpages_print(emit, arena, &room->pages);
	}
}
