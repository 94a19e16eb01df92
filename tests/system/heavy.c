/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * heavy [-t threads] [-n operations] [-s slots]
 *
 * Does little but allocate: threads that replace objects at random slots of
 * tables of their own, of sizes as most programs have them, and leave one in
 * sixteen where any other thread finds and frees it.  All threads together do
 * the given number of operations on the given number of slots.
 *
 * Each object begins and ends with a word that follows from its size; prints
 * how many were wrong, and exits with 1 unless none was.
 */

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	MAXTHREADS	64
#define	NSHARED		1024

struct object {
	size_t		size;
	uint64_t	mark;
};

struct worker {
	_Alignas(128) pthread_t	  thread;
	struct object		**slots;
	long			  nslots;
	long			  operations;
	uint64_t		  random;
	long			  wrong;
};

static _Atomic(struct object *) shared[NSHARED];

static uint64_t
rng(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (w->random >> 8);
}

/* As many from 32 to 64 as from 64 to 128, and so on up to 512; a few more. */
static size_t
size_draw(struct worker *w)
{
	uint64_t r;
	size_t base;

	r = rng(w);
	base = (size_t)32 << (r % 4);
	if (r / 4 % 64 == 0)
		base = (size_t)512 << (r / 256 % 5);
	return (base + (r >> 16) % base);
}

static uint64_t
mark_of(size_t size)
{
	return (size * 0x9e3779b97f4a7c15);
}

static struct object *
object_new(size_t size)
{
	struct object *o;
	uint64_t mark;

	o = malloc(size);
	if (o == NULL)
		err(1, "malloc");
	mark = mark_of(size);
	o->size = size;
	o->mark = mark;
	memcpy((char *)o + size - sizeof(mark), &mark, sizeof(mark));
	return (o);
}

static void
object_free(struct worker *w, struct object *o)
{
	uint64_t mark;

	if (o == NULL)
		return;
	memcpy(&mark, (char *)o + o->size - sizeof(mark), sizeof(mark));
	if (o->mark != mark_of(o->size) || mark != o->mark)
		w->wrong++;
	free(o);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct object *o;
	long i, k;

	for (i = 0; i < w->operations; i++) {
		k = (long)(rng(w) % (uint64_t)w->nslots);
		o = w->slots[k];
		w->slots[k] = object_new(size_draw(w));
		if (i % 16 == 0)
			o = atomic_exchange(&shared[rng(w) % NSHARED], o);
		object_free(w, o);
	}
	for (k = 0; k < w->nslots; k++)
		object_free(w, w->slots[k]);
	return (NULL);
}

int
main(int argc, char *argv[])
{
	static struct worker workers[MAXTHREADS];
	long i, nthreads = 1, operations = 10000000, slots = 64000, wrong = 0;
	int ch;

	while ((ch = getopt(argc, argv, "n:s:t:")) != -1) {
		switch (ch) {
		case 'n':
			operations = atol(optarg);
			break;
		case 's':
			slots = atol(optarg);
			break;
		case 't':
			nthreads = atol(optarg);
			break;
		default:
			errx(2, "usage: heavy [-t threads] [-n operations]"
			    " [-s slots]");
		}
	}
	if (nthreads < 1 || nthreads > MAXTHREADS || slots < nthreads)
		errx(2, "1 to %d threads, a slot for each", MAXTHREADS);
	for (i = 0; i < nthreads; i++) {
		workers[i].nslots = slots / nthreads;
		workers[i].operations = operations / nthreads;
		workers[i].random = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15;
		workers[i].slots = calloc((size_t)workers[i].nslots,
		    sizeof(*workers[i].slots));
		if (workers[i].slots == NULL)
			err(1, "calloc");
		if (pthread_create(&workers[i].thread, NULL, work,
		    &workers[i]) != 0)
			errx(1, "no thread");
	}
	for (i = 0; i < nthreads; i++) {
		pthread_join(workers[i].thread, NULL);
		free(workers[i].slots);
	}
	for (i = 0; i < NSHARED; i++)
		object_free(&workers[0], shared[i]);
	for (i = 0; i < nthreads; i++)
		wrong += workers[i].wrong;
	printf("wrong %ld\n", wrong);
	return (wrong != 0);
}
