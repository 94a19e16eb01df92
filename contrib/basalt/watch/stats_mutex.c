/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdint.h>

#include "watch/snapshot.h"
#include "watch/stats_mutex.h"

#define	NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* Of the name before a lock's columns. */
#define	NAME_WIDTH	24

#define	CELL(f, title_, width_, type_)					\
	{ .key = #f, .title = "" title_, .width = (width_),		\
	    .type = (type_), .offset = offsetof(struct lock_stats, f) }
#define	RATE(f, width_)							\
	{ .title = "(#/sec)", .width = (width_), .type = CTL_UINT64,	\
	    .offset = offsetof(struct lock_stats, f), .rate = true }

static const struct emit_column columns[] = {
	CELL(num_ops, "n_lock_ops", 16, CTL_UINT64),
	RATE(num_ops, 8),
	CELL(num_wait, "n_waiting", 16, CTL_UINT64),
	RATE(num_wait, 8),
	CELL(num_spin_acq, "n_spin_acq", 16, CTL_UINT64),
	RATE(num_spin_acq, 8),
	CELL(num_owner_switch, "n_owner_switch", 16, CTL_UINT64),
	RATE(num_owner_switch, 8),
	CELL(total_wait_time, "total_wait_ns", 16, CTL_UINT64),
	RATE(total_wait_time, 10),
	CELL(max_wait_time, "max_wait_ns", 16, CTL_UINT64),
	CELL(max_num_thds, "max_n_thds", 12, CTL_UINT32),
};

static const char *const names[MUTEX_COUNT] = {
	[MUTEX_BACKGROUND_THREAD] = "background_thread",
	[MUTEX_MAX_PER_BG_THD] = "max_per_bg_thd",
	[MUTEX_CTL] = "ctl",
	[MUTEX_PROF] = "prof",
	[MUTEX_PROF_THDS_DATA] = "prof_thds_data",
	[MUTEX_PROF_DUMP] = "prof_dump",
	[MUTEX_PROF_RECENT_ALLOC] = "prof_recent_alloc",
	[MUTEX_PROF_RECENT_DUMP] = "prof_recent_dump",
	[MUTEX_PROF_STATS] = "prof_stats",
};

static const char *const arena_names[ARENA_MUTEX_COUNT] = {
	[ARENA_MUTEX_LARGE] = "large",
	[ARENA_MUTEX_EXTENT_AVAIL] = "extent_avail",
	[ARENA_MUTEX_EXTENTS_DIRTY] = "extents_dirty",
	[ARENA_MUTEX_EXTENTS_MUZZY] = "extents_muzzy",
	[ARENA_MUTEX_EXTENTS_RETAINED] = "extents_retained",
	[ARENA_MUTEX_EXTENTS_PINNED] = "extents_pinned",
	[ARENA_MUTEX_DECAY_DIRTY] = "decay_dirty",
	[ARENA_MUTEX_DECAY_MUZZY] = "decay_muzzy",
	[ARENA_MUTEX_BASE] = "base",
	[ARENA_MUTEX_TCACHE_LIST] = "tcache_list",
	[ARENA_MUTEX_HPA_SHARD] = "hpa_shard",
	[ARENA_MUTEX_HPA_SHARD_GROW] = "hpa_shard_grow",
	[ARENA_MUTEX_HPA_SEC] = "hpa_sec",
};

void
_bas_stats_mutex_titles(struct emit *emit)
{

	_bas_emit_title_cells(emit, columns, NELEM(columns));
}

void
_bas_stats_mutex_cells(struct emit *emit, const struct lock_stats *stats)
{

	_bas_emit_cells(emit, columns, NELEM(columns), stats);
}

static void
mutex_print(struct emit *emit, const char *name,
    const struct lock_stats *stats)
{

	_bas_emit_text(emit, "%-*s", NAME_WIDTH, name);
	_bas_emit_row(emit, name, columns, NELEM(columns), stats);
}

static void
mutexes_begin(struct emit *emit)
{

	_bas_emit_text(emit, "%*s", NAME_WIDTH, "");
	_bas_emit_titles(emit, columns, NELEM(columns));
	_bas_emit_dict(emit, "mutexes", NULL);
}

void
_bas_stats_mutexes_print(struct emit *emit)
{
	struct lock_stats stats;
	unsigned i;

	mutexes_begin(emit);
	for (i = 0; i < MUTEX_COUNT; i++) {
		_bas_snapshot_mutex((enum snapshot_mutex)i, &stats);
		mutex_print(emit, names[i], &stats);
	}
	_bas_emit_dict_end(emit);
}

void
_bas_stats_arena_mutexes_print(struct emit *emit,
    const struct lock_stats *stats)
{
	unsigned i;

	mutexes_begin(emit);
	for (i = 0; i < ARENA_MUTEX_COUNT; i++)
		mutex_print(emit, arena_names[i], &stats[i]);
	_bas_emit_dict_end(emit);
}
