/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names about the calling thread.
 */
#include <errno.h>
#include <stddef.h>

#include "heap/arena.h"
#include "os/os.h"
#include "thread/event.h"
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
_bas_ctl_thread_arena_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	return (_bas_thread_bind(value->u));
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

/*
 * Where arenas are many, the thread's own is likely to be idle now, and
 * nobody else may come by to purge it.
 */
int
_bas_ctl_thread_idle(const struct ctl_call *call,
    const union ctl_value *value)
{
	struct arena *arena;

	(void)call;
	(void)value;
	(void)_bas_thread_flush();
	if (_bas_arena_count() <= 2 * _bas_os_cpus())
		return (0);
	arena = _bas_arena_get(_bas_thread_arena());
	if (arena != NULL)
		_bas_arena_purge(arena);
	return (0);
}

int
_bas_ctl_peak_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->u64 = _bas_thread_peak();
	return (0);
}

int
_bas_ctl_peak_reset(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	(void)value;
	_bas_thread_peak_reset();
	return (0);
}

int
_bas_ctl_activity(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	struct event_activity new, old;
	int error;

	(void)call;
	error = _bas_ctl_in(&new, sizeof(new), newp, newlen);
	if (error == 0)
		error = _bas_event_activity(NULL, &old);
	if (error == 0)
		error = _bas_ctl_out(&old, sizeof(old), oldp, oldlenp);
	if (error == 0 && newp != NULL)
		error = _bas_event_activity(&new, NULL);
	return (error);
}
