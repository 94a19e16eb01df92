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
#include "heap/sizeclass.h"
#include "util/config.h"
#include "watch/ctl_row.h"
#include "watch/snapshot.h"

#define	CONFIG(f)							\
	READS(#f, CTL_BOOL, _bas_ctl_bool_get), .offset = config_##f

static const struct ctl_node thread_tcache[] = {
	{ BOTH("enabled", CTL_BOOL, _bas_ctl_thread_cache_get,
	    _bas_ctl_thread_cache_set) },
	{ COMMAND("flush", _bas_ctl_thread_flush) },
};

static const struct ctl_node thread[] = {
	{ READS("arena", CTL_UNSIGNED, _bas_ctl_thread_arena_get) },
	{ READS("allocated", CTL_UINT64, _bas_ctl_thread_allocated_get) },
	{ READS("allocatedp", CTL_POINTER, _bas_ctl_thread_allocatedp_get),
	    .ctype = "uint64_t *" },
	{ READS("deallocated", CTL_UINT64, _bas_ctl_thread_deallocated_get) },
	{ READS("deallocatedp", CTL_POINTER,
	    _bas_ctl_thread_deallocatedp_get), .ctype = "uint64_t *" },
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
	{ INNER("stats", _bas_ctl_stats) },
};

const struct ctl_node _bas_ctl_root = { INNER("", root) };
