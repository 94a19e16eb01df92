/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Control names about functions of the program that the allocator calls. */
#include <errno.h>
#include <stddef.h>

#include "malloc_np.h"

#include "thread/event.h"
#include "util/report.h"
#include "watch/ctl_handler.h"

int
_bas_ctl_abort_set(const struct ctl_call *call, const union ctl_value *value)
{

	(void)call;
	_bas_report_set_abort(value->f);
	return (0);
}

int
_bas_ctl_thread_event(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	user_hook_object_t hook;
	int error;

	(void)call;
	(void)oldp;
	(void)oldlenp;
	if (newp == NULL)
		return (EINVAL);
	error = _bas_ctl_in(&hook, sizeof(hook), newp, newlen);
	return (error != 0 ? error : _bas_event_hook_add(&hook));
}

/* Four pointers: after allocating, freeing and resizing, and their own. */
#define	HOOKS_SIZE	(4 * sizeof(void *))

/*
 * Hooks around every call would cost every call: there is room for none of
 * them, and so none to remove.
 */
int
_bas_ctl_hooks_install(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{

	(void)call;
	(void)oldp;
	(void)oldlenp;
	if (newp == NULL || newlen != HOOKS_SIZE)
		return (EINVAL);
	return (EAGAIN);
}

int
_bas_ctl_hooks_remove(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	return (value->p == NULL ? EINVAL : ENOENT);
}
