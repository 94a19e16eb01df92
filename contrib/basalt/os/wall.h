/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What the world outside calls the time, and a way out of the process. */
#ifndef BASALT_WALL_H
#define	BASALT_WALL_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds since 1970; errno stays. */
uint64_t _bas_os_wall(void);
/* What the system calls the calling thread; 0 or an errno value. */
int	_bas_os_thread_name(char *buf, size_t size);
/* At once, without the handlers that the program has for its end. */
_Noreturn void _bas_os_exit(int status);

#endif /* !BASALT_WALL_H */
