/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The resident set of this process, read without allocating: asking must
 * not change the answer.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rss.h"

static long
field(const char *path, const char *key)
{
	static char text[4096];
	const char *at;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (-1);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return (-1);
	text[n] = '\0';
	at = strstr(text, key);
	return (at == NULL ? -1 : strtol(at + strlen(key), NULL, 10));
}

/*
 * smaps_rollup walks the page tables and is exact; the counters in status
 * lag behind by up to some hundred KiB.
 */
long
rss_kib(void)
{
	long kib;

	kib = field("/proc/self/smaps_rollup", "\nRss:");
	if (kib < 0)
		kib = field("/proc/self/status", "\nVmRSS:");
	if (kib < 0) {
		fprintf(stderr, "no /proc to read the resident set from\n");
		exit(3);
	}
	return (kib);
}

long
rss_peak_kib(void)
{

	return (field("/proc/self/status", "\nVmHWM:"));
}

void
rss_pause_ms(long ms)
{
	struct timespec ts;

	ts.tv_sec = ms / 1000;
	ts.tv_nsec = ms % 1000 * 1000000;
	nanosleep(&ts, NULL);
}
