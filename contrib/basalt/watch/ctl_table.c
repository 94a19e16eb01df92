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
#include "util/options.h"
#include "watch/ctl_row.h"
#include "watch/snapshot.h"

#define	CONFIG(f)							\
	READS(#f, CTL_BOOL, _bas_ctl_bool_get), .offset = config_##f

static const struct ctl_node ncached_max[] = {
	{ RAW("read_sizeclass", CTL_READ_WRITE, "size_t",
	    _bas_ctl_slots_read) },
	{ WRITES("write", CTL_STRING, _bas_ctl_slots_set),
	    .ctype = "char *" },
};

static const struct ctl_node thread_tcache[] = {
	{ BOTH("enabled", CTL_BOOL, _bas_ctl_thread_cache_get,
	    _bas_ctl_thread_cache_set) },
	{ COMMAND("flush", _bas_ctl_thread_flush) },
	{ BOTH("max", CTL_SIZE, _bas_ctl_cache_max_get,
	    _bas_ctl_cache_max_set) },
	{ INNER("ncached_max", ncached_max) },
};

static const struct ctl_node thread_peak[] = {
	{ READS("read", CTL_UINT64, _bas_ctl_peak_get) },
	{ COMMAND("reset", _bas_ctl_peak_reset) },
};

static const struct ctl_node thread_prof[] = {
	{ PROF("name", CTL_STRING, CTL_READ_WRITE) },
	{ PROF_SET("active", CTL_BOOL) },
};

static const struct ctl_node thread[] = {
	{ BOTH("arena", CTL_UNSIGNED, _bas_ctl_thread_arena_get,
	    _bas_ctl_thread_arena_set) },
	{ READS("allocated", CTL_UINT64, _bas_ctl_thread_allocated_get) },
	{ READS("allocatedp", CTL_POINTER, _bas_ctl_thread_allocatedp_get),
	    .ctype = "uint64_t *" },
	{ READS("deallocated", CTL_UINT64, _bas_ctl_thread_deallocated_get) },
	{ READS("deallocatedp", CTL_POINTER,
	    _bas_ctl_thread_deallocatedp_get), .ctype = "uint64_t *" },
	{ INNER("tcache", thread_tcache) },
	{ INNER("peak", thread_peak) },
	{ INNER("prof", thread_prof) },
	{ COMMAND("idle", _bas_ctl_thread_idle) },
};

static const struct ctl_node tcache[] = {
	{ READS("create", CTL_UNSIGNED, _bas_ctl_tcache_create),
	    .must_read = true },
	{ WRITES("flush", CTL_UNSIGNED, _bas_ctl_tcache_flush) },
	{ WRITES("destroy", CTL_UNSIGNED, _bas_ctl_tcache_destroy) },
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
	/* Options of old, which are accepted and mean nothing. */
	{ READS("hpa_sec_bytes_after_flush", CTL_SIZE, _bas_ctl_zero_get) },
	{ READS("hpa_sec_batch_fill_extra", CTL_SIZE, _bas_ctl_zero_get) },
};

static const struct ctl_node arena[] = {
	{ READS("initialized", CTL_BOOL, _bas_ctl_arena_initialized_get) },
	{ COMMAND("decay", _bas_ctl_arena_decay) },
	{ COMMAND("purge", _bas_ctl_arena_purge) },
	{ BOTH("dirty_decay_ms", CTL_SSIZE, _bas_ctl_arena_decay_ms_get,
	    _bas_ctl_arena_decay_ms_set), .offset = 0 },
	{ BOTH("muzzy_decay_ms", CTL_SSIZE, _bas_ctl_arena_decay_ms_get,
	    _bas_ctl_arena_decay_ms_set), .offset = 1 },
	{ COMMAND("reset", _bas_ctl_arena_reset) },
	{ COMMAND("destroy", _bas_ctl_arena_destroy) },
	{ BOTH("dss", CTL_STRING, _bas_ctl_arena_dss_get,
	    _bas_ctl_arena_dss_set) },
	{ BOTH("oversize_threshold", CTL_SIZE, _bas_ctl_arena_oversize_get,
	    _bas_ctl_arena_oversize_set) },
	{ BOTH("extent_hooks", CTL_POINTER, _bas_ctl_arena_hooks_get,
	    _bas_ctl_arena_hooks_set), .ctype = "extent_hooks_t *" },
	{ BOTH("retain_grow_limit", CTL_SIZE, _bas_ctl_arena_grow_get,
	    _bas_ctl_arena_grow_set) },
	{ RAW("name", CTL_READ_WRITE, "char *", _bas_ctl_arena_name) },
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
	{ READS("hugepage", CTL_SIZE, _bas_ctl_size_get),
	    .offset = OPTIONS_HUGE },
	{ .name = "create", .type = CTL_UNSIGNED, .access = CTL_READ_WRITE,
	    .must_read = true, .ctype = "unsigned, extent_hooks_t *",
	    .raw = _bas_ctl_arenas_create },
	{ RAW("lookup", CTL_READ_WRITE, "unsigned, void *",
	    _bas_ctl_arenas_lookup) },
};

/* Behind these, profiles to come. */
static const struct ctl_node prof_class[] = {
	{ PROF("live", CTL_OTHER, CTL_READ), .ctype = "prof_stats_t" },
	{ PROF("accum", CTL_OTHER, CTL_READ), .ctype = "prof_stats_t" },
};

static const struct ctl_node prof_stats[] = {
	{ INNER("bins", prof_class), .index = CTL_PROF_BIN },
	{ INNER("lextents", prof_class), .index = CTL_PROF_LEXTENT },
};

static const struct ctl_node prof[] = {
	{ PROF_SET("thread_active_init", CTL_BOOL) },
	{ BOTH("active", CTL_BOOL, _bas_ctl_zero_get,
	    _bas_ctl_prof_active_set) },
	{ PROF("dump", CTL_STRING, CTL_WRITE) },
	{ PROF_SET("gdump", CTL_BOOL) },
	{ PROF("prefix", CTL_STRING, CTL_WRITE) },
	{ PROF("reset", CTL_SIZE, CTL_WRITE) },
	{ READS("interval", CTL_UINT64, _bas_ctl_zero_get) },
	{ READS("lg_sample", CTL_SIZE, _bas_ctl_lg_sample_get) },
	{ PROF("log_start", CTL_STRING, CTL_WRITE) },
	{ PROF("log_stop", CTL_VOID, CTL_NONE) },
	{ INNER("stats", prof_stats) },
};

static const struct ctl_node approximate_stats[] = {
	{ READS("active", CTL_SIZE, _bas_ctl_active_get) },
};

static const struct ctl_node hooks[] = {
	{ PROF_SET("prof_backtrace", CTL_POINTER),
	    .ctype = "void (*)(void **, unsigned *, unsigned)" },
	{ PROF_SET("prof_dump", CTL_POINTER),
	    .ctype = "void (*)(const char *)" },
	{ PROF_SET("prof_sample", CTL_POINTER), .ctype =
	    "void (*)(const void *, size_t, void **, unsigned, size_t)" },
	{ PROF_SET("prof_sample_free", CTL_POINTER),
	    .ctype = "void (*)(const void *, size_t)" },
	{ WRITES("safety_check_abort", CTL_POINTER, _bas_ctl_abort_set),
	    .ctype = "void (*)(const char *)" },
	{ RAW("thread_event", CTL_WRITE, "user_hook_object_t",
	    _bas_ctl_thread_event) },
	{ .name = "install", .type = CTL_POINTER, .access = CTL_READ_WRITE,
	    .must_read = true, .ctype = "void *, hooks_t",
	    .raw = _bas_ctl_hooks_install },
	{ WRITES("remove", CTL_POINTER, _bas_ctl_hooks_remove) },
};

static const struct ctl_node utilization[] = {
	{ RAW("query", CTL_READ_WRITE, "see below, void *",
	    _bas_ctl_query) },
	{ RAW("batch_query", CTL_READ_WRITE, "see below, void *[]",
	    _bas_ctl_batch_query) },
};

static const struct ctl_node experimental_arenas[] = {
	{ READS("pactivep", CTL_POINTER, _bas_ctl_pactivep_get),
	    .ctype = "size_t *" },
};

static const struct ctl_node prof_recent[] = {
	{ PROF("alloc_max", CTL_SSIZE, CTL_READ_WRITE) },
	{ PROF("alloc_dump", CTL_OTHER, CTL_WRITE),
	    .ctype = "{void (*)(void *, const char *), void *}" },
};

static const struct ctl_node experimental_thread[] = {
	{ RAW("activity_callback", CTL_READ_WRITE,
	    "{void (*)(void *, uint64_t, uint64_t), void *}",
	    _bas_ctl_activity) },
};

static const struct ctl_node experimental[] = {
	{ INNER("hooks", hooks) },
	{ INNER("utilization", utilization) },
	{ INNER("arenas", experimental_arenas), .index = CTL_ARENA_STATS },
	{ .name = "arenas_create_ext", .type = CTL_UNSIGNED,
	    .access = CTL_READ_WRITE, .must_read = true,
	    .ctype = "unsigned, arena_config_t",
	    .raw = _bas_ctl_arenas_create_ext },
	{ INNER("prof_recent", prof_recent) },
	{ .name = "batch_alloc", .type = CTL_SIZE, .access = CTL_READ_WRITE,
	    .must_read = true, .ctype = "size_t, batch_alloc_packet_t",
	    .raw = _bas_ctl_batch_alloc },
	{ INNER("thread", experimental_thread) },
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
	{ INNER("tcache", tcache) },
	{ INNER("prof", prof) },
	{ INNER("approximate_stats", approximate_stats) },
	{ INNER("experimental", experimental) },
};

const struct ctl_node _bas_ctl_root = { INNER("", root) };
