/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * idle [-c] [-e] [-n least] [-t threads]: a process that frees a lot and
 * then does nothing at all must shrink, by the allocator's own threads.
 *
 * -c	then a child of fork does the same
 * -e	ends while they are at work
 * -n	waits for so many of the allocator's threads
 * -t	so many threads allocate before, to make arenas
 *
 * Says `shrunk, N threads' for each process that did.
 */
#include <sys/wait.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "../include/testutil.h"

#include "malloc_np.h"

#define	BLOCKS	65536
#define	BLOCK	((size_t)4096)
/* Of 256 MiB; what arenas and caches keep is far less. */
#define	SHRUNK	(48 * MIB)
#define	SECONDS	120

static void	*blocks[BLOCKS];
/* Threads that there must be in the end. */
static size_t	wanted;

static size_t
nthreads(void)
{
	size_t n = 0, len = sizeof(n);

	if (mallctl("stats.background_thread.num_threads", &n, &len, NULL,
	    0) != 0)
		exit(4);
	return (n);
}

static void
fill(void)
{
	size_t i;

	for (i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK);
		if (blocks[i] == NULL)
			exit(5);
		memset(blocks[i], 1, BLOCK);
	}
	for (i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

static void
shrink(void)
{
	const struct timespec nap = { .tv_nsec = 50 * 1000000 };
	char text[64];
	int i, len;

	if (resident_bytes() == 0)
		exit(3);
	for (i = 0; i < SECONDS * 20 && resident_bytes() >= SHRUNK; i++)
		nanosleep(&nap, NULL);
	if (resident_bytes() >= SHRUNK)
		exit(6);
	/* They are started by who allocates, when more are seen to be due. */
	for (i = 0; i < SECONDS * 20 && nthreads() < wanted; i++) {
		free(malloc(4 * MIB));
		nanosleep(&nap, NULL);
	}
	len = snprintf(text, sizeof(text), "shrunk, %zu threads\n",
	    nthreads());
	if (write(1, text, (size_t)len) != len)
		exit(7);
}

static void *
allocate(void *arg)
{
	pthread_barrier_t *barrier = arg;
	void *p[8];
	int i;

	/* More than a thread asks for before it has an arena of its own. */
	for (i = 0; i < 8; i++)
		p[i] = malloc(100);
	pthread_barrier_wait(barrier);
	for (i = 0; i < 8; i++)
		free(p[i]);
	return (NULL);
}

static void
make_arenas(unsigned n)
{
	pthread_t thread[64];
	pthread_barrier_t barrier;
	unsigned i;

	if (n > 64 || pthread_barrier_init(&barrier, NULL, n) != 0)
		exit(8);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, allocate, &barrier) != 0)
			exit(9);
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
}

int
main(int argc, char *argv[])
{
	bool child = false, end = false;
	int c, status;
	pid_t pid;

	while ((c = getopt(argc, argv, "cen:t:")) != -1)
		switch (c) {
		case 'c':
			child = true;
			break;
		case 'e':
			end = true;
			break;
		case 'n':
			wanted = (size_t)atoi(optarg);
			break;
		case 't':
			make_arenas((unsigned)atoi(optarg));
			break;
		default:
			return (2);
		}
	fill();
	if (end)
		return (0);
	shrink();
	if (!child)
		return (0);
	pid = fork();
	if (pid == 0) {
		fill();
		shrink();
		return (0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return (10);
	return (status == 0 ? 0 : 11);
}
