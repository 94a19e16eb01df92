/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "os/os.h"
#include "util/fmt.h"
#include "util/report.h"

#define	REPORT_SIZE	4096
#define	STDERR_FD	2

/* A program may have its own. */
BASALT_PUBLIC __attribute__((weak)) void (*malloc_message)(void *,
    const char *);

void
_bas_message(const char *text)
{
	void (*message)(void *, const char *) = malloc_message;
	int error;

	error = errno;
	if (message != NULL)
		message(NULL, text);
	else
		(void)_bas_os_write(STDERR_FD, text, strlen(text));
	errno = error;
}

void
_bas_report(const char *format, ...)
{
	char text[REPORT_SIZE];
	va_list ap;
	size_t len;

	va_start(ap, format);
	len = _bas_vfmt(text, sizeof(text), format, ap);
	va_end(ap);
	/* A line that was cut off still ends as a line. */
	if (len >= sizeof(text))
		text[sizeof(text) - 2] = '\n';
	_bas_message(text);
}

/* Release and acquire: what it uses is ready before it is called. */
static _Atomic(void (*)(const char *)) abort_hook;

void
_bas_report_set_abort(void (*f)(const char *))
{

	atomic_store_explicit(&abort_hook, f, memory_order_release);
}

_Noreturn void
_bas_report_misuse(const char *function, const char *reason, const void *ptr)
{
	char program[64], text[512];
	void (*hook)(const char *);

	hook = atomic_load_explicit(&abort_hook, memory_order_acquire);
	_bas_os_progname(program, sizeof(program));
	(void)_bas_fmt(text, sizeof(text), "<basalt>: %s[%d]: %s(): %s: %p\n",
	    program, _bas_os_pid(), function, reason, ptr);
	if (hook != NULL)
		hook(text);
	else
		_bas_message(text);
	_bas_os_abort();
}

_Noreturn void
_bas_report_fatal(const char *function, const char *reason)
{
	char program[64];

	_bas_os_progname(program, sizeof(program));
	_bas_report("<basalt>: %s[%d]: %s(): %s\n", program, _bas_os_pid(),
	    function, reason);
	_bas_os_abort();
}
