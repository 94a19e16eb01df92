/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/wall.h"

uint64_t
_bas_os_wall(void)
{
	struct timespec ts = { .tv_sec = 0 };
	int saved = errno;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	errno = saved;
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

int
_bas_os_thread_name(char *buf, size_t size)
{
#if defined(__linux__)
	char name[16] = "";
	size_t len;

	if (prctl(PR_GET_NAME, name) != 0)
		return (ENOTSUP);
	len = strnlen(name, sizeof(name));
	if (len >= size)
		len = size - 1;
	memcpy(buf, name, len);
	buf[len] = '\0';
	return (0);
#else
	(void)buf;
	(void)size;
	return (ENOTSUP);
#endif
}

_Noreturn void
_bas_os_exit(int status)
{

	_exit(status);
}
