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
	.junk_alloc = DEBUG_DEFAULT,
	.junk_free = DEBUG_DEFAULT,
	.narenas = 0,
	.percpu_arena = PERCPU_DISABLED,
	.oversize_threshold = 0,
	.dss = DSS_SECONDARY,
	.dirty_decay_ms = 10000,
	.muzzy_decay_ms = 0,
	.retain = true,
	.thp = THP_DEFAULT,
	.metadata_thp = METADATA_THP_DISABLED,
	.tcache = true,
	.tcache_nslots_small_min = 1,
	.tcache_nslots_small_max = 255,
	.tcache_nslots_large = 255,
	.tcache_max = OPTIONS_TCACHE_MAX_LIMIT,
	.background_thread = false,
	.max_background_threads = 4,
};

_Atomic size_t _bas_zero_reallocs;

/* Apart from the options, which nobody writes once they are read. */
struct decay_default {
	_Atomic bool	set;
	_Atomic ssize_t	ms;
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
