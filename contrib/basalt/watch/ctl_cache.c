/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names about caches: the calling thread's, and explicit ones.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "thread/tcaches.h"
#include "thread/tsd.h"
#include "watch/ctl_handler.h"

/* Characters that a list of sizes may have, the end counted. */
#define	SLOTS_LIST_MAX	1000

int
_bas_ctl_cache_max_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->z = _bas_thread_cache_max();
	return (0);
}

int
_bas_ctl_cache_max_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	_bas_thread_cache_set_max(value->z);
	return (0);
}

/* What is given is the size that is asked about. */
int
_bas_ctl_slots_read(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	size_t size, n;
	int error;

	(void)call;
	if (newp == NULL)
		return (EINVAL);
	error = _bas_ctl_in(&size, sizeof(size), newp, newlen);
	if (error == 0)
		error = _bas_thread_cache_slots(size, &n);
	return (error != 0 ? error :
	    _bas_ctl_out(&n, sizeof(n), oldp, oldlenp));
}

/* A number and what ends it; false: there is none, or another end. */
static bool
number_take(const char **s, char end, size_t *number)
{
	const char *p = *s;
	size_t digit;

	*number = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		digit = (size_t)(*p - '0');
		if (*number > (SIZE_MAX - digit) / 10)
			return (false);
		*number = *number * 10 + digit;
	}
	if (p == *s || (end != '\0' && *p != end))
		return (false);
	*s = p + (end != '\0');
	return (true);
}

/* start-end:n, and a bar if more follow; or the list's end. */
static int
range_take(const char **s, size_t *start, size_t *end, size_t *n)
{

	if (!number_take(s, '-', start) || !number_take(s, ':', end) ||
	    !number_take(s, '\0', n) || *start > *end)
		return (EINVAL);
	if (**s == '|')
		(*s)++;
	else if (**s != '\0')
		return (EINVAL);
	return (0);
}

/* The list is looked at as a whole before any of it comes into force. */
int
_bas_ctl_slots_set(const struct ctl_call *call, const union ctl_value *value)
{
	size_t start, end, n;
	const char *s;
	int error = 0;

	(void)call;
	if (!_bas_thread_cache_enabled())
		return (ENOENT);
	if (value->str == NULL || value->str[0] == '\0' ||
	    strnlen(value->str, SLOTS_LIST_MAX) == SLOTS_LIST_MAX)
		return (EINVAL);
	for (s = value->str; error == 0 && *s != '\0';)
		error = range_take(&s, &start, &end, &n);
	for (s = value->str; error == 0 && *s != '\0';) {
		(void)range_take(&s, &start, &end, &n);
		error = _bas_thread_cache_set_slots(start, end, n);
	}
	return (error);
}

int
_bas_ctl_tcache_create(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	return (_bas_tcache_create(&value->u) == 0 ? 0 : EFAULT);
}

int
_bas_ctl_tcache_flush(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	return (_bas_tcache_flush(value->u));
}

int
_bas_ctl_tcache_destroy(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	return (_bas_tcache_destroy(value->u));
}
