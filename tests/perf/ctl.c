/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What it takes to read a statistic, in ns a call: by name, and by the
 * numbers that stand for it (mallctlbymib).  With threads that hold memory,
 * so that there are arenas, and with the gathering that follows a write to
 * epoch.
 *
 *	ctl [-t threads] [-n calls]
 *
 * It runs on whatever malloc is preloaded, if that has mallctl().
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define	ROUNDS	9
#define	DEPTH	8
#define	NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static int	(*ctl)(const char *, void *, size_t *, void *, size_t);
static int	(*ctl_nametomib)(const char *, size_t *, size_t *);
static int	(*ctl_bymib)(const size_t *, size_t, void *, size_t *, void *,
		    size_t);
static size_t	ncalls = 100000;
static unsigned	nthreads = 8;
static pthread_barrier_t ready, done;

static const char *const names[] = {
	"version", "config.debug", "opt.narenas", "arenas.narenas",
	"arenas.bin.5.size", "thread.arena", "thread.allocated",
	"thread.deallocated", "stats.allocated", "stats.active",
	"stats.metadata", "stats.resident", "stats.mapped", "stats.retained",
	"stats.arenas.0.pactive", "stats.arenas.0.small.allocated",
	"stats.arenas.0.bins.5.nmalloc", "stats.arenas.4096.small.nrequests",
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec * 1e9 + (double)t.tv_nsec);
}

/* Some of each size stay, so that bins and arenas are in use. */
static void *
hold(void *arg)
{
	void *volatile held[200];
	size_t i;

	for (i = 0; i < 200; i++)
		held[i] = malloc(8 + i * i);
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&done);
	for (i = 0; i < 200; i++)
		free(held[i]);
	return (arg);
}

static void
refresh(void)
{
	uint64_t epoch = 1;

	(void)ctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
}

static double
by_name(const char *name)
{
	char value[64];
	size_t size, i;
	double begin = now();

	for (i = 0; i < ncalls; i++) {
		size = 8;
		(void)ctl(name, value, &size, NULL, 0);
	}
	return ((now() - begin) / (double)ncalls);
}

static double
by_mib(const char *name)
{
	size_t mib[DEPTH], len = DEPTH, size, i;
	char value[64];
	double begin;

	if (ctl_nametomib(name, mib, &len) != 0)
		return (-1);
	begin = now();
	for (i = 0; i < ncalls; i++) {
		size = 8;
		(void)ctl_bymib(mib, len, value, &size, NULL, 0);
	}
	return ((now() - begin) / (double)ncalls);
}

/* The least of some rounds: what disturbed it is not its own. */
static double
best(double (*f)(const char *), const char *name)
{
	double t, least = f(name);
	int i;

	for (i = 1; i < ROUNDS; i++) {
		t = f(name);
		if (t < least)
			least = t;
	}
	return (least);
}

/* A new epoch, and one number of each arena and of all. */
static double
epoch_read(const char *name)
{
	size_t narenas = 0, size = sizeof(unsigned), value, mib[DEPTH];
	size_t len = DEPTH, i, n;
	double begin;

	(void)ctl("arenas.narenas", &narenas, &size, NULL, 0);
	if (ctl_nametomib(name, mib, &len) != 0)
		return (-1);
	begin = now();
	for (n = 0; n < ncalls / 100; n++) {
		refresh();
		for (i = 0; i <= narenas; i++) {
			mib[2] = i < narenas ? i : 4096;
			size = sizeof(value);
			(void)ctl_bymib(mib, len, &value, &size, NULL, 0);
		}
	}
	return ((now() - begin) / (double)(ncalls / 100));
}

static void
print(void)
{
	size_t i;

	refresh();
	printf("%-40s %10s %10s\n", "ns a call", "by name", "by mib");
	for (i = 0; i < NELEM(names); i++)
		printf("%-40s %10.1f %10.1f\n", names[i],
		    best(by_name, names[i]), best(by_mib, names[i]));
	printf("%-40s %21.0f\n", "epoch, and each arena once",
	    best(epoch_read, "stats.arenas.0.pactive"));
	printf("%-40s %21.0f\n", "epoch, and each arena's superpages",
	    best(epoch_read,
	    "stats.arenas.0.hpa_shard.full_slabs.npageslabs_huge"));
}

static void
options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:t:")) != -1)
		switch (c) {
		case 'n':
			ncalls = strtoul(optarg, NULL, 10);
			break;
		case 't':
			nthreads = (unsigned)strtoul(optarg, NULL, 10);
			break;
		default:
			fprintf(stderr, "usage: ctl [-t threads] [-n calls]\n");
			exit(2);
		}
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	unsigned i;

	options(argc, argv);
	*(void **)&ctl = dlsym(RTLD_DEFAULT, "mallctl");
	*(void **)&ctl_nametomib = dlsym(RTLD_DEFAULT, "mallctlnametomib");
	*(void **)&ctl_bymib = dlsym(RTLD_DEFAULT, "mallctlbymib");
	if (ctl == NULL || ctl_nametomib == NULL || ctl_bymib == NULL) {
		fprintf(stderr, "ctl: this malloc has no mallctl()\n");
		return (1);
	}
	pthread_barrier_init(&ready, NULL, nthreads + 1);
	pthread_barrier_init(&done, NULL, nthreads + 1);
	for (i = 0; i < nthreads; i++)
		if (pthread_create(&thread, NULL, hold, NULL) != 0)
			return (1);
	pthread_barrier_wait(&ready);
	print();
	pthread_barrier_wait(&done);
	return (0);
}
