/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A library to be loaded into qemu, of version 7, for two things there.
 *
 * It keeps a table of the guest's threads by number, for plug-ins.  The child
 * of a fork has one thread, and the numbers of the others are given again; but
 * they are in the table still, and that ends the emulator.  Nobody else there
 * wants to know whether an entry is new.  Version 8 has it right.
 *
 * And it has a word on each program that ends by a signal, among what the
 * program has said.
 */

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	g_hash_table_insert(void *, void *, void *);
int	__fprintf_chk(FILE *, int, const char *, ...);

static int
say(FILE *file, const char *format, va_list ap)
{

	if (strncmp(format, "qemu: uncaught target signal", 28) == 0)
		return (0);
	return (vfprintf(file, format, ap));
}

int
fprintf(FILE *file, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = say(file, format, ap);
	va_end(ap);
	return (n);
}

int
__fprintf_chk(FILE *file, int flag, const char *format, ...)
{
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, format);
	n = say(file, format, ap);
	va_end(ap);
	return (n);
}

int
g_hash_table_insert(void *table, void *key, void *value)
{
	static int (*insert)(void *, void *, void *);

	if (insert == NULL)
		*(void **)&insert = dlsym(RTLD_NEXT, "g_hash_table_insert");
	if (insert == NULL)
		abort();
	(void)insert(table, key, value);
	return (1);
}
