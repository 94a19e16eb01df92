/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the drivers say to who runs them.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

_Noreturn void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

/* A line that the next one replaces; only where there is a terminal. */
void
progress(const struct bench *b, const char *fmt, ...)
{
	va_list ap;

	if (!b->terminal)
		return;
	va_start(ap, fmt);
	printf("\r\033[K");
	vprintf(fmt, ap);
	fflush(stdout);
	va_end(ap);
}

/* A line that stays. */
void
progress_line(const struct bench *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (b->terminal)
		printf("\r\033[K");
	vprintf(fmt, ap);
	printf("\n");
	fflush(stdout);
	va_end(ap);
}

/* Is the name in the list, of words between commas?  No list has all. */
bool
list_has(const char *list, const char *name)
{
	size_t len;

	if (list == NULL)
		return (true);
	for (; *list != '\0'; list += strspn(list, ",")) {
		len = strcspn(list, ",");
		if (len == strlen(name) && strncmp(list, name, len) == 0)
			return (true);
		list += len;
	}
	return (false);
}
