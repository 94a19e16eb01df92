/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the numbers of getters and setters stand for.
 */
#include <assert.h>

#include "watch/ctl_handler.h"

/* Rows have a byte for each. */
static_assert(CTL_NGET <= 256 && CTL_NSET <= 256 && CTL_NRAW <= 256,
    "numbers of handlers");

static int (*const getters[CTL_NGET])(const struct ctl_call *,
    union ctl_value *) = {
	[CTL_VERSION_GET] = _bas_ctl_version_get,
	[CTL_EPOCH_GET] = _bas_ctl_epoch_get,
	[CTL_BACKGROUND_GET] = _bas_ctl_background_get,
	[CTL_BACKGROUND_MAX_GET] = _bas_ctl_background_max_get,
	[CTL_BOOL_GET] = _bas_ctl_bool_get,
	[CTL_SIZE_GET] = _bas_ctl_size_get,
	[CTL_UNSIGNED_GET] = _bas_ctl_unsigned_get,
	[CTL_CONF_GET] = _bas_ctl_conf_get,
	[CTL_SOURCE_GET] = _bas_ctl_source_get,
	[CTL_THREAD_ARENA_GET] = _bas_ctl_thread_arena_get,
	[CTL_THREAD_ALLOCATED_GET] = _bas_ctl_thread_allocated_get,
	[CTL_THREAD_ALLOCATEDP_GET] = _bas_ctl_thread_allocatedp_get,
	[CTL_THREAD_DEALLOCATED_GET] = _bas_ctl_thread_deallocated_get,
	[CTL_THREAD_DEALLOCATEDP_GET] = _bas_ctl_thread_deallocatedp_get,
	[CTL_THREAD_CACHE_GET] = _bas_ctl_thread_cache_get,
	[CTL_PEAK_GET] = _bas_ctl_peak_get,
	[CTL_CACHE_MAX_GET] = _bas_ctl_cache_max_get,
	[CTL_TCACHE_CREATE] = _bas_ctl_tcache_create,
	[CTL_ARENA_INITIALIZED_GET] = _bas_ctl_arena_initialized_get,
	[CTL_ARENA_DECAY_MS_GET] = _bas_ctl_arena_decay_ms_get,
	[CTL_ARENA_DIRTY_MAX_GET] = _bas_ctl_arena_dirty_max_get,
	[CTL_ARENA_DSS_GET] = _bas_ctl_arena_dss_get,
	[CTL_ARENA_OVERSIZE_GET] = _bas_ctl_arena_oversize_get,
	[CTL_ARENA_HOOKS_GET] = _bas_ctl_arena_hooks_get,
	[CTL_ARENA_GROW_GET] = _bas_ctl_arena_grow_get,
	[CTL_DECAY_MS_GET] = _bas_ctl_decay_ms_get,
	[CTL_NARENAS_GET] = _bas_ctl_narenas_get,
	[CTL_TCACHE_MAX_GET] = _bas_ctl_tcache_max_get,
	[CTL_NHBINS_GET] = _bas_ctl_nhbins_get,
	[CTL_BIN_SIZE_GET] = _bas_ctl_bin_size_get,
	[CTL_BIN_NREGS_GET] = _bas_ctl_bin_nregs_get,
	[CTL_BIN_SLAB_SIZE_GET] = _bas_ctl_bin_slab_size_get,
	[CTL_BIN_NSHARDS_GET] = _bas_ctl_bin_nshards_get,
	[CTL_LEXTENT_SIZE_GET] = _bas_ctl_lextent_size_get,
	[CTL_PACTIVEP_GET] = _bas_ctl_pactivep_get,
	[CTL_ACTIVE_GET] = _bas_ctl_active_get,
	[CTL_PROF_ACTIVE_GET] = _bas_ctl_prof_active_get,
	[CTL_PROF_THREAD_INIT_GET] = _bas_ctl_prof_thread_init_get,
	[CTL_THREAD_PROF_ACTIVE_GET] = _bas_ctl_thread_prof_active_get,
	[CTL_PROF_GDUMP_GET] = _bas_ctl_prof_gdump_get,
	[CTL_PROF_INTERVAL_GET] = _bas_ctl_prof_interval_get,
	[CTL_LG_SAMPLE_GET] = _bas_ctl_lg_sample_get,
	[CTL_PROF_HOOK_GET] = _bas_ctl_prof_hook_get,
	[CTL_RECENT_MAX_GET] = _bas_ctl_recent_max_get,
	[CTL_ZERO_GET] = _bas_ctl_zero_get,
	[CTL_TOTAL_GET] = _bas_ctl_total_get,
	[CTL_STATS_GET] = _bas_ctl_stats_get,
	[CTL_PAGES_GET] = _bas_ctl_pages_get,
	[CTL_MUTEX_GET] = _bas_ctl_mutex_get,
	[CTL_BACKGROUND_THREADS_GET] = _bas_ctl_background_threads_get,
	[CTL_BACKGROUND_RUNS_GET] = _bas_ctl_background_runs_get,
	[CTL_BACKGROUND_INTERVAL_GET] = _bas_ctl_background_interval_get,
};

static int (*const setters[CTL_NSET])(const struct ctl_call *,
    const union ctl_value *) = {
	[CTL_EPOCH_SET] = _bas_ctl_epoch_set,
	[CTL_BACKGROUND_SET] = _bas_ctl_background_set,
	[CTL_BACKGROUND_MAX_SET] = _bas_ctl_background_max_set,
	[CTL_THREAD_CACHE_SET] = _bas_ctl_thread_cache_set,
	[CTL_THREAD_FLUSH] = _bas_ctl_thread_flush,
	[CTL_THREAD_ARENA_SET] = _bas_ctl_thread_arena_set,
	[CTL_THREAD_IDLE] = _bas_ctl_thread_idle,
	[CTL_PEAK_RESET] = _bas_ctl_peak_reset,
	[CTL_CACHE_MAX_SET] = _bas_ctl_cache_max_set,
	[CTL_SLOTS_SET] = _bas_ctl_slots_set,
	[CTL_TCACHE_FLUSH] = _bas_ctl_tcache_flush,
	[CTL_TCACHE_DESTROY] = _bas_ctl_tcache_destroy,
	[CTL_ARENA_DECAY] = _bas_ctl_arena_decay,
	[CTL_ARENA_PURGE] = _bas_ctl_arena_purge,
	[CTL_ARENA_DECAY_MS_SET] = _bas_ctl_arena_decay_ms_set,
	[CTL_ARENA_DIRTY_MAX_SET] = _bas_ctl_arena_dirty_max_set,
	[CTL_ARENA_RESET] = _bas_ctl_arena_reset,
	[CTL_ARENA_DESTROY] = _bas_ctl_arena_destroy,
	[CTL_ARENA_DSS_SET] = _bas_ctl_arena_dss_set,
	[CTL_ARENA_OVERSIZE_SET] = _bas_ctl_arena_oversize_set,
	[CTL_ARENA_HOOKS_SET] = _bas_ctl_arena_hooks_set,
	[CTL_ARENA_GROW_SET] = _bas_ctl_arena_grow_set,
	[CTL_DECAY_MS_SET] = _bas_ctl_decay_ms_set,
	[CTL_PROF_ACTIVE_SET] = _bas_ctl_prof_active_set,
	[CTL_PROF_THREAD_INIT_SET] = _bas_ctl_prof_thread_init_set,
	[CTL_THREAD_PROF_ACTIVE_SET] = _bas_ctl_thread_prof_active_set,
	[CTL_PROF_GDUMP_SET] = _bas_ctl_prof_gdump_set,
	[CTL_PROF_PREFIX_SET] = _bas_ctl_prof_prefix_set,
	[CTL_PROF_HOOK_SET] = _bas_ctl_prof_hook_set,
	[CTL_PROF_LOG_STOP] = _bas_ctl_prof_log_stop,
	[CTL_RECENT_MAX_SET] = _bas_ctl_recent_max_set,
	[CTL_ABORT_SET] = _bas_ctl_abort_set,
	[CTL_HOOKS_REMOVE] = _bas_ctl_hooks_remove,
};

static int (*const raws[CTL_NRAW])(const struct ctl_call *, void *,
    size_t *, const void *, size_t) = {
	[CTL_ACTIVITY] = _bas_ctl_activity,
	[CTL_SLOTS_READ] = _bas_ctl_slots_read,
	[CTL_ARENA_NAME] = _bas_ctl_arena_name,
	[CTL_ARENAS_CREATE] = _bas_ctl_arenas_create,
	[CTL_ARENAS_CREATE_EXT] = _bas_ctl_arenas_create_ext,
	[CTL_ARENAS_LOOKUP] = _bas_ctl_arenas_lookup,
	[CTL_QUERY] = _bas_ctl_query,
	[CTL_BATCH_QUERY] = _bas_ctl_batch_query,
	[CTL_BATCH_ALLOC] = _bas_ctl_batch_alloc,
	[CTL_THREAD_EVENT] = _bas_ctl_thread_event,
	[CTL_HOOKS_INSTALL] = _bas_ctl_hooks_install,
	[CTL_MUTEX_RESET] = _bas_ctl_mutex_reset,
	[CTL_THREAD_PROF_NAME] = _bas_ctl_thread_prof_name,
	[CTL_PROF_DUMP] = _bas_ctl_prof_dump,
	[CTL_PROF_RESET] = _bas_ctl_prof_reset,
	[CTL_PROF_CLASS] = _bas_ctl_prof_class,
	[CTL_PROF_LOG_START] = _bas_ctl_prof_log_start,
	[CTL_RECENT_DUMP] = _bas_ctl_recent_dump,
};

int
_bas_ctl_get(const struct ctl_call *call, union ctl_value *value)
{

	return (getters[call->node->get](call, value));
}

int
_bas_ctl_set(const struct ctl_call *call, const union ctl_value *value)
{

	return (setters[call->node->set](call, value));
}

int
_bas_ctl_raw(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{

	return (raws[call->node->raw](call, oldp, oldlenp, newp, newlen));
}
