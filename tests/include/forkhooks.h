/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * For programs with the library's insides, linked with
 * --wrap=_bas_os_fork_init, that call what forks call themselves: its own
 * handler stays out.
 */
#ifndef FORKHOOKS_H
#define	FORKHOOKS_H

#include <sys/types.h>

#include <stddef.h>
#include <unistd.h>

#include "names.h"
#include "api/fork.h"

int	 __wrap__bas_os_fork_init(void (*)(void));

const char *bas_malloc_conf = "narenas:2,junk:false";

/* The library's own handler is for forks that hold nothing. */
int
__wrap__bas_os_fork_init(void (*f)(void))
{

	return (f == _bas_fork_mend ? 0 : 1);
}

/* The hooks of a C library that calls the same in parent and child. */
static pid_t	forking;

static inline void
prefork(void)
{

	_bas_fork_prepare();
	forking = getpid();
}

static inline void
postfork(void)
{

	if (getpid() == forking)
		_bas_fork_parent();
	else
		_bas_fork_child();
}

#endif /* !FORKHOOKS_H */
