/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * profstorm [-k keep] [-n dumps] [-t threads] name: a process whose profile is
 * written while everything else goes on.  Threads allocate, resize and free,
 * each other's objects too; every few thousand operations a thread ends and
 * another begins.  One more forks; the child dumps, and ends.  The dumps are
 * name.0, name.1 and on, beginning again after so many as are kept; children's
 * are name.child.  Prints how many there were; says so if nothing goes on.
 */
#include <sys/wait.h>

#include <err.h>
#include <malloc_np.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	NSLOTS		4096
#define	NTHREADS_MAX	64
/* A thread's life, in operations. */
#define	LIFE		20000
/* Seconds without a dump, or of a child's life, that are too many. */
#define	PATIENCE	60

static _Atomic(void *) slots[NSLOTS];
static atomic_bool	over;
static atomic_ulong	nforks, nlives;
static const char	*name;

static uint64_t
random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state);
}

/* Small ones mostly; of each kind some. */
static size_t
size_of(uint64_t r)
{
	switch (r % 16) {
	case 0:
		return (r >> 8 & 0x3ffff);
	case 1:
	case 2:
		return (r >> 8 & 0x7fff);
	default:
		return (r >> 8 & 0x3ff);
	}
}

/*
 * Stacks that differ, so that their table is busy too: compilers make one call
 * of two that go on alike.
 */
static __attribute__((noinline)) void *
take(unsigned depth, size_t size, uint64_t r)
{
	void *volatile p;

	if (depth == 0)
		return (malloc(size));
	if (r & 1) {
		p = take(depth - 1, size, r >> 1);
		__asm__ volatile("nop");
	} else {
		p = take(depth - 1, size, r >> 1);
		__asm__ volatile("nop; nop");
	}
	return (p);
}

static void *
live(void *arg)
{
	uint64_t state = (uintptr_t)arg * 0x9e3779b97f4a7c15 | 1, r;
	void *p, *q;
	unsigned i;

	for (i = 0; i < LIFE && !over; i++) {
		r = random_next(&state);
		if (r % 8 == 0) {
			p = atomic_exchange(&slots[(r >> 8) % NSLOTS], NULL);
			q = realloc(p, size_of(r >> 24) + 1);
			if (q == NULL)
				err(1, "realloc");
			p = q;
		} else {
			p = take(r % 7, size_of(r >> 24) + 1, r >> 40);
			if (p == NULL)
				err(1, "malloc");
		}
		*(volatile char *)p = 1;
		free(atomic_exchange(&slots[(r >> 8) % NSLOTS], p));
	}
	atomic_fetch_add(&nlives, 1);
	return (NULL);
}

/* One of the threads: life after life. */
static void *
lives(void *arg)
{
	uintptr_t seed = (uintptr_t)arg;
	pthread_t thread;

	while (!over) {
		if (pthread_create(&thread, NULL, live, (void *)seed) != 0)
			errx(1, "pthread_create");
		(void)pthread_join(thread, NULL);
		seed += NTHREADS_MAX;
	}
	return (NULL);
}

/* So that no profile is of nothing. */
static void
slots_fill(void)
{
	unsigned i;

	for (i = 0; i < NSLOTS; i += 16)
		slots[i] = take(i / 16 % 7, 100000, i / 16);
}

static int
dump(const char *file)
{
	return (mallctl("prof.dump", NULL, NULL, &file, sizeof(file)));
}

/*
 * What was its parent's may be forgotten, if another thread was changing it:
 * stacks of its own are there in any case.
 */
static void
child(void)
{
	char file[4096];
	unsigned i;

	alarm(PATIENCE);
	over = false;
	for (i = 0; i < 6; i++)
		slots[i] = take(i, (size_t)100000 << i, i);
	(void)snprintf(file, sizeof(file), "%s.child", name);
	_exit(dump(file) == 0 ? 0 : 1);
}

static void *
forks(void *arg)
{
	int status;
	pid_t pid;

	while (!over) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (pid == 0)
			child();
		if (waitpid(pid, &status, 0) != pid || status != 0)
			errx(1, "a child ended with status %#x", status);
		atomic_fetch_add(&nforks, 1);
	}
	return (arg);
}

int
main(int argc, char **argv)
{
	pthread_t thread[NTHREADS_MAX + 1];
	unsigned long n = 100, keep = 50, nthreads = 8, i, ndumps;
	char file[4096];
	int c, error;

	while ((c = getopt(argc, argv, "k:n:t:")) != -1)
		*(c == 'k' ? &keep : c == 'n' ? &n : &nthreads) =
		    strtoul(optarg, NULL, 10);
	if (optind + 1 != argc || keep == 0 || nthreads > NTHREADS_MAX)
		errx(64, "usage: profstorm [-k n] [-n n] [-t n] name");
	name = argv[optind];
	slots_fill();
	for (i = 0; i < nthreads; i++)
		if (pthread_create(&thread[i], NULL, lives,
		    (void *)(uintptr_t)(i + 1)) != 0)
			errx(1, "pthread_create");
	if (pthread_create(&thread[nthreads], NULL, forks, NULL) != 0)
		errx(1, "pthread_create");
	for (i = 0; i < n || nforks == 0 || nlives <= nthreads; i++) {
		alarm(PATIENCE);
		(void)snprintf(file, sizeof(file), "%s.%lu", name, i % keep);
		error = dump(file);
		if (error != 0)
			errx(1, "prof.dump: %s", strerror(error));
	}
	ndumps = i;
	over = true;
	for (i = 0; i <= nthreads; i++)
		(void)pthread_join(thread[i], NULL);
	printf("done: %lu dumps, %lu forks, %lu threads\n", ndumps, nforks,
	    nlives);
	return (0);
}
