/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Everything that the allocator ever says comes out here.  Nothing below
 * allocates, takes a lock or changes errno.
 */
#ifndef BASALT_REPORT_H
#define	BASALT_REPORT_H

#include "util/config.h"

/*
 * Public: when not NULL, every message goes to it (first argument NULL)
 * instead of file descriptor 2.  It must not allocate.
 */
extern BASALT_PUBLIC void (*malloc_message)(void *, const char *);

/* The text as it stands, in one call or one write. */
void	_bas_message(const char *text);

/* The formatted text, in one call or one write; cut off at 4 KiB. */
void	_bas_report(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));

/*
 * What is called with the message, instead of printing it, when the program
 * misused the interface; NULL: nothing.  If it returns the process aborts.
 */
void	_bas_report_set_abort(void (*f)(const char *));

/*
 * The program misused the interface.  Prints
 *	<basalt>: PROGRAM[PID]: FUNCTION(): REASON: 0xPTR
 * and aborts.
 */
_Noreturn void	_bas_report_misuse(const char *function, const char *reason,
		    const void *ptr);

/*
 * There is no way on and no pointer to blame.  Prints
 *	<basalt>: PROGRAM[PID]: FUNCTION(): REASON
 * and aborts.
 */
_Noreturn void	_bas_report_fatal(const char *function, const char *reason);

#endif /* !BASALT_REPORT_H */
