/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * footprint one | threads N | random N SECONDS: resident memory.
 *
 * one: a process that called malloc once.  threads: N threads that live,
 * each of which did.  random: N objects of 16 to 4096 bytes, resident over
 * requested when full, when a random 90 % are freed, and SECONDS later.
 */

#include <sys/mman.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rss.h"
#include "work.h"

#define	STACK		(64 * 1024)

static pthread_barrier_t	ready, leave;

_Noreturn void
work_fail(const char *what)
{

	fprintf(stderr, "footprint: %s\n", what);
	exit(1);
}

static int
one(void)
{

	(void)object_new(64);
	printf("one_kib %ld\n", rss_kib());
	return (0);
}

static void *
thread_run(void *arg)
{
	struct object *o;

	(void)arg;
	o = object_new(64);
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&leave);
	object_free(o);
	return (NULL);
}

static int
threads(unsigned n)
{
	pthread_attr_t attr;
	pthread_t thread;
	unsigned i;

	pthread_barrier_init(&ready, NULL, n + 1);
	pthread_barrier_init(&leave, NULL, n + 1);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	for (i = 0; i < n; i++) {
		if (pthread_create(&thread, &attr, thread_run, NULL) != 0)
			work_fail("no thread");
	}
	pthread_barrier_wait(&ready);
	printf("threads_kib %ld\n", rss_kib());
	pthread_barrier_wait(&leave);
	return (0);
}

/* Tables come from the kernel: they are no part of what is measured. */
static void *
table(size_t n, size_t size)
{
	void *p;

	p = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED)
		work_fail("no memory");
	memset(p, 0, n * size);
	return (p);
}

static void
print_over(const char *name, long base, uint64_t requested)
{

	printf("%s %.3f\n", name, (double)(rss_kib() - base) * 1024 /
	    (double)requested);
}

static int
random_frees(size_t n, unsigned seconds)
{
	struct rng rng = { 0x5eed000a };
	struct object **objects;
	uint64_t requested;
	uint32_t *sizes;
	size_t i;
	long base;
	unsigned s;

	objects = table(n, sizeof(objects[0]));
	sizes = table(n, sizeof(sizes[0]));
	base = rss_kib();
	requested = 0;
	for (i = 0; i < n; i++) {
		sizes[i] = (uint32_t)rng_between(&rng, 16, 4096);
		objects[i] = object_new(sizes[i]);
		memset(objects[i] + 1, 0x5a, sizes[i] - sizeof(*objects[i]));
		requested += sizes[i];
	}
	print_over("full_ratio", base, requested);
	for (i = 0; i < n; i++) {
		if (rng_below(&rng, 10) == 0)
			continue;
		object_free(objects[i]);
		objects[i] = NULL;
		requested -= sizes[i];
	}
	print_over("thinned_ratio", base, requested);
	for (s = 0; s < seconds * 100; s++) {
		object_free(object_new(100));
		rss_pause_ms(10);
	}
	print_over("later_ratio", base, requested);
	for (i = 0; i < n; i++) {
		if (objects[i] != NULL)
			object_check(objects[i]);
	}
	return (0);
}

int
main(int argc, char *argv[])
{

	if (argc == 2 && strcmp(argv[1], "one") == 0)
		return (one());
	if (argc == 3 && strcmp(argv[1], "threads") == 0)
		return (threads((unsigned)atoi(argv[2])));
	if (argc == 4 && strcmp(argv[1], "random") == 0)
		return (random_frees((size_t)atol(argv[2]),
		    (unsigned)atoi(argv[3])));
	fprintf(stderr, "usage: footprint one | threads N |"
	    " random N SECONDS\n");
	return (2);
}
