/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names below stats, and those that count without an epoch.
 */
#include <string.h>

#include "thread/background.h"
#include "watch/ctl_handler.h"
#include "watch/snapshot.h"

int
_bas_ctl_zero_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->u64 = 0;
	return (0);
}

int
_bas_ctl_total_get(const struct ctl_call *call, union ctl_value *value)
{

	value->z = _bas_snapshot_total(call->node->offset);
	return (0);
}

int
_bas_ctl_stats_get(const struct ctl_call *call, union ctl_value *value)
{

	_bas_snapshot_read(call->index[0], call->offset, value,
	    _bas_ctl_size(call->node->type));
	return (0);
}

int
_bas_ctl_pages_get(const struct ctl_call *call, union ctl_value *value)
{

	_bas_snapshot_read_pages(call->index[0], call->offset, value,
	    _bas_ctl_size(call->node->type));
	return (0);
}

/* Without a number in the name, it is a lock of the process. */
int
_bas_ctl_mutex_get(const struct ctl_call *call, union ctl_value *value)
{
	struct lock_stats stats;

	if (call->nindex != 0)
		return (_bas_ctl_stats_get(call, value));
	_bas_snapshot_mutex((enum snapshot_mutex)(call->offset /
	    sizeof(stats)), &stats);
	memcpy(value, (const char *)&stats + call->offset % sizeof(stats),
	    _bas_ctl_size(call->node->type));
	return (0);
}

int
_bas_ctl_mutex_reset(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{

	(void)call;
	(void)oldp;
	(void)oldlenp;
	(void)newp;
	(void)newlen;
	_bas_snapshot_mutex_reset();
	return (0);
}

int
_bas_ctl_background_threads_get(const struct ctl_call *call,
    union ctl_value *value)
{
	struct background_stats stats;

	(void)call;
	_bas_background_stats(&stats);
	value->z = stats.num_threads;
	return (0);
}

int
_bas_ctl_background_runs_get(const struct ctl_call *call,
    union ctl_value *value)
{
	struct background_stats stats;

	(void)call;
	_bas_background_stats(&stats);
	value->u64 = stats.num_runs;
	return (0);
}

int
_bas_ctl_background_interval_get(const struct ctl_call *call,
    union ctl_value *value)
{
	struct background_stats stats;

	(void)call;
	_bas_background_stats(&stats);
	value->u64 = stats.run_interval;
	return (0);
}
