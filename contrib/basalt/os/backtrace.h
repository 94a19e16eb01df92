/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The calls that the calling thread is in.  share/doc/basalt/unwinding.md
 * says how they are found, and what bounds the search.
 */
#ifndef BASALT_BACKTRACE_H
#define	BASALT_BACKTRACE_H

#include <stdint.h>

#include "os/backtrace_stack.h"

/*
 * Return addresses of the callers, innermost first, at most max; how many
 * were found.  skip is how many are left out at the begin: with 0 the
 * first one is in the function that calls this.  An address that a signal
 * has interrupted is given plus 1, so that address - 1 is always in the
 * function that was running.
 *
 * Allocates nothing, takes no lock, calls nothing of the C library but
 * system calls, keeps errno: it may be called anywhere, in a signal
 * handler too.  Uses less than 4 KiB of stack.
 */
unsigned _bas_os_backtrace(uintptr_t *pcs, unsigned max, unsigned skip);

/* The same, skip 0; stack is the calling thread's own, or NULL. */
unsigned _bas_os_backtrace_on(struct backtrace_stack *stack, uintptr_t *pcs,
	    unsigned max);

/*
 * Before the first one, where no lock is held and there may be no /proc:
 * asks the dynamic linker which files are loaded.
 */
void	_bas_os_backtrace_init(void);

#endif /* !BASALT_BACKTRACE_H */
