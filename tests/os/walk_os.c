/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What a walk asks of os.h, for programs that have no more of it. */
#include <time.h>
#include <unistd.h>

#include "os/os.h"

uint64_t
_bas_os_clock_exact(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

int
_bas_os_pid(void)
{
	return (getpid());
}
