/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Preloaded beside basalt, this asks it at exit for the totals of the process
 * and appends them, a name and a number a line, to the file that
 * BASALT_REPORT names.  The program's own output stays its own.  Children of
 * the program inherit the preload; only the process that BASALT_REPORT_PID
 * names writes.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Weak: basalt may have failed to load, and the program runs all the same. */
int mallctl(const char *, void *, size_t *, void *, size_t)
    __attribute__((weak));

static const struct total {
	const char	*label;
	const char	*name;
} totals[] = {
	{ "allocated",	"stats.allocated" },
	{ "active",	"stats.active" },
	{ "metadata",	"stats.metadata" },
	{ "resident",	"stats.resident" },
	{ "mapped",	"stats.mapped" },
	{ "retained",	"stats.retained" },
};

static void
resident_print(int fd)
{
	char line[128];
	FILE *f;

	f = fopen("/proc/self/status", "re");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned long kib;

		if (sscanf(line, "VmRSS: %lu kB", &kib) == 1)
			dprintf(fd, "rss %lu\n", kib * 1024);
	}
	fclose(f);
}

__attribute__((destructor))
static void
report(void)
{
	const char *file, *pid;
	uint64_t epoch;
	size_t i, len, value;
	int fd;

	file = getenv("BASALT_REPORT");
	pid = getenv("BASALT_REPORT_PID");
	if (file == NULL || pid == NULL || atol(pid) != (long)getpid())
		return;
	fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd == -1)
		return;
	if (mallctl != NULL) {
		epoch = 1;
		mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
		for (i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
			len = sizeof(value);
			if (mallctl(totals[i].name, &value, &len, NULL,
			    0) == 0)
				dprintf(fd, "%s %zu\n", totals[i].label,
				    value);
		}
	}
	resident_print(fd);
	close(fd);
}
