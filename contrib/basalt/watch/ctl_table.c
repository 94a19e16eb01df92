/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The control names.  Each array is the list of names below one part of a
 * name, leaves of the tree first; a new name is a new row, at the end of its
 * list, because programs may keep the numbers that stand for names as long
 * as they run.
 */
#include "util/config.h"
#include "watch/ctl.h"
#include "watch/ctl_handler.h"
#include "watch/snapshot.h"

/* Each stands for some fields of a row and nothing else. */
#define	INNER(n, list)							\
	.name = (n), .children = (list),				\
	.nchildren = sizeof(list) / sizeof((list)[0])
#define	READS(n, t, getter)						\
	.name = (n), .type = (t), .access = CTL_READ, .get = (getter)
#define	BOTH(n, t, getter, setter)					\
	.name = (n), .type = (t), .access = CTL_READ_WRITE,		\
	.get = (getter), .set = (setter)
#define	COMMAND(n, setter)						\
	.name = (n), .type = CTL_VOID, .access = CTL_NONE, .set = (setter)
#define	CONFIG(f)							\
	READS(#f, CTL_BOOL, _bas_ctl_bool_get), .offset = config_##f
#define	TOTAL(f)							\
	READS(#f, CTL_SIZE, _bas_ctl_total_get),			\
	.offset = offsetof(struct snapshot_totals, f)
#define	STATS(n, t, f)							\
	READS(n, t, _bas_ctl_stats_get),				\
	.offset = offsetof(struct snapshot_arena, f)
#define	BIN(t, f)							\
	READS(#f, t, _bas_ctl_stats_bin_get),				\
	.offset = offsetof(struct snapshot_bin, f)

static const struct ctl_node thread_tcache[] = {
	{ BOTH("enabled", CTL_BOOL, _bas_ctl_thread_cache_get,
	    _bas_ctl_thread_cache_set) },
	{ COMMAND("flush", _bas_ctl_thread_flush) },
};

static const struct ctl_node thread[] = {
	{ READS("arena", CTL_UNSIGNED, _bas_ctl_thread_arena_get) },
	{ READS("allocated", CTL_UINT64, _bas_ctl_thread_allocated_get) },
	{ READS("allocatedp", CTL_POINTER, _bas_ctl_thread_allocatedp_get) },
	{ READS("deallocated", CTL_UINT64, _bas_ctl_thread_deallocated_get) },
	{ READS("deallocatedp", CTL_POINTER,
	    _bas_ctl_thread_deallocatedp_get) },
	{ INNER("tcache", thread_tcache) },
};

static const struct ctl_node config[] = {
	{ CONFIG(cache_oblivious) },
	{ CONFIG(debug) },
	{ CONFIG(fill) },
	{ CONFIG(lazy_lock) },
	{ READS("malloc_conf", CTL_STRING, _bas_ctl_conf_get) },
	{ CONFIG(opt_safety_checks) },
	{ CONFIG(prof) },
	{ CONFIG(prof_libgcc) },
	{ CONFIG(prof_libunwind) },
	{ CONFIG(prof_frameptr) },
	{ CONFIG(stats) },
	{ CONFIG(utrace) },
	{ CONFIG(xmalloc) },
};

static const struct ctl_node opt_malloc_conf[] = {
	{ READS("symlink", CTL_STRING, _bas_ctl_source_get),
	    .offset = CONF_SOURCE_SYMLINK },
	{ READS("env_var", CTL_STRING, _bas_ctl_source_get),
	    .offset = CONF_SOURCE_ENV },
	{ READS("global_var", CTL_STRING, _bas_ctl_source_get),
	    .offset = CONF_SOURCE_GLOBAL },
	{ READS("global_var_2_conf_harder", CTL_STRING, _bas_ctl_source_get),
	    .offset = CONF_SOURCE_HARDER },
};

/* The options themselves follow: they have a table of their own. */
static const struct ctl_node opt[] = {
	{ INNER("malloc_conf", opt_malloc_conf) },
};

static const struct ctl_node arena[] = {
	{ READS("initialized", CTL_BOOL, _bas_ctl_arena_initialized_get) },
	{ COMMAND("decay", _bas_ctl_arena_decay) },
	{ COMMAND("purge", _bas_ctl_arena_purge) },
	{ BOTH("dirty_decay_ms", CTL_SSIZE, _bas_ctl_arena_decay_ms_get,
	    _bas_ctl_arena_decay_ms_set), .offset = 0 },
	{ BOTH("muzzy_decay_ms", CTL_SSIZE, _bas_ctl_arena_decay_ms_get,
	    _bas_ctl_arena_decay_ms_set), .offset = 1 },
};

static const struct ctl_node arenas_bin[] = {
	{ READS("size", CTL_SIZE, _bas_ctl_bin_size_get) },
	{ READS("nregs", CTL_UINT32, _bas_ctl_bin_nregs_get) },
	{ READS("slab_size", CTL_SIZE, _bas_ctl_bin_slab_size_get) },
	{ READS("nshards", CTL_UINT32, _bas_ctl_bin_nshards_get) },
};

static const struct ctl_node arenas_lextent[] = {
	{ READS("size", CTL_SIZE, _bas_ctl_lextent_size_get) },
};

static const struct ctl_node arenas[] = {
	{ READS("narenas", CTL_UNSIGNED, _bas_ctl_narenas_get) },
	{ BOTH("dirty_decay_ms", CTL_SSIZE, _bas_ctl_decay_ms_get,
	    _bas_ctl_decay_ms_set), .offset = 0 },
	{ BOTH("muzzy_decay_ms", CTL_SSIZE, _bas_ctl_decay_ms_get,
	    _bas_ctl_decay_ms_set), .offset = 1 },
	{ READS("quantum", CTL_SIZE, _bas_ctl_size_get),
	    .offset = SC_QUANTUM },
	{ READS("page", CTL_SIZE, _bas_ctl_size_get),
	    .offset = SNAPSHOT_PAGE },
	{ READS("tcache_max", CTL_SIZE, _bas_ctl_tcache_max_get) },
	{ READS("nbins", CTL_UNSIGNED, _bas_ctl_unsigned_get),
	    .offset = SC_NSMALL },
	{ READS("nhbins", CTL_UNSIGNED, _bas_ctl_nhbins_get) },
	{ INNER("bin", arenas_bin), .index = CTL_BIN },
	{ READS("nlextents", CTL_UNSIGNED, _bas_ctl_unsigned_get),
	    .offset = SNAPSHOT_NLEXTENTS },
	{ INNER("lextent", arenas_lextent), .index = CTL_LEXTENT },
};

static const struct ctl_node stats_small[] = {
	{ STATS("allocated", CTL_SIZE, small.allocated) },
	{ STATS("nmalloc", CTL_UINT64, small.nmalloc) },
	{ STATS("ndalloc", CTL_UINT64, small.ndalloc) },
	{ STATS("nfills", CTL_UINT64, small.nfills) },
	{ STATS("nflushes", CTL_UINT64, small.nflushes) },
};

static const struct ctl_node stats_large[] = {
	{ STATS("allocated", CTL_SIZE, large.allocated) },
	{ STATS("nmalloc", CTL_UINT64, large.nmalloc) },
	{ STATS("ndalloc", CTL_UINT64, large.ndalloc) },
	{ STATS("nfills", CTL_UINT64, large.nfills) },
	{ STATS("nflushes", CTL_UINT64, large.nflushes) },
};

static const struct ctl_node stats_bins[] = {
	{ BIN(CTL_UINT64, nmalloc) },
	{ BIN(CTL_UINT64, ndalloc) },
	{ BIN(CTL_SIZE, curregs) },
	{ BIN(CTL_UINT64, nfills) },
	{ BIN(CTL_UINT64, nflushes) },
	{ BIN(CTL_UINT64, nslabs) },
	{ BIN(CTL_UINT64, nreslabs) },
	{ BIN(CTL_SIZE, curslabs) },
	{ BIN(CTL_SIZE, nonfull_slabs) },
};

static const struct ctl_node stats_lextents[] = {
	{ READS("curlextents", CTL_SIZE, _bas_ctl_stats_lextent_get),
	    .offset = offsetof(struct snapshot_lextent, curlextents) },
};

static const struct ctl_node stats_hpa_slabs[] = {
	{ STATS("npageslabs_nonhuge", CTL_SIZE, npageslabs_nonhuge) },
	{ STATS("npageslabs_huge", CTL_SIZE, npageslabs_huge) },
};

static const struct ctl_node stats_hpa[] = {
	{ STATS("npageslabs", CTL_SIZE, npageslabs) },
	{ STATS("nactive", CTL_SIZE, pactive) },
	{ STATS("ndirty", CTL_SIZE, pdirty) },
	{ INNER("slabs", stats_hpa_slabs) },
};

static const struct ctl_node stats_arenas[] = {
	{ STATS("nthreads", CTL_UNSIGNED, nthreads) },
	{ STATS("dirty_decay_ms", CTL_SSIZE, dirty_decay_ms) },
	{ STATS("muzzy_decay_ms", CTL_SSIZE, muzzy_decay_ms) },
	{ STATS("pactive", CTL_SIZE, pactive) },
	{ STATS("pdirty", CTL_SIZE, pdirty) },
	{ STATS("pmuzzy", CTL_SIZE, pmuzzy) },
	{ STATS("mapped", CTL_SIZE, mapped) },
	{ STATS("retained", CTL_SIZE, retained) },
	{ STATS("dirty_npurge", CTL_UINT64, dirty_npurge) },
	{ STATS("dirty_nmadvise", CTL_UINT64, dirty_nmadvise) },
	{ STATS("dirty_purged", CTL_UINT64, dirty_purged) },
	{ STATS("muzzy_npurge", CTL_UINT64, muzzy_npurge) },
	{ STATS("muzzy_nmadvise", CTL_UINT64, muzzy_nmadvise) },
	{ STATS("muzzy_purged", CTL_UINT64, muzzy_purged) },
	{ STATS("base", CTL_SIZE, base) },
	{ STATS("internal", CTL_SIZE, internal) },
	{ STATS("metadata_thp", CTL_SIZE, metadata_thp) },
	{ STATS("resident", CTL_SIZE, resident) },
	{ INNER("small", stats_small) },
	{ INNER("large", stats_large) },
	{ INNER("bins", stats_bins), .index = CTL_BIN },
	{ INNER("lextents", stats_lextents), .index = CTL_LEXTENT },
	{ INNER("hpa_shard", stats_hpa) },
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
	{ INNER("arenas", stats_arenas), .index = CTL_ARENA_STATS },
};

static const struct ctl_node root[] = {
	{ READS("version", CTL_STRING, _bas_ctl_version_get) },
	{ BOTH("epoch", CTL_UINT64, _bas_ctl_epoch_get, _bas_ctl_epoch_set),
	    .set_first = true },
	{ BOTH("background_thread", CTL_BOOL, _bas_ctl_background_get,
	    _bas_ctl_background_set) },
	{ BOTH("max_background_threads", CTL_SIZE, _bas_ctl_background_max_get,
	    _bas_ctl_background_max_set) },
	{ INNER("thread", thread) },
	{ INNER("config", config) },
	{ INNER("opt", opt), .rows = true },
	{ INNER("arena", arena), .index = CTL_ARENA },
	{ INNER("arenas", arenas) },
	{ INNER("stats", stats) },
};

const struct ctl_node _bas_ctl_root = { INNER("", root) };
