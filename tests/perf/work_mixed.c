/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Mixed sizes with random lifetimes.  The work is the same for any number
 * of threads; one object in sixteen is left where any thread may find and
 * free it.
 */

#include <stdatomic.h>

#include "work.h"

#define	OPERATIONS	6000000
#define	SLOTS		32000
#define	SHARED		1024
#define	THREADS		8

/* A worker's own lines: where the stack begins must not matter. */
struct worker {
	_Alignas(128) struct object **slots;
	size_t		nslots;
	size_t		operations;
	struct rng	rng;
};

static _Atomic(struct object *) shared[SHARED];

/* Most objects of most programs are small; few are larger than a page. */
static size_t
draw_size(struct rng *rng)
{
	size_t die;

	die = rng_below(rng, 128);
	if (die < 104)
		return (rng_log(rng, 16, 4));
	if (die < 126)
		return (rng_log(rng, 256, 4));
	return (rng_log(rng, 4096, 3));
}

static void *
worker_run(void *arg)
{
	struct object *o;
	struct worker *w;
	size_t i, k;

	w = arg;
	for (i = 0; i < w->operations; i++) {
		k = rng_below(&w->rng, w->nslots);
		o = w->slots[k];
		w->slots[k] = object_new(draw_size(&w->rng));
		if (o != NULL && i % 16 == 0)
			o = atomic_exchange(
			    &shared[rng_below(&w->rng, SHARED)], o);
		if (o != NULL)
			object_free(o);
	}
	for (k = 0; k < w->nslots; k++) {
		if (w->slots[k] != NULL)
			object_free(w->slots[k]);
	}
	return (NULL);
}

static void
mixed(unsigned threads, unsigned percent)
{
	static struct object *slots[SLOTS];
	struct worker workers[THREADS];
	unsigned i;

	for (i = 0; i < threads; i++) {
		workers[i].nslots = SLOTS / threads;
		workers[i].slots = slots + i * workers[i].nslots;
		workers[i].operations = work_share(OPERATIONS, percent) /
		    threads;
		workers[i].rng.state = 0x5eed0005 + i;
	}
	if (threads == 1)
		worker_run(&workers[0]);
	else
		work_threads(threads, worker_run, workers,
		    sizeof(workers[0]));
	for (i = 0; i < SHARED; i++) {
		if (shared[i] != NULL)
			object_free(shared[i]);
	}
}

void
work_mixed1(unsigned percent)
{

	mixed(1, percent);
}

void
work_mixed2(unsigned percent)
{

	mixed(2, percent);
}

void
work_mixed8(unsigned percent)
{

	mixed(8, percent);
}
