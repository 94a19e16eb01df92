/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names about the calling thread.
 */
#include <errno.h>
#include <stddef.h>

#include "thread/tsd.h"
#include "watch/ctl_handler.h"

int
_bas_ctl_thread_arena_get(const struct ctl_call *call,
    union ctl_value *value)
{

	(void)call;
	value->u = _bas_thread_arena();
	return (0);
}

int
_bas_ctl_thread_allocated_get(const struct ctl_call *call,
    union ctl_value *value)
{
	uint64_t deallocated;

	(void)call;
	_bas_thread_counts(&value->u64, &deallocated);
	return (0);
}

int
_bas_ctl_thread_deallocated_get(const struct ctl_call *call,
    union ctl_value *value)
{
	uint64_t allocated;

	(void)call;
	_bas_thread_counts(&allocated, &value->u64);
	return (0);
}

int
_bas_ctl_thread_allocatedp_get(const struct ctl_call *call,
    union ctl_value *value)
{
	uint64_t *allocatedp, *deallocatedp;

	(void)call;
	if (_bas_thread_countp(&allocatedp, &deallocatedp))
		return (EAGAIN);
	value->p = allocatedp;
	return (0);
}

int
_bas_ctl_thread_deallocatedp_get(const struct ctl_call *call,
    union ctl_value *value)
{
	uint64_t *allocatedp, *deallocatedp;

	(void)call;
	if (_bas_thread_countp(&allocatedp, &deallocatedp))
		return (EAGAIN);
	value->p = deallocatedp;
	return (0);
}

int
_bas_ctl_thread_cache_get(const struct ctl_call *call,
    union ctl_value *value)
{

	(void)call;
	value->b = _bas_thread_cache_enabled();
	return (0);
}

int
_bas_ctl_thread_cache_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	(void)_bas_thread_cache_enable(value->b);
	return (0);
}

int
_bas_ctl_thread_flush(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	(void)value;
	return (_bas_thread_flush() ? EFAULT : 0);
}
