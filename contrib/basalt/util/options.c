/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <assert.h>

#include "util/options.h"

static_assert(sizeof(OPTIONS_STATS_LETTERS) <=
    sizeof(((struct options *)0)->stats_print_opts),
    "every letter must fit once");

#ifdef BASALT_DEBUG
#define	DEBUG_DEFAULT	true
#else
#define	DEBUG_DEFAULT	false
#endif

struct options _bas_options = {
	.abort = DEBUG_DEFAULT,
	.abort_conf = DEBUG_DEFAULT,
	.zero_realloc = ZERO_REALLOC_FREE,
	.lg_san_uaf_align = -1,
	.debug_double_free_max_scan = 32,

	.junk_alloc = DEBUG_DEFAULT,
	.junk_free = DEBUG_DEFAULT,
	.calloc_madvise_threshold = (size_t)8 << 20,

	.percpu_arena = PERCPU_DISABLED,
	.dss = DSS_SECONDARY,
	/* As many pauses as a short critical section takes. */
	.mutex_max_spin = 60,
	.disable_large_size_classes = true,

	.dirty_decay_ms = 10000,
	.retain = true,
	.cache_oblivious = config_cache_oblivious,
	.lg_extent_max_active_fit = 6,

	.thp = THP_DEFAULT,
	.metadata_thp = METADATA_THP_DISABLED,
	.hpa_hugify_style = HUGIFY_LAZY,
	.hpa_hugification_threshold = OPTIONS_HUGE / 100 * 95 +
	    OPTIONS_HUGE % 100 * 95 / 100,
	.hpa_hugify_delay_ms = 10000,
	.hpa_slab_max_alloc = (size_t)64 << 10,
	.hpa_purge_threshold = OPTIONS_HPA_MIN,
	.hpa_min_purge_interval_ms = 5000,
	.hpa_max_purge_nhp = -1,
	.hpa_dirty_mult = OPTIONS_RATIO_ONE / 4,
	.hpa_start_huge_if_thp_always = true,
	.hpa_sec_nshards = 2,
	.hpa_sec_max_alloc = (size_t)32 << 10,
	.hpa_sec_max_bytes = (size_t)256 << 10,

	.tcache = true,
	.tcache_max = OPTIONS_TCACHE_MAX_LIMIT,
	.tcache_nslots_small_min = 1,
	.tcache_nslots_small_max = 2048,
	.tcache_nslots_large = 255,
	.lg_tcache_nslots_mul = 1,
	.tcache_gc = true,
	.tcache_gc_incr_bytes = (size_t)64 << 10,
	.lg_tcache_flush_small_div = 1,
	.lg_tcache_flush_large_div = 1,
	.max_background_threads = 4,

	.stats_interval = -1,

	.prof_active = true,
	.prof_thread_active_init = true,
	.prof_bt_max = 128,
	.lg_prof_sample = 19,
	.lg_prof_interval = -1,
	.prof_unbias = true,
	.prof_symbols = true,
	.prof_prefix = "jeprof",
};

/* A sum: relaxed. */
_Atomic size_t _bas_zero_reallocs;

/* Apart from the options, which nobody writes once they are read. */
struct decay_default {
	_Atomic bool	set;		/* release and acquire: after ms */
	_Atomic ssize_t	ms;		/* relaxed */
};

static struct decay_default decay_defaults[2];

ssize_t
_bas_decay_ms_default(bool muzzy)
{
	struct decay_default *decay = &decay_defaults[muzzy];

	/* Acquire: who sees that it was set sees what it was set to. */
	if (atomic_load_explicit(&decay->set, memory_order_acquire))
		return (atomic_load_explicit(&decay->ms,
		    memory_order_relaxed));
	return (muzzy ? _bas_options.muzzy_decay_ms :
	    _bas_options.dirty_decay_ms);
}

bool
_bas_decay_ms_default_set(bool muzzy, ssize_t ms)
{
	struct decay_default *decay = &decay_defaults[muzzy];

	if (ms < -1 || ms > OPTIONS_DECAY_MS_LIMIT)
		return (true);
	atomic_store_explicit(&decay->ms, ms, memory_order_relaxed);
	atomic_store_explicit(&decay->set, true, memory_order_release);
	return (false);
}
