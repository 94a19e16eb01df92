/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * prof_pins MODE FILE: a program with holes in its memory.  Among 64 MiB of
 * objects that live shortly lie a few that live long, one in 32 at random, all
 * of 512 bytes; beside them 16 MiB of another size live.  Writes a profile to
 * FILE, the statistics to FILE.json and FILE.text, and prints how many bytes
 * are held beyond what is in use.
 *
 *	dense	nothing is freed
 *	strewn	what lives shortly is freed, and no pages go back
 *	passed	the same, by another thread
 *	thinned	and pages that are empty go back
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc_np.h"

#define	BYTES	((size_t)64 << 20)
#define	SIZE	((size_t)512)
#define	PART	32
#define	OTHER	((size_t)16 << 20)
#define	OTHER_SIZE ((size_t)192)

static void *volatile objects[BYTES / SIZE];
static void *volatile others[OTHER / OTHER_SIZE];
static char is_long[BYTES / SIZE];

static __attribute__((noinline)) void
site_short(size_t i)
{
	objects[i] = malloc(SIZE);
}

static __attribute__((noinline)) void
site_long(size_t i)
{
	objects[i] = malloc(SIZE);
	is_long[i] = 1;
}

static __attribute__((noinline)) void
site_other(void)
{
	size_t i;

	for (i = 0; i < OTHER / OTHER_SIZE; i++)
		others[i] = malloc(OTHER_SIZE);
}

static void
fill(void)
{
	uint64_t state = 1;
	size_t i;

	for (i = 0; i < BYTES / SIZE; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		if ((state >> 33) % PART == 0)
			site_long(i);
		else
			site_short(i);
	}
}

static void
control(const char *name, void *new, size_t len)
{
	int error = mallctl(name, NULL, NULL, new, len);

	if (error != 0)
		errx(1, "%s: error %d", name, error);
}

static void *
short_free(void *arg)
{
	size_t i;

	for (i = 0; i < BYTES / SIZE; i++)
		if (!is_long[i])
			free(objects[i]);
	control("thread.tcache.flush", NULL, 0);
	return (arg);
}

static void
other_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, short_free, NULL) != 0)
		errx(1, "no thread");
	(void)pthread_join(thread, NULL);
}

static void
piece_write(void *arg, const char *piece)
{
	if (write(*(int *)arg, piece, strlen(piece)) < 0)
		err(1, "write");
}

static void
report(const char *name, const char *suffix, const char *opts)
{
	char path[1024];
	int fd;

	(void)snprintf(path, sizeof(path), "%s.%s", name, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		err(1, "%s", path);
	malloc_stats_print(piece_write, &fd, opts);
	(void)close(fd);
}

int
main(int argc, char **argv)
{
	size_t held, len = sizeof(held);
	uint64_t epoch = 1;

	if (argc != 3)
		errx(2, "usage: prof_pins dense|strewn|passed|thinned FILE");
	fill();
	site_other();
	if (strcmp(argv[1], "passed") == 0)
		other_thread();
	else if (strcmp(argv[1], "dense") != 0)
		(void)short_free(NULL);
	control("thread.tcache.flush", NULL, 0);
	if (strcmp(argv[1], "thinned") == 0)
		control("arena.4096.purge", NULL, 0);
	control("prof.dump", &argv[2], sizeof(argv[2]));
	control("epoch", &epoch, sizeof(epoch));
	if (mallctl("stats.arenas.4096.held", &held, &len, NULL, 0) != 0)
		errx(1, "stats.arenas.4096.held");
	report(argv[2], "json", "J");
	report(argv[2], "text", NULL);
	(void)printf("%zu\n", held);
	return (0);
}
