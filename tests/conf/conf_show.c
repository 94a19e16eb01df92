/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Prints the options in force, a line each: NAME: VALUE.
 */
#include <malloc_np.h>
#include <stdio.h>
#include <string.h>

static char report[1 << 20];

static void
keep(void *arg, const char *piece)
{
	(void)arg;
	if (strlen(report) + strlen(piece) < sizeof(report))
		strcat(report, piece);
}

int
main(void)
{
	static const char prefix[] = "  opt.";
	char *line, *next;

	malloc_stats_print(keep, NULL, "mablh");
	for (line = report; *line != '\0'; line = next) {
		next = strchr(line, '\n');
		if (next == NULL)
			break;
		*next++ = '\0';
		if (strncmp(line, prefix, strlen(prefix)) == 0)
			puts(line + strlen(prefix));
	}
	return (0);
}
