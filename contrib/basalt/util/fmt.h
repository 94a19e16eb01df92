/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Formatting without the C library's: no allocation, no locale, no errno, no
 * lock, so it works in a signal-free crash path and before libc is up.
 */
#ifndef BASALT_FMT_H
#define	BASALT_FMT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Write at most size bytes, the terminating NUL included, and return the
 * length that the whole text has (as snprintf does; size may be 0).
 *
 * Understood: %s %c %d %i %u %x %p %% with the lengths l, ll and z (and
 * unsigned forms), the flags `-' and `0', a width and, for %s, a precision;
 * width and precision may be `*'.  A NULL string prints as "(null)".
 * Anything else is copied as it stands, so a mistake is seen, not suffered.
 */
size_t	_bas_fmt(char *buf, size_t size, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));
size_t	_bas_vfmt(char *buf, size_t size, const char *format, va_list ap)
	    __attribute__((format(printf, 3, 0)));

#endif /* !BASALT_FMT_H */
