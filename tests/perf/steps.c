/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * steps KIND SIZE N: loops that take the slow paths, to count instructions.
 *
 * Each does one thing N times, rounded to whole rounds, in an order that
 * depends on nothing, with threads that take turns.
 */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define	ROUND		4096		/* objects of a round */
#define	FEW		64
#define	CALLS		1000		/* of a thread that works */

typedef void	step_fn(size_t size, long n);

struct kind {
	const char	*name;
	step_fn		*run;
};

struct maker {
	sem_t		go;
	sem_t		done;
	size_t		size;
	long		rounds;
};

static char	*objects[ROUND];

static void
check(const void *p)
{

	if (p == NULL) {
		fprintf(stderr, "steps: no memory\n");
		exit(1);
	}
}

static void
fill(size_t size, int k)
{
	int i;

	for (i = 0; i < k; i++) {
		objects[i] = malloc(size);
		check(objects[i]);
		*(volatile char *)objects[i] = 1;
	}
}

/* More than a cache holds, freed in the order they were made. */
static void
step_order(size_t size, long n)
{
	long done;
	int i;

	for (done = 0; done < n; done += ROUND) {
		fill(size, ROUND);
		for (i = 0; i < ROUND; i++)
			free(objects[i]);
	}
}

/* The same, and each free is of another slab than the last. */
static void
step_scatter(size_t size, long n)
{
	long done;
	int i;

	for (done = 0; done < n; done += ROUND) {
		fill(size, ROUND);
		for (i = 0; i < ROUND; i++)
			free(objects[i * 1237 % ROUND]);
	}
}

static void
step_few(size_t size, long n)
{
	long done;
	int i;

	for (done = 0; done < n; done += FEW) {
		fill(size, FEW);
		for (i = 0; i < FEW; i++)
			free(objects[i * 37 % FEW]);
	}
}

/* A block that grows by quarters to the size. */
static void
step_grow(size_t size, long n)
{
	size_t k;
	char *p;
	long i;

	for (i = 0; i < n; i++) {
		p = NULL;
		for (k = 16; k <= size; k += k / 4 + 1) {
			p = realloc(p, k);
			check(p);
			*(volatile char *)p = 1;
		}
		free(p);
	}
}

static void
step_calloc(size_t size, long n)
{
	long done;
	int i;

	for (done = 0; done < n; done += FEW) {
		for (i = 0; i < FEW; i++) {
			objects[i] = calloc(1, size);
			check(objects[i]);
			*(volatile char *)objects[i] = 1;
		}
		for (i = 0; i < FEW; i++)
			free(objects[i]);
	}
}

/* Aligned to what they are long. */
static void
step_aligned(size_t size, long n)
{
	long done;
	int i;

	for (done = 0; done < n; done += FEW) {
		for (i = 0; i < FEW; i++) {
			objects[i] = aligned_alloc(size, size);
			check(objects[i]);
			*(volatile char *)objects[i] = 1;
		}
		for (i = 0; i < FEW; i++)
			free(objects[i]);
	}
}

static void *
one_run(void *arg)
{
	char *p;

	p = malloc(*(size_t *)arg);
	check(p);
	*(volatile char *)p = 1;
	free(p);
	return (NULL);
}

static void *
calls_run(void *arg)
{
	char *live[FEW] = { NULL };
	size_t size;
	int i;

	size = *(size_t *)arg;
	for (i = 0; i < CALLS; i++) {
		free(live[i % FEW]);
		live[i % FEW] = malloc(size + (size_t)(i * 7 % FEW) * 16);
		check(live[i % FEW]);
	}
	for (i = 0; i < FEW; i++)
		free(live[i]);
	return (NULL);
}

static void
threads(void *(*run)(void *), size_t size, long n)
{
	pthread_t thread;
	long i;

	for (i = 0; i < n; i++) {
		if (pthread_create(&thread, NULL, run, &size) != 0)
			check(NULL);
		pthread_join(thread, NULL);
	}
}

static void
step_thread(size_t size, long n)
{

	threads(one_run, size, n);
}

static void
step_visit(size_t size, long n)
{

	threads(calls_run, size, n);
}

static void *
maker_run(void *arg)
{
	struct maker *maker;
	long i;

	maker = arg;
	for (i = 0; i < maker->rounds; i++) {
		sem_wait(&maker->go);
		fill(maker->size, ROUND);
		sem_post(&maker->done);
	}
	return (NULL);
}

/* One thread makes a round of objects, another frees it, and again. */
static void
step_pass(size_t size, long n)
{
	struct maker maker = { .size = size };
	pthread_t thread;
	long i;
	int k;

	maker.rounds = (n + ROUND - 1) / ROUND;
	sem_init(&maker.go, 0, 0);
	sem_init(&maker.done, 0, 0);
	free(malloc(size));
	if (pthread_create(&thread, NULL, maker_run, &maker) != 0)
		check(NULL);
	for (i = 0; i < maker.rounds; i++) {
		sem_post(&maker.go);
		sem_wait(&maker.done);
		for (k = 0; k < ROUND; k++)
			free(objects[k]);
	}
	pthread_join(thread, NULL);
}

static const struct kind kinds[] = {
	{ "order", step_order },
	{ "scatter", step_scatter },
	{ "few", step_few },
	{ "grow", step_grow },
	{ "calloc", step_calloc },
	{ "aligned", step_aligned },
	{ "thread", step_thread },
	{ "visit", step_visit },
	{ "pass", step_pass },
};

int
main(int argc, char *argv[])
{
	unsigned i;

	for (i = 0; argc == 4 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].run((size_t)atol(argv[2]), atol(argv[3]));
			return (0);
		}
	}
	fprintf(stderr, "usage: steps KIND SIZE N\n");
	return (2);
}
