/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The order of the sections and the words in them are those that programs
 * and people know from jemalloc.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "heap/arena.h"
#include "thread/background.h"
#include "util/fmt.h"
#include "watch/emit.h"
#include "watch/snapshot.h"
#include "watch/stats_arena.h"
#include "watch/stats_general.h"
#include "watch/stats_mutex.h"
#include "watch/stats_pins.h"
#include "watch/stats_print.h"
#include "watch/stats_tally.h"

#define	NELEM(a)	(sizeof(a) / sizeof((a)[0]))

#define	TOTAL(f)							\
	{ .key = #f, .type = CTL_SIZE,					\
	    .offset = offsetof(struct snapshot_totals, f) }

static const struct emit_column total_columns[] = {
	TOTAL(allocated),
	TOTAL(active),
	TOTAL(metadata),
	TOTAL(metadata_edata),
	TOTAL(metadata_rtree),
	TOTAL(metadata_thp),
	TOTAL(resident),
	TOTAL(mapped),
	TOTAL(retained),
	TOTAL(pinned),
	TOTAL(zero_reallocs),
};

static void
totals_print(struct emit *emit)
{
	struct snapshot_totals totals;

	_bas_snapshot_totals(&totals);
	_bas_emit_cells(emit, total_columns, NELEM(total_columns), &totals);
	_bas_emit_text(emit, "Allocated: %zu, active: %zu, metadata: %zu "
	    "(n_thp %zu, edata %zu, rtree %zu), ", totals.allocated,
	    totals.active, totals.metadata, totals.metadata_thp,
	    totals.metadata_edata, totals.metadata_rtree);
	_bas_emit_text(emit, "resident: %zu, mapped: %zu, retained: %zu, "
	    "pinned: %zu\n", totals.resident, totals.mapped, totals.retained,
	    totals.pinned);
	_bas_emit_text(emit, "Count of realloc(non-null-ptr, 0) calls: %zu\n",
	    totals.zero_reallocs);
}

static void
background_print(struct emit *emit)
{
	static const struct emit_column columns[] = {
		{ .key = "num_threads", .type = CTL_SIZE,
		  .offset = offsetof(struct background_stats, num_threads) },
		{ .key = "num_runs", .type = CTL_UINT64,
		  .offset = offsetof(struct background_stats, num_runs) },
		{ .key = "run_interval", .type = CTL_UINT64,
		  .offset = offsetof(struct background_stats, run_interval) },
	};
	struct background_stats stats;

	_bas_background_stats(&stats);
	_bas_emit_dict(emit, "background_thread", NULL);
	_bas_emit_cells(emit, columns, NELEM(columns), &stats);
	_bas_emit_dict_end(emit);
	_bas_emit_text(emit, "Background threads: %zu, num_runs: %llu, "
	    "run_interval: %llu ns\n", stats.num_threads,
	    (unsigned long long)stats.num_runs,
	    (unsigned long long)stats.run_interval);
}

static void
process_print(struct emit *emit, const struct stats_parts *parts,
    struct stats_room *room)
{

	/* Rates are over the life of the first arena, the process's. */
	if (room != NULL && _bas_snapshot_has(0)) {
		_bas_snapshot_gather(0, &room->arena);
		_bas_emit_uptime(emit, room->arena.uptime);
	}
	_bas_emit_dict(emit, "stats", NULL);
	totals_print(emit);
	background_print(emit);
	if (parts->mutexes)
		_bas_stats_mutexes_print(emit);
	_bas_stats_pins_print(emit);
	_bas_emit_dict_end(emit);
}

/* What a report shows, and where it gathers it. */
struct report {
	struct stats_parts	 parts;
	bool			 general;
	bool			 merged;
	bool			 destroyed;
	bool			 each;
	struct stats_room	*room;
};

static void
arena_section(struct emit *emit, const struct report *report, size_t index,
    const char *key, const char *heading)
{

	_bas_emit_text(emit, "\n");
	_bas_emit_dict(emit, key, heading);
	_bas_stats_arena_print(emit, &report->parts, report->room, index);
	_bas_emit_dict_end(emit);
}

static void
each_section(struct emit *emit, const struct report *report, unsigned n)
{
	char key[16], heading[32];
	unsigned i;

	for (i = 0; i < n; i++) {
		if (!_bas_snapshot_has(i))
			continue;
		(void)_bas_fmt(key, sizeof(key), "%u", i);
		(void)_bas_fmt(heading, sizeof(heading), "arenas[%u]:", i);
		arena_section(emit, report, i, key, heading);
	}
}

static void
arenas_print(struct emit *emit, const struct report *report)
{
	unsigned i, n, ninitialized;

	if (!report->merged && !report->destroyed && !report->each)
		return;
	if (report->room == NULL) {
		_bas_emit_text(emit,
		    "\nToo many reports at once: arenas are left out\n");
		return;
	}
	n = _bas_arena_count();
	for (i = ninitialized = 0; i < n; i++)
		ninitialized += _bas_snapshot_has(i);
	_bas_emit_dict(emit, "stats.arenas", NULL);
	/* Of a single arena the sum says nothing new. */
	if (report->merged && (ninitialized > 1 || !report->each))
		arena_section(emit, report, SNAPSHOT_ALL, "merged",
		    "Merged arenas stats:");
	if (report->destroyed && _bas_snapshot_has(SNAPSHOT_DESTROYED))
		arena_section(emit, report, SNAPSHOT_DESTROYED, "destroyed",
		    "Destroyed arenas stats:");
	if (report->each)
		each_section(emit, report, n);
	_bas_emit_dict_end(emit);
}

/*
 * The first and the last line, like the root of the JSON, bear the name of
 * the interface: programs look for it.
 */
static void
report_print(struct emit *emit, const struct report *report)
{

	_bas_emit_text(emit, "___ Begin jemalloc statistics ___\n");
	_bas_emit_dict(emit, "jemalloc", NULL);
	if (report->general)
		_bas_stats_general_print(emit);
	process_print(emit, &report->parts, report->room);
	arenas_print(emit, report);
	if (config_debug)
		_bas_stats_tally_print(emit);
	_bas_emit_dict_end(emit);
	_bas_emit_text(emit, "--- End jemalloc statistics ---\n");
}

static bool
lacks_letter(const char *opts, char letter)
{

	return (opts == NULL || strchr(opts, letter) == NULL);
}

void
_bas_stats_print(void (*write)(void *, const char *), void *arg,
    const char *opts)
{
	struct report report = {
		.parts.bins = lacks_letter(opts, 'b'),
		.parts.large = lacks_letter(opts, 'l'),
		.parts.mutexes = lacks_letter(opts, 'x'),
		.parts.extents = lacks_letter(opts, 'e'),
		.parts.superpages = lacks_letter(opts, 'h'),
		.general = lacks_letter(opts, 'g'),
		.merged = lacks_letter(opts, 'm'),
		.destroyed = lacks_letter(opts, 'd'),
		.each = lacks_letter(opts, 'a'),
	};
	struct emit emit;

	(void)_bas_snapshot_refresh();
	report.room = _bas_stats_room_take();
	_bas_emit_begin(&emit, !lacks_letter(opts, 'J'), write, arg);
	report_print(&emit, &report);
	_bas_emit_end(&emit);
	if (report.room != NULL)
		_bas_stats_room_give(report.room);
}
