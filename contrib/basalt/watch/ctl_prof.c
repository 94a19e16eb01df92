/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Control names of heap profiles. */
#include <errno.h>
#include <stddef.h>

#include "thread/sample.h"
#include "util/options.h"
#include "watch/ctl_handler.h"
#include "watch/prof.h"
#include "watch/prof_life.h"

bool
_bas_ctl_prof_is_on(void)
{

	return (_bas_sample_on);
}

int
_bas_ctl_prof_active_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->b = _bas_prof_active();
	return (0);
}

int
_bas_ctl_prof_active_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	if (!_bas_sample_on)
		return (value->b ? ENOENT : 0);
	_bas_prof_active_set(value->b);
	return (0);
}

int
_bas_ctl_prof_thread_init_get(const struct ctl_call *call,
    union ctl_value *value)
{

	(void)call;
	value->b = _bas_prof_thread_init();
	return (0);
}

int
_bas_ctl_prof_thread_init_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	_bas_prof_thread_init_set(value->b);
	return (0);
}

int
_bas_ctl_thread_prof_active_get(const struct ctl_call *call,
    union ctl_value *value)
{

	(void)call;
	value->b = _bas_prof_thread_active();
	return (0);
}

int
_bas_ctl_thread_prof_active_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	return (_bas_prof_thread_active_set(value->b));
}

/* Names are either read or written, and not at all if the system has them. */
int
_bas_ctl_thread_prof_name(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	const char *name;

	(void)call;
	if (_bas_options.prof_sys_thread_name)
		return (ENOENT);
	if (oldp != NULL && oldlenp != NULL &&
	    (newp != NULL || newlen != 0))
		return (EPERM);
	if (newp == NULL) {
		name = _bas_prof_thread_name();
		return (_bas_ctl_out(&name, sizeof(name), oldp, oldlenp));
	}
	if (newlen != sizeof(name))
		return (EINVAL);
	name = *(const char *const *)newp;
	return (_bas_prof_thread_name_set(name));
}

/* Without a name it is one of the prefix and the next number. */
int
_bas_ctl_prof_dump(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	const char *name = NULL;
	int error;

	(void)call;
	(void)oldp;
	(void)oldlenp;
	error = _bas_ctl_in(&name, sizeof(name), newp, newlen);
	if (error != 0)
		return (error);
	return (_bas_prof_dump(name) == 0 ? 0 : EFAULT);
}

int
_bas_ctl_prof_gdump_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->b = _bas_prof_gdump_on();
	return (0);
}

int
_bas_ctl_prof_gdump_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	_bas_prof_gdump_set(value->b);
	return (0);
}

int
_bas_ctl_prof_prefix_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	if (value->str == NULL)
		return (EINVAL);
	_bas_prof_prefix_set(value->str);
	return (0);
}

int
_bas_ctl_prof_reset(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	size_t lg = _bas_sample_lg();
	int error;

	(void)call;
	(void)oldp;
	(void)oldlenp;
	error = _bas_ctl_in(&lg, sizeof(lg), newp, newlen);
	if (error == 0)
		_bas_prof_reset(lg);
	return (error);
}

int
_bas_ctl_prof_interval_get(const struct ctl_call *call,
    union ctl_value *value)
{

	(void)call;
	value->u64 = _bas_prof_interval();
	return (0);
}

int
_bas_ctl_lg_sample_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->z = _bas_sample_on ? _bas_sample_lg() :
	    _bas_options.lg_prof_sample;
	return (0);
}

int
_bas_ctl_prof_class(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	size_t class = call->index[0] + 1;
	struct prof_class value;

	(void)newp;
	(void)newlen;
	if ((call->offset & 2) != 0)
		class += SC_NSMALL;
	lock_take(&_bas_prof_table.lock);
	value = (call->offset & 1) != 0 ? _bas_prof_classes.accum[class] :
	    _bas_prof_classes.live[class];
	lock_give(&_bas_prof_table.lock);
	return (_bas_ctl_out(&value, sizeof(value), oldp, oldlenp));
}

/* Without a name it is one of the prefix and the next number. */
int
_bas_ctl_prof_log_start(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	const char *name = NULL;
	int error;

	(void)call;
	(void)oldp;
	(void)oldlenp;
	error = _bas_ctl_in(&name, sizeof(name), newp, newlen);
	if (error != 0)
		return (error);
	return (_bas_prof_log_start(name) == 0 ? 0 : EFAULT);
}

int
_bas_ctl_prof_log_stop(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	(void)value;
	return (_bas_prof_log_stop() == 0 ? 0 : EFAULT);
}

int
_bas_ctl_recent_max_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->s = atomic_load_explicit(&_bas_prof.recent_max,
	    memory_order_relaxed);
	return (0);
}

int
_bas_ctl_recent_max_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	if (value->s < -1)
		return (EINVAL);
	_bas_prof_recent_max_set(value->s);
	return (0);
}

int
_bas_ctl_recent_dump(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	struct {
		void	(*write)(void *, const char *);
		void	*arg;
	} to;
	int error;

	(void)call;
	(void)oldp;
	(void)oldlenp;
	if (newp == NULL)
		return (EINVAL);
	error = _bas_ctl_in(&to, sizeof(to), newp, newlen);
	if (error != 0)
		return (error);
	return (_bas_prof_recent_dump(to.write, to.arg) == 0 ? 0 : EAGAIN);
}

/*
 * The row's offset tells which of the program's functions: that of stacks,
 * of dumps, of samples, of their end.
 */
static void *
hook_get(uint32_t which)
{
	switch (which) {
	case 0:
		return (_bas_sample_on ? (void *)_bas_prof_backtrace() :
		    NULL);
	case 1:
		return ((void *)_bas_prof_dump_hook());
	case 2:
		return ((void *)_bas_prof_sample());
	default:
		return ((void *)_bas_prof_sample_free());
	}
}

int
_bas_ctl_prof_hook_get(const struct ctl_call *call, union ctl_value *value)
{

	value->p = hook_get((uint32_t)call->offset);
	return (0);
}

int
_bas_ctl_prof_hook_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	switch (call->offset) {
	case 0:
		if (value->p == NULL)
			return (EINVAL);
		_bas_prof_backtrace_set((prof_backtrace_fn *)value->p);
		break;
	case 1:
		_bas_prof_dump_hook_set((prof_dump_fn *)value->p);
		break;
	case 2:
		_bas_prof_sample_set((prof_sample_fn *)value->p);
		break;
	default:
		_bas_prof_sample_free_set((prof_sample_free_fn *)value->p);
		break;
	}
	return (0);
}
