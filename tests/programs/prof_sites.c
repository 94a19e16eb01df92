/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * prof_sites FILE [FILE2]: allocates 24 MiB at each of three sites, of
 * objects of 64, 4096 and 262144 bytes, and writes a profile to FILE; if there
 * is a FILE2, frees them in another thread and writes one to that.
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>

#include "malloc_np.h"

#define	BYTES	((size_t)24 << 20)
#define	SMALL	((size_t)64)
#define	PAGES	((size_t)4096)
#define	LARGE	((size_t)262144)

static void *volatile small[BYTES / SMALL];
static void *volatile pages[BYTES / PAGES];
static void *volatile large[BYTES / LARGE];

static __attribute__((noinline)) void
site_small(void)
{
	size_t i;

	for (i = 0; i < BYTES / SMALL; i++)
		small[i] = malloc(SMALL);
}

static __attribute__((noinline)) void
site_pages(void)
{
	size_t i;

	for (i = 0; i < BYTES / PAGES; i++)
		pages[i] = malloc(PAGES);
}

static __attribute__((noinline)) void
site_large(void)
{
	size_t i;

	for (i = 0; i < BYTES / LARGE; i++)
		large[i] = malloc(LARGE);
}

static void *
all_free(void *arg)
{
	size_t i;

	for (i = 0; i < BYTES / SMALL; i++)
		free(small[i]);
	for (i = 0; i < BYTES / PAGES; i++)
		free(pages[i]);
	for (i = 0; i < BYTES / LARGE; i++)
		free(large[i]);
	return (arg);
}

static void
dump(const char *name)
{
	int error = mallctl("prof.dump", NULL, NULL, &name, sizeof(name));

	if (error != 0)
		errx(1, "prof.dump: error %d", error);
}

int
main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 2)
		errx(2, "usage: prof_sites FILE [FILE2]");
	site_small();
	site_pages();
	site_large();
	dump(argv[1]);
	if (argc < 3)
		return (0);
	if (pthread_create(&thread, NULL, all_free, NULL) != 0)
		errx(1, "no thread");
	(void)pthread_join(thread, NULL);
	dump(argv[2]);
	return (0);
}
