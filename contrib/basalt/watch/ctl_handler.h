/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The getters and setters that the rows of the tables name.
 */
#ifndef BASALT_CTL_HANDLER_H
#define	BASALT_CTL_HANDLER_H

#include "watch/ctl.h"

/* ctl_process.c */
int	_bas_ctl_version_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_epoch_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_epoch_set(const struct ctl_call *, const union ctl_value *);
int	_bas_ctl_background_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_background_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_background_max_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_background_max_set(const struct ctl_call *,
	    const union ctl_value *);
/* The row's offset is the value. */
int	_bas_ctl_bool_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_size_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_unsigned_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_conf_get(const struct ctl_call *, union ctl_value *);
/* The row's offset is an enum conf_source; ENOENT if it had no string. */
int	_bas_ctl_source_get(const struct ctl_call *, union ctl_value *);

/* ctl_thread.c */
int	_bas_ctl_thread_arena_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_thread_allocated_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_thread_allocatedp_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_thread_deallocated_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_thread_deallocatedp_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_thread_cache_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_thread_cache_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_thread_flush(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_thread_arena_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_thread_idle(const struct ctl_call *, const union ctl_value *);
int	_bas_ctl_peak_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_peak_reset(const struct ctl_call *, const union ctl_value *);
int	_bas_ctl_activity(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);

/* ctl_cache.c */
int	_bas_ctl_cache_max_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_cache_max_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_slots_read(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_slots_set(const struct ctl_call *, const union ctl_value *);
int	_bas_ctl_tcache_create(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_tcache_flush(const struct ctl_call *, const union ctl_value *);
int	_bas_ctl_tcache_destroy(const struct ctl_call *,
	    const union ctl_value *);

/* ctl_arena.c */
int	_bas_ctl_arena_initialized_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_arena_decay(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_arena_purge(const struct ctl_call *,
	    const union ctl_value *);
/* The row's offset tells dirty (0) from muzzy (1). */
int	_bas_ctl_arena_decay_ms_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_arena_decay_ms_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_arena_dirty_max_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_arena_dirty_max_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_arena_reset(const struct ctl_call *, const union ctl_value *);
int	_bas_ctl_arena_destroy(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_arena_dss_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_arena_dss_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_arena_oversize_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_arena_oversize_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_arena_hooks_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_arena_hooks_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_arena_grow_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_arena_grow_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_arena_name(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);

/* ctl_arenas.c */
int	_bas_ctl_decay_ms_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_decay_ms_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_narenas_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_tcache_max_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_nhbins_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_bin_size_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_bin_nregs_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_bin_slab_size_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_bin_nshards_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_lextent_size_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_arenas_create(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_arenas_create_ext(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_pactivep_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_active_get(const struct ctl_call *, union ctl_value *);

/* ctl_object.c */
int	_bas_ctl_arenas_lookup(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_query(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_batch_query(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_batch_alloc(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);

/* ctl_hook.c */
int	_bas_ctl_abort_set(const struct ctl_call *, const union ctl_value *);
int	_bas_ctl_thread_event(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_hooks_install(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_hooks_remove(const struct ctl_call *, const union ctl_value *);

/* ctl_prof.c */
/* Else names that need profiles are not there. */
bool	_bas_ctl_prof_is_on(void);
int	_bas_ctl_prof_active_get(const struct ctl_call *, union ctl_value *);
/* ENOENT for true where no profiles are taken. */
int	_bas_ctl_prof_active_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_prof_thread_init_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_prof_thread_init_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_thread_prof_active_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_thread_prof_active_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_thread_prof_name(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_prof_dump(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_prof_gdump_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_prof_gdump_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_prof_prefix_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_prof_reset(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_prof_interval_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_lg_sample_get(const struct ctl_call *, union ctl_value *);
/* The path's offset: 1 for all time, 2 for large classes. */
int	_bas_ctl_prof_class(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_prof_hook_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_prof_hook_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_prof_log_start(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_prof_log_stop(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_recent_max_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_recent_max_set(const struct ctl_call *,
	    const union ctl_value *);
int	_bas_ctl_recent_dump(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);

/* ctl_stats.c */
int	_bas_ctl_zero_get(const struct ctl_call *, union ctl_value *);
/* The row's offset is that of a size_t in struct snapshot_totals. */
int	_bas_ctl_total_get(const struct ctl_call *, union ctl_value *);
/*
 * The path's offset is that of a value of the row's type in struct
 * snapshot_arena; in struct snapshot_pages; in an array of lock_stats by
 * enum snapshot_mutex, or for an arena's in snapshot_arena.
 */
int	_bas_ctl_stats_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_pages_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_mutex_get(const struct ctl_call *, union ctl_value *);
int	_bas_ctl_mutex_reset(const struct ctl_call *, void *, size_t *,
	    const void *, size_t);
int	_bas_ctl_background_threads_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_background_runs_get(const struct ctl_call *,
	    union ctl_value *);
int	_bas_ctl_background_interval_get(const struct ctl_call *,
	    union ctl_value *);

/*
 * Their numbers, by which rows name them: a row that held addresses would
 * be one that the program's loader has to write to.
 */
enum {
	CTL_GET_NONE,
	CTL_VERSION_GET,
	CTL_EPOCH_GET,
	CTL_BACKGROUND_GET,
	CTL_BACKGROUND_MAX_GET,
	CTL_BOOL_GET,
	CTL_SIZE_GET,
	CTL_UNSIGNED_GET,
	CTL_CONF_GET,
	CTL_SOURCE_GET,
	CTL_THREAD_ARENA_GET,
	CTL_THREAD_ALLOCATED_GET,
	CTL_THREAD_ALLOCATEDP_GET,
	CTL_THREAD_DEALLOCATED_GET,
	CTL_THREAD_DEALLOCATEDP_GET,
	CTL_THREAD_CACHE_GET,
	CTL_PEAK_GET,
	CTL_CACHE_MAX_GET,
	CTL_TCACHE_CREATE,
	CTL_ARENA_INITIALIZED_GET,
	CTL_ARENA_DECAY_MS_GET,
	CTL_ARENA_DIRTY_MAX_GET,
	CTL_ARENA_DSS_GET,
	CTL_ARENA_OVERSIZE_GET,
	CTL_ARENA_HOOKS_GET,
	CTL_ARENA_GROW_GET,
	CTL_DECAY_MS_GET,
	CTL_NARENAS_GET,
	CTL_TCACHE_MAX_GET,
	CTL_NHBINS_GET,
	CTL_BIN_SIZE_GET,
	CTL_BIN_NREGS_GET,
	CTL_BIN_SLAB_SIZE_GET,
	CTL_BIN_NSHARDS_GET,
	CTL_LEXTENT_SIZE_GET,
	CTL_PACTIVEP_GET,
	CTL_ACTIVE_GET,
	CTL_PROF_ACTIVE_GET,
	CTL_PROF_THREAD_INIT_GET,
	CTL_THREAD_PROF_ACTIVE_GET,
	CTL_PROF_GDUMP_GET,
	CTL_PROF_INTERVAL_GET,
	CTL_LG_SAMPLE_GET,
	CTL_PROF_HOOK_GET,
	CTL_RECENT_MAX_GET,
	CTL_ZERO_GET,
	CTL_TOTAL_GET,
	CTL_STATS_GET,
	CTL_PAGES_GET,
	CTL_MUTEX_GET,
	CTL_BACKGROUND_THREADS_GET,
	CTL_BACKGROUND_RUNS_GET,
	CTL_BACKGROUND_INTERVAL_GET,
	CTL_NGET
};

enum {
	CTL_SET_NONE,
	CTL_EPOCH_SET,
	CTL_BACKGROUND_SET,
	CTL_BACKGROUND_MAX_SET,
	CTL_THREAD_CACHE_SET,
	CTL_THREAD_FLUSH,
	CTL_THREAD_ARENA_SET,
	CTL_THREAD_IDLE,
	CTL_PEAK_RESET,
	CTL_CACHE_MAX_SET,
	CTL_SLOTS_SET,
	CTL_TCACHE_FLUSH,
	CTL_TCACHE_DESTROY,
	CTL_ARENA_DECAY,
	CTL_ARENA_PURGE,
	CTL_ARENA_DECAY_MS_SET,
	CTL_ARENA_DIRTY_MAX_SET,
	CTL_ARENA_RESET,
	CTL_ARENA_DESTROY,
	CTL_ARENA_DSS_SET,
	CTL_ARENA_OVERSIZE_SET,
	CTL_ARENA_HOOKS_SET,
	CTL_ARENA_GROW_SET,
	CTL_DECAY_MS_SET,
	CTL_PROF_ACTIVE_SET,
	CTL_PROF_THREAD_INIT_SET,
	CTL_THREAD_PROF_ACTIVE_SET,
	CTL_PROF_GDUMP_SET,
	CTL_PROF_PREFIX_SET,
	CTL_PROF_HOOK_SET,
	CTL_PROF_LOG_STOP,
	CTL_RECENT_MAX_SET,
	CTL_ABORT_SET,
	CTL_HOOKS_REMOVE,
	CTL_NSET
};

enum {
	CTL_RAW_NONE,
	CTL_ACTIVITY,
	CTL_SLOTS_READ,
	CTL_ARENA_NAME,
	CTL_ARENAS_CREATE,
	CTL_ARENAS_CREATE_EXT,
	CTL_ARENAS_LOOKUP,
	CTL_QUERY,
	CTL_BATCH_QUERY,
	CTL_BATCH_ALLOC,
	CTL_THREAD_EVENT,
	CTL_HOOKS_INSTALL,
	CTL_MUTEX_RESET,
	CTL_THREAD_PROF_NAME,
	CTL_PROF_DUMP,
	CTL_PROF_RESET,
	CTL_PROF_CLASS,
	CTL_PROF_LOG_START,
	CTL_RECENT_DUMP,
	CTL_NRAW
};

#endif /* !BASALT_CTL_HANDLER_H */
