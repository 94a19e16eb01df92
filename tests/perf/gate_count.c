/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Instructions of the allocator's own object, from what callgrind writes:
 * those of libc are not ours, and another processor gets other ones there.
 *
 * The file names an object by "ob=(number) path" the first time and by
 * "ob=(number)" from then on; "cob=" is one that is called.  A line that
 * begins with a position is a cost, but after "calls=" that of the callee.
 */

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate.h"

#define	LINE_LEN	4096

/* Is the object that this line names the library?  It keeps the number. */
static bool
names_library(const char *line, const char *library, long *number)
{
	const char *name;
	char *end;
	long id;

	line = strchr(line, '(');
	if (line == NULL)
		return (false);
	id = strtol(line + 1, &end, 10);
	name = *end == ')' && end[1] == ' ' ? end + 2 : NULL;
	if (name != NULL && strcmp(name, library) == 0)
		*number = id;
	return (id == *number);
}

static double
file_sum(FILE *f, const char *library)
{
	char line[LINE_LEN];
	const char *cost;
	double sum;
	long number;
	bool callee, ours;

	sum = 0;
	number = -1;
	callee = ours = false;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "ob=", 3) == 0) {
			ours = names_library(line, library, &number);
		} else if (strncmp(line, "cob=", 4) == 0) {
			(void)names_library(line, library, &number);
		} else if (strncmp(line, "calls=", 6) == 0) {
			callee = true;
		} else if (isdigit((unsigned char)line[0]) ||
		    strchr("+-*", line[0]) != NULL) {
			cost = strchr(line, ' ');
			if (ours && !callee && cost != NULL)
				sum += strtod(cost, NULL);
			callee = false;
		}
	}
	return (number < 0 ? NAN : sum);
}

static double
file_sum_remove(const char *path, const char *library)
{
	double sum;
	FILE *f;

	f = fopen(path, "r");
	if (f == NULL)
		fatal("%s: %s", path, strerror(errno));
	sum = file_sum(f, library);
	fclose(f);
	unlink(path);
	return (sum);
}

/* Of the figure's program, told to do n pieces; NaN when it failed. */
double
count_instructions(struct bench *b, const struct figure *fig, long n)
{
	char program[PATH_LEN + 16], text[8192];
	char kind[32], out[64], out_flag[96], pieces[32], size[32];
	char tool[] = "--tool=callgrind", valgrind[] = "valgrind";
	char *argv[] = { valgrind, tool, out_flag, program, kind, size,
		pieces, NULL };
	int fd;

	snprintf(out, sizeof(out), "/tmp/gate.XXXXXX");
	fd = mkstemp(out);
	if (fd < 0)
		fatal("%s: %s", out, strerror(errno));
	close(fd);
	snprintf(out_flag, sizeof(out_flag), "--callgrind-out-file=%s", out);
	run_program(b, fig->program, program, sizeof(program));
	snprintf(kind, sizeof(kind), "%s", fig->args[0]);
	snprintf(size, sizeof(size), "%s", fig->args[1]);
	snprintf(pieces, sizeof(pieces), "%ld", n);
	if (!run_captured(b, &b->allocators[0], argv, text, sizeof(text))) {
		unlink(out);
		return (NAN);
	}
	return (file_sum_remove(out, b->allocators[0].path));
}
