/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * decay [-q] [MIB [SECONDS]]: how much memory goes back, and how soon.
 *
 * Fills MIB with objects of 64 bytes, frees them all, then does as little
 * as a quiet server does, a malloc and a free every 10 ms.  Prints the
 * resident set each second (not with -q) and the percentage returned at
 * the end.  The objects are on a list through themselves: a table of
 * pointers would be resident too.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rss.h"

#define	SIZE		64
#define	LIGHT_MS	10

struct link {
	struct link	*next;
	char		room[SIZE - sizeof(struct link *)];
};

static struct link *
fill(size_t n)
{
	struct link *first, *link;

	first = NULL;
	while (n-- > 0) {
		link = malloc(sizeof(*link));
		if (link == NULL) {
			fprintf(stderr, "decay: no memory\n");
			exit(1);
		}
		link->next = first;
		first = link;
	}
	return (first);
}

/* The pointer must escape, or the compiler may drop the pair. */
static void
light_work(long ms)
{
	volatile char *p;
	long done;

	for (done = 0; done < ms; done += LIGHT_MS) {
		p = malloc(100);
		if (p != NULL)
			*p = 1;
		free((void *)(uintptr_t)p);
		rss_pause_ms(LIGHT_MS);
	}
}

int
main(int argc, char *argv[])
{
	struct link *first, *link;
	long base, i, mib, now, peak, seconds;
	int quiet;

	quiet = argc > 1 && strcmp(argv[1], "-q") == 0;
	argc -= quiet;
	argv += quiet;
	mib = argc > 1 ? atol(argv[1]) : 1024;
	seconds = argc > 2 ? atol(argv[2]) : 25;
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	base = rss_kib();
	printf("begin_kib %ld\n", base);
	first = fill((size_t)mib * 1024 * 1024 / SIZE);
	peak = rss_kib();
	printf("full_kib %ld\n", peak);
	while ((link = first) != NULL) {
		first = link->next;
		free(link);
	}
	now = rss_kib();
	if (now > peak)
		peak = now;
	printf("freed_kib %ld\n", now);
	for (i = 1; i <= seconds; i++) {
		light_work(1000);
		now = rss_kib();
		if (now > peak)
			peak = now;
		if (!quiet)
			printf("%ld s: %ld KiB, %.1f %% returned\n", i, now,
			    100.0 * (double)(peak - now) /
			    (double)(peak - base));
	}
	printf("end_kib %ld\n", now);
	printf("returned_percent %.2f\n", 100.0 * (double)(peak - now) /
	    (double)(peak - base));
	return (0);
}
