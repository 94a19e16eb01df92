/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The control names below stats.  An offset is one into the struct of the
 * snapshot that the name is about; those of a path add up to it.
 */
#include "watch/ctl_row.h"
#include "watch/snapshot.h"

#define	TOTAL(f)							\
	READS(#f, CTL_SIZE, CTL_TOTAL_GET),			\
	.offset = offsetof(struct snapshot_totals, f)
#define	STATS(n, t, f)							\
	READS(n, t, CTL_STATS_GET),				\
	.offset = offsetof(struct snapshot_arena, f)
#define	SIZE(f)		STATS(#f, CTL_SIZE, f)
#define	UINT64(f)	STATS(#f, CTL_UINT64, f)
/* What the design has no counterpart of, so that there is none. */
#define	NOTHING(n, t)	READS(n, t, CTL_ZERO_GET)
#define	MUTEX(t, f)							\
	READS(#f, t, CTL_MUTEX_GET),				\
	.offset = offsetof(struct lock_stats, f)
#define	GROUP(t, f)							\
	READS(#f, t, CTL_STATS_GET),				\
	.offset = offsetof(struct snapshot_group, f)
#define	BIN(t, f)							\
	READS(#f, t, CTL_STATS_GET),				\
	.offset = offsetof(struct snapshot_bin, f)
#define	LEXTENT(t, f)							\
	READS(#f, t, CTL_STATS_GET),				\
	.offset = offsetof(struct snapshot_lextent, f)
#define	EXTENT(f)							\
	READS(#f, CTL_SIZE, CTL_PAGES_GET),			\
	.offset = offsetof(struct snapshot_extent, f)
#define	SLABS(f)							\
	READS(#f, CTL_SIZE, CTL_PAGES_GET),			\
	.offset = offsetof(struct snapshot_slabs, f)

/* Of any lock: what is below its name. */
static const struct ctl_node mutex[] = {
	{ MUTEX(CTL_UINT64, num_ops) },
	{ MUTEX(CTL_UINT64, num_wait) },
	{ MUTEX(CTL_UINT64, num_spin_acq) },
	{ MUTEX(CTL_UINT64, num_owner_switch) },
	{ MUTEX(CTL_UINT64, total_wait_time) },
	{ MUTEX(CTL_UINT64, max_wait_time) },
	{ MUTEX(CTL_UINT32, max_num_thds) },
};

/* The locks of the process are taken for an array of their counts. */
#define	GLOBAL(n, m)							\
	INNER(n, CTL_LIST_STATS_MUTEX),					\
	.offset = (m) * sizeof(struct lock_stats)

static const struct ctl_node mutexes[] = {
	{ GLOBAL("background_thread", MUTEX_BACKGROUND_THREAD) },
	{ GLOBAL("max_per_bg_thd", MUTEX_MAX_PER_BG_THD) },
	{ GLOBAL("ctl", MUTEX_CTL) },
	{ GLOBAL("prof", MUTEX_PROF) },
	{ GLOBAL("prof_thds_data", MUTEX_PROF_THDS_DATA) },
	{ GLOBAL("prof_dump", MUTEX_PROF_DUMP) },
	{ GLOBAL("prof_recent_alloc", MUTEX_PROF_RECENT_ALLOC) },
	{ GLOBAL("prof_recent_dump", MUTEX_PROF_RECENT_DUMP) },
	{ GLOBAL("prof_stats", MUTEX_PROF_STATS) },
	{ .name = "reset", .type = CTL_VOID, .access = CTL_NONE,
	  .raw = CTL_MUTEX_RESET },
};

#define	LOCAL(n, m)							\
	INNER(n, CTL_LIST_STATS_MUTEX), .offset =			\
	offsetof(struct snapshot_arena, mutexes) +			\
	(m) * sizeof(struct lock_stats)

static const struct ctl_node arena_mutexes[] = {
	{ LOCAL("large", ARENA_MUTEX_LARGE) },
	{ LOCAL("extent_avail", ARENA_MUTEX_EXTENT_AVAIL) },
	{ LOCAL("extents_dirty", ARENA_MUTEX_EXTENTS_DIRTY) },
	{ LOCAL("extents_muzzy", ARENA_MUTEX_EXTENTS_MUZZY) },
	{ LOCAL("extents_retained", ARENA_MUTEX_EXTENTS_RETAINED) },
	{ LOCAL("extents_pinned", ARENA_MUTEX_EXTENTS_PINNED) },
	{ LOCAL("decay_dirty", ARENA_MUTEX_DECAY_DIRTY) },
	{ LOCAL("decay_muzzy", ARENA_MUTEX_DECAY_MUZZY) },
	{ LOCAL("base", ARENA_MUTEX_BASE) },
	{ LOCAL("tcache_list", ARENA_MUTEX_TCACHE_LIST) },
	{ LOCAL("hpa_shard", ARENA_MUTEX_HPA_SHARD) },
	{ LOCAL("hpa_shard_grow", ARENA_MUTEX_HPA_SHARD_GROW) },
	{ LOCAL("hpa_sec", ARENA_MUTEX_HPA_SEC) },
};

static const struct ctl_node group[] = {
	{ GROUP(CTL_SIZE, allocated) },
	{ GROUP(CTL_UINT64, nmalloc) },
	{ GROUP(CTL_UINT64, ndalloc) },
	{ GROUP(CTL_UINT64, nfills) },
	{ GROUP(CTL_UINT64, nflushes) },
	{ GROUP(CTL_UINT64, nrequests) },
};

static const struct ctl_node bins[] = {
	{ BIN(CTL_UINT64, nmalloc) },
	{ BIN(CTL_UINT64, ndalloc) },
	{ BIN(CTL_SIZE, curregs) },
	{ BIN(CTL_UINT64, nfills) },
	{ BIN(CTL_UINT64, nflushes) },
	{ BIN(CTL_UINT64, nslabs) },
	{ BIN(CTL_UINT64, nreslabs) },
	{ BIN(CTL_SIZE, curslabs) },
	{ BIN(CTL_SIZE, nonfull_slabs) },
	{ BIN(CTL_SIZE, slab_bytes) },
	{ BIN(CTL_SIZE, used_bytes) },
	{ BIN(CTL_SIZE, clean_bytes) },
	{ BIN(CTL_SIZE, held_bytes) },
	{ BIN(CTL_UINT64, nrequests) },
	{ INNER("mutex", CTL_LIST_STATS_MUTEX),
	  .offset = offsetof(struct snapshot_bin, mutex) },
};

static const struct ctl_node lextents[] = {
	{ LEXTENT(CTL_SIZE, curlextents) },
	{ LEXTENT(CTL_UINT64, nmalloc) },
	{ LEXTENT(CTL_UINT64, ndalloc) },
	{ LEXTENT(CTL_UINT64, nrequests) },
};

static const struct ctl_node extents[] = {
	{ EXTENT(ndirty) },
	{ EXTENT(nmuzzy) },
	{ EXTENT(nretained) },
	{ EXTENT(npinned) },
	{ EXTENT(dirty_bytes) },
	{ EXTENT(muzzy_bytes) },
	{ EXTENT(retained_bytes) },
	{ EXTENT(pinned_bytes) },
};

static const struct ctl_node slabs[] = {
	{ SLABS(npageslabs_nonhuge) },
	{ SLABS(npageslabs_huge) },
	{ SLABS(nactive_nonhuge) },
	{ SLABS(nactive_huge) },
	{ SLABS(ndirty_nonhuge) },
	{ SLABS(ndirty_huge) },
	{ SLABS(nuntouched_huge) },
};

static const struct ctl_node hpa_alloc[] = {
	{ NOTHING("min_extents", CTL_UINT64) },
	{ NOTHING("max_extents", CTL_UINT64) },
	{ NOTHING("extents", CTL_UINT64) },
	{ NOTHING("ps", CTL_UINT64) },
	{ NOTHING("pages_per_ps", CTL_UINT64) },
	{ NOTHING("extents_per_ps", CTL_UINT64) },
	{ NOTHING("total_elapsed_ns_per_ps", CTL_UINT64) },
};

static const struct ctl_node hpa[] = {
	{ SIZE(npageslabs) },
	{ STATS("nactive", CTL_SIZE, pactive) },
	{ STATS("ndirty", CTL_SIZE, pdirty) },
	{ INNER("slabs", CTL_LIST_STATS_SLABS),
	  .offset = offsetof(struct snapshot_pages, slabs) },
	{ UINT64(npurge_passes) },
	{ UINT64(npurges) },
	{ UINT64(nhugifies) },
	{ UINT64(nhugify_failures) },
	{ UINT64(ndehugifies) },
	{ INNER("alloc", CTL_LIST_STATS_HPA_ALLOC), .index = CTL_BATCH },
	{ INNER("full_slabs", CTL_LIST_STATS_SLABS),
	  .offset = offsetof(struct snapshot_pages, full_slabs) },
	{ INNER("empty_slabs", CTL_LIST_STATS_SLABS),
	  .offset = offsetof(struct snapshot_pages, empty_slabs) },
	{ INNER("nonfull_slabs", CTL_LIST_STATS_SLABS), .index = CTL_PSIZE,
	  .offset = offsetof(struct snapshot_pages, nonfull_slabs),
	  .stride = sizeof(struct snapshot_slabs) },
};

static const struct ctl_node arenas[] = {
	{ STATS("nthreads", CTL_UNSIGNED, nthreads) },
	{ STATS("dirty_decay_ms", CTL_SSIZE, dirty_decay_ms) },
	{ STATS("muzzy_decay_ms", CTL_SSIZE, muzzy_decay_ms) },
	{ SIZE(pactive) },
	{ SIZE(pdirty) },
	{ SIZE(pmuzzy) },
	{ SIZE(mapped) },
	{ SIZE(retained) },
	{ UINT64(dirty_npurge) },
	{ UINT64(dirty_nmadvise) },
	{ UINT64(dirty_purged) },
	{ UINT64(muzzy_npurge) },
	{ UINT64(muzzy_nmadvise) },
	{ UINT64(muzzy_purged) },
	{ SIZE(base) },
	{ SIZE(internal) },
	{ SIZE(metadata_thp) },
	{ SIZE(resident) },
	{ SIZE(held) },
	{ INNER("small", CTL_LIST_STATS_GROUP),
	  .offset = offsetof(struct snapshot_arena, small) },
	{ INNER("large", CTL_LIST_STATS_GROUP),
	  .offset = offsetof(struct snapshot_arena, large) },
	{ INNER("bins", CTL_LIST_STATS_BINS), .index = CTL_BIN,
	  .offset = offsetof(struct snapshot_arena, bins),
	  .stride = sizeof(struct snapshot_bin) },
	{ INNER("lextents", CTL_LIST_STATS_LEXTENTS), .index = CTL_LEXTENT,
	  .offset = offsetof(struct snapshot_arena, lextents),
	  .stride = sizeof(struct snapshot_lextent) },
	{ INNER("hpa_shard", CTL_LIST_STATS_HPA) },
	{ UINT64(uptime) },
	{ STATS("dss", CTL_STRING, dss) },
	{ SIZE(pinned) },
	{ SIZE(extent_avail) },
	{ SIZE(metadata_edata) },
	{ SIZE(metadata_rtree) },
	{ SIZE(tcache_bytes) },
	{ SIZE(tcache_stashed_bytes) },
	{ SIZE(abandoned_vm) },
	{ NOTHING("hpa_sec_bytes", CTL_SIZE) },
	{ NOTHING("hpa_sec_hits", CTL_SIZE) },
	{ NOTHING("hpa_sec_misses", CTL_SIZE) },
	{ NOTHING("hpa_sec_dalloc_noflush", CTL_SIZE) },
	{ NOTHING("hpa_sec_dalloc_flush", CTL_SIZE) },
	{ NOTHING("hpa_sec_overfills", CTL_SIZE) },
	{ INNER("extents", CTL_LIST_STATS_EXTENTS), .index = CTL_EXTENT,
	  .offset = offsetof(struct snapshot_pages, extents),
	  .stride = sizeof(struct snapshot_extent) },
	{ INNER("mutexes", CTL_LIST_STATS_ARENA_MUTEXES) },
};

static const struct ctl_node background[] = {
	{ READS("num_threads", CTL_SIZE, CTL_BACKGROUND_THREADS_GET) },
	{ READS("num_runs", CTL_UINT64, CTL_BACKGROUND_RUNS_GET) },
	{ READS("run_interval", CTL_UINT64,
	    CTL_BACKGROUND_INTERVAL_GET) },
};

static const struct ctl_node stats[] = {
	{ TOTAL(allocated) },
	{ TOTAL(active) },
	{ TOTAL(metadata) },
	{ TOTAL(metadata_thp) },
	{ TOTAL(resident) },
	{ TOTAL(mapped) },
	{ TOTAL(retained) },
	{ TOTAL(zero_reallocs) },
	{ INNER("arenas", CTL_LIST_STATS_ARENAS), .index = CTL_ARENA_STATS },
	{ TOTAL(metadata_edata) },
	{ TOTAL(metadata_rtree) },
	{ TOTAL(pinned) },
	{ INNER("background_thread", CTL_LIST_STATS_BACKGROUND) },
	{ INNER("mutexes", CTL_LIST_STATS_MUTEXES) },
};

#define	STATS_LIST(n, list)	[(n) - CTL_LIST_STATS] = LIST(list)

const struct ctl_list _bas_ctl_stats_lists[CTL_NLISTS - CTL_LIST_STATS] = {
	STATS_LIST(CTL_LIST_STATS, stats),
	STATS_LIST(CTL_LIST_STATS_MUTEX, mutex),
	STATS_LIST(CTL_LIST_STATS_MUTEXES, mutexes),
	STATS_LIST(CTL_LIST_STATS_ARENA_MUTEXES, arena_mutexes),
	STATS_LIST(CTL_LIST_STATS_GROUP, group),
	STATS_LIST(CTL_LIST_STATS_BINS, bins),
	STATS_LIST(CTL_LIST_STATS_LEXTENTS, lextents),
	STATS_LIST(CTL_LIST_STATS_EXTENTS, extents),
	STATS_LIST(CTL_LIST_STATS_SLABS, slabs),
	STATS_LIST(CTL_LIST_STATS_HPA_ALLOC, hpa_alloc),
	STATS_LIST(CTL_LIST_STATS_HPA, hpa),
	STATS_LIST(CTL_LIST_STATS_ARENAS, arenas),
	STATS_LIST(CTL_LIST_STATS_BACKGROUND, background),
};
