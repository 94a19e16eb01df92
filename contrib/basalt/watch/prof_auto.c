/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Profiles at the start, at the end, and as memory grows. */
#include <errno.h>
#include <string.h>

#include "os/backtrace.h"
#include "page/extent.h"
#include "thread/cache.h"
#include "thread/sample.h"
#include "thread/tsd.h"
#include "util/report.h"
#include "watch/prof_life.h"

void
_bas_prof_begin(const struct prof_text *text)
{

	if (!_bas_sample_on)
		return;
	memcpy(_bas_prof.text, text, sizeof(_bas_prof.text));
	_bas_prof.begin = _bas_os_wall();
	if (_bas_options.lg_prof_interval >= 0)
		_bas_prof.interval = (uint64_t)1 <<
		    _bas_options.lg_prof_interval;
	prof_switch_set(&_bas_prof.thread_init,
	    _bas_options.prof_thread_active_init);
	prof_switch_set(&_bas_prof.gdump, _bas_options.prof_gdump);
	_bas_prof_recent_max_set(_bas_options.prof_recent_alloc_max);
	if (_bas_options.prof_log)
		(void)_bas_prof_log_start(NULL);
	_bas_os_backtrace_init();
	prof_switch_set(&_bas_prof.active, _bas_options.prof_active);
}

/* Others map meanwhile, so the two may not match. */
static size_t
mapped(void)
{
	size_t retained = _bas_extent_retained(), all = _bas_extent_mapped();

	return (all > retained ? all - retained : 0);
}

void
_bas_prof_gdump_begin(void)
{
	size_t max, now = mapped();

	max = atomic_load_explicit(&_bas_prof.mapped_max, memory_order_relaxed);
	if (now > max)
		atomic_store_explicit(&_bas_prof.mapped_max, now,
		    memory_order_relaxed);
}

bool
_bas_prof_gdump_due(void)
{

	return (prof_switch(&_bas_prof.gdump) && mapped() >
	    atomic_load_explicit(&_bas_prof.mapped_max, memory_order_relaxed));
}

/* One of several threads that see it; none while it is being sampled. */
void
_bas_prof_gdump(void)
{
	size_t max, now = mapped();
	struct cache *own = _bas_tsd_cache();

	if (own != NULL && own->sample != NULL && own->sample->busy)
		return;
	max = atomic_load_explicit(&_bas_prof.mapped_max, memory_order_relaxed);
	if (now > max && atomic_compare_exchange_strong_explicit(
	    &_bas_prof.mapped_max, &max, now, memory_order_relaxed,
	    memory_order_relaxed))
		_bas_prof_dump_auto('u');
}

static void
log_finish(void)
{
	int error = _bas_prof_log_stop();

	if (error == 0 || error == EALREADY)
		return;
	_bas_report("<basalt>: profile log cannot be written, error %d\n",
	    error);
	if (_bas_options.abort)
		_bas_os_abort();
}

/*
 * Without a prefix there is no profile, and then no summary of it.  A signal
 * handler that exits may have come while its thread was at the table.
 */
void
_bas_prof_end(void)
{

	if (!_bas_sample_on || lock_is_mine(_bas_prof_lock()) ||
	    lock_is_mine(_bas_prof_dump_lock()))
		return;
	log_finish();
	if (!_bas_options.prof_final ||
	    _bas_options.prof_prefix[0] == '\0')
		return;
	_bas_prof_dump_auto('f');
	if (_bas_options.prof_leak)
		_bas_prof_leak();
}
