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
	READS(#f, CTL_BOOL, CTL_BOOL_GET), .offset = config_##f

static const struct ctl_node ncached_max[] = {
	{ RAW("read_sizeclass", CTL_READ_WRITE, CTYPE_SIZE,
	    CTL_SLOTS_READ) },
	{ WRITES("write", CTL_STRING, CTL_SLOTS_SET),
	    .ctype = CTYPE_CHARP },
};

static const struct ctl_node thread_tcache[] = {
	{ BOTH("enabled", CTL_BOOL, CTL_THREAD_CACHE_GET,
	    CTL_THREAD_CACHE_SET) },
	{ COMMAND("flush", CTL_THREAD_FLUSH) },
	{ BOTH("max", CTL_SIZE, CTL_CACHE_MAX_GET,
	    CTL_CACHE_MAX_SET) },
	{ INNER("ncached_max", CTL_LIST_NCACHED_MAX) },
};

static const struct ctl_node thread_peak[] = {
	{ READS("read", CTL_UINT64, CTL_PEAK_GET) },
	{ COMMAND("reset", CTL_PEAK_RESET) },
};

static const struct ctl_node thread_prof[] = {
	{ PROF("name", CTL_STRING, CTL_READ_WRITE),
	    .raw = CTL_THREAD_PROF_NAME },
	{ PROF_SET("active", CTL_BOOL, CTL_THREAD_PROF_ACTIVE_GET,
	    CTL_THREAD_PROF_ACTIVE_SET) },
};

static const struct ctl_node thread[] = {
	{ BOTH("arena", CTL_UNSIGNED, CTL_THREAD_ARENA_GET,
	    CTL_THREAD_ARENA_SET) },
	{ READS("allocated", CTL_UINT64, CTL_THREAD_ALLOCATED_GET) },
	{ READS("allocatedp", CTL_POINTER, CTL_THREAD_ALLOCATEDP_GET),
	    .ctype = CTYPE_UINT64P },
	{ READS("deallocated", CTL_UINT64, CTL_THREAD_DEALLOCATED_GET) },
	{ READS("deallocatedp", CTL_POINTER,
	    CTL_THREAD_DEALLOCATEDP_GET), .ctype = CTYPE_UINT64P },
	{ INNER("tcache", CTL_LIST_THREAD_TCACHE) },
	{ INNER("peak", CTL_LIST_THREAD_PEAK) },
	{ INNER("prof", CTL_LIST_THREAD_PROF) },
	{ COMMAND("idle", CTL_THREAD_IDLE) },
};

static const struct ctl_node tcache[] = {
	{ READS("create", CTL_UNSIGNED, CTL_TCACHE_CREATE),
	    .must_read = true },
	{ WRITES("flush", CTL_UNSIGNED, CTL_TCACHE_FLUSH) },
	{ WRITES("destroy", CTL_UNSIGNED, CTL_TCACHE_DESTROY) },
};

static const struct ctl_node config[] = {
	{ CONFIG(cache_oblivious) },
	{ CONFIG(debug) },
	{ CONFIG(fill) },
	{ CONFIG(lazy_lock) },
	{ READS("malloc_conf", CTL_STRING, CTL_CONF_GET) },
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
	{ READS("symlink", CTL_STRING, CTL_SOURCE_GET),
	    .offset = CONF_SOURCE_SYMLINK },
	{ READS("env_var", CTL_STRING, CTL_SOURCE_GET),
	    .offset = CONF_SOURCE_ENV },
	{ READS("global_var", CTL_STRING, CTL_SOURCE_GET),
	    .offset = CONF_SOURCE_GLOBAL },
	{ READS("global_var_2_conf_harder", CTL_STRING, CTL_SOURCE_GET),
	    .offset = CONF_SOURCE_HARDER },
};

/* The options themselves follow: they have a table of their own. */
static const struct ctl_node opt[] = {
	{ INNER("malloc_conf", CTL_LIST_OPT_MALLOC_CONF) },
	/* Options of old, which are accepted and mean nothing. */
	{ READS("hpa_sec_bytes_after_flush", CTL_SIZE, CTL_ZERO_GET) },
	{ READS("hpa_sec_batch_fill_extra", CTL_SIZE, CTL_ZERO_GET) },
};

static const struct ctl_node arena[] = {
	{ READS("initialized", CTL_BOOL, CTL_ARENA_INITIALIZED_GET) },
	{ COMMAND("decay", CTL_ARENA_DECAY) },
	{ COMMAND("purge", CTL_ARENA_PURGE) },
	{ BOTH("dirty_decay_ms", CTL_SSIZE, CTL_ARENA_DECAY_MS_GET,
	    CTL_ARENA_DECAY_MS_SET), .offset = 0 },
	{ BOTH("muzzy_decay_ms", CTL_SSIZE, CTL_ARENA_DECAY_MS_GET,
	    CTL_ARENA_DECAY_MS_SET), .offset = 1 },
	{ BOTH("dirty_max", CTL_SSIZE, CTL_ARENA_DIRTY_MAX_GET,
	    CTL_ARENA_DIRTY_MAX_SET) },
	{ COMMAND("reset", CTL_ARENA_RESET) },
	{ COMMAND("destroy", CTL_ARENA_DESTROY) },
	{ BOTH("dss", CTL_STRING, CTL_ARENA_DSS_GET,
	    CTL_ARENA_DSS_SET) },
	{ BOTH("oversize_threshold", CTL_SIZE, CTL_ARENA_OVERSIZE_GET,
	    CTL_ARENA_OVERSIZE_SET) },
	{ BOTH("extent_hooks", CTL_POINTER, CTL_ARENA_HOOKS_GET,
	    CTL_ARENA_HOOKS_SET), .ctype = CTYPE_HOOKSP },
	{ BOTH("retain_grow_limit", CTL_SIZE, CTL_ARENA_GROW_GET,
	    CTL_ARENA_GROW_SET) },
	{ RAW("name", CTL_READ_WRITE, CTYPE_CHARP, CTL_ARENA_NAME) },
};

static const struct ctl_node arenas_bin[] = {
	{ READS("size", CTL_SIZE, CTL_BIN_SIZE_GET) },
	{ READS("nregs", CTL_UINT32, CTL_BIN_NREGS_GET) },
	{ READS("slab_size", CTL_SIZE, CTL_BIN_SLAB_SIZE_GET) },
	{ READS("nshards", CTL_UINT32, CTL_BIN_NSHARDS_GET) },
};

static const struct ctl_node arenas_lextent[] = {
	{ READS("size", CTL_SIZE, CTL_LEXTENT_SIZE_GET) },
};

static const struct ctl_node arenas[] = {
	{ READS("narenas", CTL_UNSIGNED, CTL_NARENAS_GET) },
	{ BOTH("dirty_decay_ms", CTL_SSIZE, CTL_DECAY_MS_GET,
	    CTL_DECAY_MS_SET), .offset = 0 },
	{ BOTH("muzzy_decay_ms", CTL_SSIZE, CTL_DECAY_MS_GET,
	    CTL_DECAY_MS_SET), .offset = 1 },
	{ READS("quantum", CTL_SIZE, CTL_SIZE_GET),
	    .offset = SC_QUANTUM },
	{ READS("page", CTL_SIZE, CTL_SIZE_GET),
	    .offset = SNAPSHOT_PAGE },
	{ READS("tcache_max", CTL_SIZE, CTL_TCACHE_MAX_GET) },
	{ READS("nbins", CTL_UNSIGNED, CTL_UNSIGNED_GET),
	    .offset = SC_NSMALL },
	{ READS("nhbins", CTL_UNSIGNED, CTL_NHBINS_GET) },
	{ INNER("bin", CTL_LIST_ARENAS_BIN), .index = CTL_BIN },
	{ READS("nlextents", CTL_UNSIGNED, CTL_UNSIGNED_GET),
	    .offset = SNAPSHOT_NLEXTENTS },
	{ INNER("lextent", CTL_LIST_ARENAS_LEXTENT), .index = CTL_LEXTENT },
	{ READS("hugepage", CTL_SIZE, CTL_SIZE_GET),
	    .offset = OPTIONS_HUGE },
	{ .name = "create", .type = CTL_UNSIGNED, .access = CTL_READ_WRITE,
	    .must_read = true, .ctype = CTYPE_CREATE,
	    .raw = CTL_ARENAS_CREATE },
	{ RAW("lookup", CTL_READ_WRITE, CTYPE_LOOKUP,
	    CTL_ARENAS_LOOKUP) },
};

/* Of samples, by class. */
static const struct ctl_node prof_class[] = {
	{ PROF("live", CTL_OTHER, CTL_READ), .ctype = CTYPE_PROF_STATS,
	    .raw = CTL_PROF_CLASS },
	{ PROF("accum", CTL_OTHER, CTL_READ), .ctype = CTYPE_PROF_STATS,
	    .raw = CTL_PROF_CLASS, .offset = 1 },
};

static const struct ctl_node prof_stats[] = {
	{ INNER("bins", CTL_LIST_PROF_CLASS), .index = CTL_PROF_BIN },
	{ INNER("lextents", CTL_LIST_PROF_CLASS), .index = CTL_PROF_LEXTENT,
	    .offset = 2 },
};

static const struct ctl_node prof[] = {
	{ PROF_SET("thread_active_init", CTL_BOOL,
	    CTL_PROF_THREAD_INIT_GET, CTL_PROF_THREAD_INIT_SET) },
	{ BOTH("active", CTL_BOOL, CTL_PROF_ACTIVE_GET,
	    CTL_PROF_ACTIVE_SET) },
	{ PROF("dump", CTL_STRING, CTL_WRITE), .raw = CTL_PROF_DUMP },
	{ PROF_SET("gdump", CTL_BOOL, CTL_PROF_GDUMP_GET,
	    CTL_PROF_GDUMP_SET) },
	{ PROF("prefix", CTL_STRING, CTL_WRITE),
	    .set = CTL_PROF_PREFIX_SET },
	{ PROF("reset", CTL_SIZE, CTL_WRITE), .raw = CTL_PROF_RESET },
	{ READS("interval", CTL_UINT64, CTL_PROF_INTERVAL_GET) },
	{ READS("lg_sample", CTL_SIZE, CTL_LG_SAMPLE_GET) },
	{ PROF("log_start", CTL_STRING, CTL_WRITE),
	    .raw = CTL_PROF_LOG_START },
	{ PROF("log_stop", CTL_VOID, CTL_NONE), .set = CTL_PROF_LOG_STOP },
	{ INNER("stats", CTL_LIST_PROF_STATS) },
};

static const struct ctl_node approximate_stats[] = {
	{ READS("active", CTL_SIZE, CTL_ACTIVE_GET) },
};

static const struct ctl_node hooks[] = {
	{ PROF_SET("prof_backtrace", CTL_POINTER, CTL_PROF_HOOK_GET,
	    CTL_PROF_HOOK_SET), .offset = 0, .ctype = CTYPE_BACKTRACE },
	{ PROF_SET("prof_dump", CTL_POINTER, CTL_PROF_HOOK_GET,
	    CTL_PROF_HOOK_SET), .offset = 1, .ctype = CTYPE_ABORT },
	{ PROF_SET("prof_sample", CTL_POINTER, CTL_PROF_HOOK_GET,
	    CTL_PROF_HOOK_SET), .offset = 2, .ctype = CTYPE_SAMPLE },
	{ PROF_SET("prof_sample_free", CTL_POINTER, CTL_PROF_HOOK_GET,
	    CTL_PROF_HOOK_SET), .offset = 3, .ctype = CTYPE_SAMPLE_FREE },
	{ WRITES("safety_check_abort", CTL_POINTER, CTL_ABORT_SET),
	    .ctype = CTYPE_ABORT },
	{ RAW("thread_event", CTL_WRITE, CTYPE_EVENT,
	    CTL_THREAD_EVENT) },
	{ .name = "install", .type = CTL_POINTER, .access = CTL_READ_WRITE,
	    .must_read = true, .ctype = CTYPE_INSTALL,
	    .raw = CTL_HOOKS_INSTALL },
	{ WRITES("remove", CTL_POINTER, CTL_HOOKS_REMOVE) },
};

static const struct ctl_node utilization[] = {
	{ RAW("query", CTL_READ_WRITE, CTYPE_QUERY,
	    CTL_QUERY) },
	{ RAW("batch_query", CTL_READ_WRITE, CTYPE_BATCH_QUERY,
	    CTL_BATCH_QUERY) },
};

static const struct ctl_node experimental_arenas[] = {
	{ READS("pactivep", CTL_POINTER, CTL_PACTIVEP_GET),
	    .ctype = CTYPE_SIZEP },
};

static const struct ctl_node prof_recent[] = {
	{ PROF("alloc_max", CTL_SSIZE, CTL_READ_WRITE),
	    .get = CTL_RECENT_MAX_GET, .set = CTL_RECENT_MAX_SET },
	{ PROF("alloc_dump", CTL_OTHER, CTL_WRITE),
	    .ctype = CTYPE_RECENT, .raw = CTL_RECENT_DUMP },
};

static const struct ctl_node experimental_thread[] = {
	{ RAW("activity_callback", CTL_READ_WRITE,
	    CTYPE_ACTIVITY, CTL_ACTIVITY) },
};

static const struct ctl_node experimental[] = {
	{ INNER("hooks", CTL_LIST_HOOKS) },
	{ INNER("utilization", CTL_LIST_UTILIZATION) },
	{ INNER("arenas", CTL_LIST_EXPERIMENTAL_ARENAS),
	    .index = CTL_ARENA_STATS },
	{ .name = "arenas_create_ext", .type = CTL_UNSIGNED,
	    .access = CTL_READ_WRITE, .must_read = true,
	    .ctype = CTYPE_CREATE_EXT,
	    .raw = CTL_ARENAS_CREATE_EXT },
	{ INNER("prof_recent", CTL_LIST_PROF_RECENT) },
	{ .name = "batch_alloc", .type = CTL_SIZE, .access = CTL_READ_WRITE,
	    .must_read = true, .ctype = CTYPE_BATCH_ALLOC,
	    .raw = CTL_BATCH_ALLOC },
	{ INNER("thread", CTL_LIST_EXPERIMENTAL_THREAD) },
};

static const struct ctl_node root[] = {
	{ READS("version", CTL_STRING, CTL_VERSION_GET) },
	{ BOTH("epoch", CTL_UINT64, CTL_EPOCH_GET, CTL_EPOCH_SET),
	    .set_first = true },
	{ BOTH("background_thread", CTL_BOOL, CTL_BACKGROUND_GET,
	    CTL_BACKGROUND_SET) },
	{ BOTH("max_background_threads", CTL_SIZE, CTL_BACKGROUND_MAX_GET,
	    CTL_BACKGROUND_MAX_SET) },
	{ INNER("thread", CTL_LIST_THREAD) },
	{ INNER("config", CTL_LIST_CONFIG) },
	{ INNER("opt", CTL_LIST_OPT), .rows = true },
	{ INNER("arena", CTL_LIST_ARENA), .index = CTL_ARENA },
	{ INNER("arenas", CTL_LIST_ARENAS) },
	{ INNER("stats", CTL_LIST_STATS) },
	{ INNER("tcache", CTL_LIST_TCACHE) },
	{ INNER("prof", CTL_LIST_PROF) },
	{ INNER("approximate_stats", CTL_LIST_APPROXIMATE_STATS) },
	{ INNER("experimental", CTL_LIST_EXPERIMENTAL) },
};

const struct ctl_list _bas_ctl_lists[CTL_LIST_STATS] = {
	[CTL_LIST_NCACHED_MAX] = LIST(ncached_max),
	[CTL_LIST_THREAD_TCACHE] = LIST(thread_tcache),
	[CTL_LIST_THREAD_PEAK] = LIST(thread_peak),
	[CTL_LIST_THREAD_PROF] = LIST(thread_prof),
	[CTL_LIST_THREAD] = LIST(thread),
	[CTL_LIST_TCACHE] = LIST(tcache),
	[CTL_LIST_CONFIG] = LIST(config),
	[CTL_LIST_OPT_MALLOC_CONF] = LIST(opt_malloc_conf),
	[CTL_LIST_OPT] = LIST(opt),
	[CTL_LIST_ARENA] = LIST(arena),
	[CTL_LIST_ARENAS_BIN] = LIST(arenas_bin),
	[CTL_LIST_ARENAS_LEXTENT] = LIST(arenas_lextent),
	[CTL_LIST_ARENAS] = LIST(arenas),
	[CTL_LIST_PROF_CLASS] = LIST(prof_class),
	[CTL_LIST_PROF_STATS] = LIST(prof_stats),
	[CTL_LIST_PROF] = LIST(prof),
	[CTL_LIST_APPROXIMATE_STATS] = LIST(approximate_stats),
	[CTL_LIST_HOOKS] = LIST(hooks),
	[CTL_LIST_UTILIZATION] = LIST(utilization),
	[CTL_LIST_EXPERIMENTAL_ARENAS] = LIST(experimental_arenas),
	[CTL_LIST_PROF_RECENT] = LIST(prof_recent),
	[CTL_LIST_EXPERIMENTAL_THREAD] = LIST(experimental_thread),
	[CTL_LIST_EXPERIMENTAL] = LIST(experimental),
	[CTL_LIST_ROOT] = LIST(root),
};

const struct ctl_node _bas_ctl_root = { INNER("", CTL_LIST_ROOT) };

/* What the manual says of values that have no type of their own. */
static const char ctypes[][CTL_CTYPE_MAX] = {
	[CTYPE_SIZE] = "size_t",
	[CTYPE_CHARP] = "char *",
	[CTYPE_UINT64P] = "uint64_t *",
	[CTYPE_HOOKSP] = "extent_hooks_t *",
	[CTYPE_CREATE] = "unsigned, extent_hooks_t *",
	[CTYPE_LOOKUP] = "unsigned, void *",
	[CTYPE_PROF_STATS] = "prof_stats_t",
	[CTYPE_BACKTRACE] = "void (*)(void **, unsigned *, unsigned)",
	[CTYPE_ABORT] = "void (*)(const char *)",
	[CTYPE_SAMPLE] =
	    "void (*)(const void *, size_t, void **, unsigned, size_t)",
	[CTYPE_SAMPLE_FREE] = "void (*)(const void *, size_t)",
	[CTYPE_EVENT] = "user_hook_object_t",
	[CTYPE_INSTALL] = "void *, hooks_t",
	[CTYPE_QUERY] = "see below, void *",
	[CTYPE_BATCH_QUERY] = "see below, void *[]",
	[CTYPE_SIZEP] = "size_t *",
	[CTYPE_RECENT] = "{void (*)(void *, const char *), void *}",
	[CTYPE_ACTIVITY] = "{void (*)(void *, uint64_t, uint64_t), void *}",
	[CTYPE_CREATE_EXT] = "unsigned, arena_config_t",
	[CTYPE_BATCH_ALLOC] = "size_t, batch_alloc_packet_t",
};

const char *
_bas_ctl_ctype(const struct ctl_node *leaf)
{

	return (leaf->ctype == CTYPE_PLAIN ? NULL : ctypes[leaf->ctype]);
}
