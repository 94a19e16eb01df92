/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Slots whose objects are replaced at random, of sizes that are as likely in
 * each doubling: by one thread or some that share nothing, and by threads
 * that share some of them, keep others for good, and end and come again.
 */

#include <stdatomic.h>
#include <string.h>

#include "work.h"

#define	SLOTS		(1 << 15)
#define	THREADS_MAX	8
#define	SHARED		1000
#define	KEEP_MAX	1000

struct replacer {
	_Alignas(128) struct object **slots;
	size_t		nslots;
	size_t		operations;
	struct rng	rng;
};

struct stresser {
	_Alignas(128) size_t objects;
	struct object	*kept;
	struct rng	rng;
};

static _Atomic(struct object *) shared[SHARED];

/* All of it is written, as who asks for memory does. */
static struct object *
filled_new(size_t size)
{
	struct object *o;

	o = object_new(size);
	memset(o + 1, 0x5a, size - sizeof(*o));
	return (o);
}

static void *
replacer_run(void *arg)
{
	struct replacer *w;
	size_t i, k;

	w = arg;
	for (i = 0; i < w->operations; i++) {
		k = rng_below(&w->rng, w->nslots);
		if (w->slots[k] != NULL)
			object_free(w->slots[k]);
		w->slots[k] = filled_new(rng_log(&w->rng, 16, 6));
	}
	for (k = 0; k < w->nslots; k++) {
		if (w->slots[k] != NULL)
			object_free(w->slots[k]);
		w->slots[k] = NULL;
	}
	return (NULL);
}

static void
replace(unsigned threads, unsigned percent)
{
	static struct object *slots[SLOTS];
	struct replacer workers[THREADS_MAX];
	unsigned i;

	for (i = 0; i < threads; i++) {
		workers[i].nslots = SLOTS / threads;
		workers[i].slots = slots + i * workers[i].nslots;
		workers[i].operations = work_share(8000000, percent) /
		    threads;
		workers[i].rng.state = 0x5eed0040 + i;
	}
	if (threads == 1)
		replacer_run(&workers[0]);
	else
		work_threads(threads, replacer_run, workers,
		    sizeof(workers[0]));
}

void
work_replace(unsigned percent)
{

	replace(1, percent);
}

void
work_replace4(unsigned percent)
{

	replace(4, percent);
}

/* Small ones, and a large one now and then. */
static size_t
draw_size(struct rng *rng)
{

	if (rng_below(rng, 1000) == 0)
		return (rng_log(rng, 16384, 4));
	return (rng_log(rng, 16, 5));
}

static void *
stresser_run(void *arg)
{
	struct object *live[256] = { NULL };
	struct object *o, *old;
	struct stresser *w;
	size_t i, k;

	w = arg;
	for (i = 0; i < w->objects; i++) {
		o = object_new(draw_size(&w->rng));
		if (i % 64 == 0) {
			o->next = w->kept;
			w->kept = o;
			continue;
		}
		if (i % 4 == 0) {
			o = atomic_exchange(
			    &shared[rng_below(&w->rng, SHARED)], o);
		} else {
			k = rng_below(&w->rng, 256);
			old = live[k];
			live[k] = o;
			o = old;
		}
		if (o != NULL)
			object_free(o);
	}
	for (k = 0; k < 256; k++) {
		if (live[k] != NULL)
			object_free(live[k]);
	}
	return (NULL);
}

static void
kept_free(struct object *o)
{
	struct object *next;

	for (; o != NULL; o = next) {
		next = o->next;
		object_free(o);
	}
}

/* What one set of threads kept, the next but one round frees. */
void
work_stress8(unsigned percent)
{
	struct stresser workers[THREADS_MAX];
	struct object *older[THREADS_MAX] = { NULL };
	size_t n, round;
	unsigned i;

	n = work_share(200, percent);
	for (round = 0; round < n; round++) {
		for (i = 0; i < THREADS_MAX; i++)
			workers[i] = (struct stresser){ .objects = 12000,
			    .rng.state = 0x5eed0050 + round * 64 + i };
		work_threads(THREADS_MAX, stresser_run, workers,
		    sizeof(workers[0]));
		for (i = 0; i < THREADS_MAX; i++) {
			kept_free(older[i]);
			older[i] = workers[i].kept;
		}
	}
	for (i = 0; i < THREADS_MAX; i++)
		kept_free(older[i]);
	for (i = 0; i < SHARED; i++)
		kept_free(atomic_exchange(&shared[i], NULL));
}

/* Rounds of many sizes; half of a round is left for the next thread. */
static void *
rounds_run(void *arg)
{
	struct object *made[KEEP_MAX];
	struct object *o;
	struct stresser *w;
	size_t done, i;

	w = arg;
	for (done = 0; done < w->objects; done += KEEP_MAX) {
		for (i = 0; i < KEEP_MAX; i++)
			made[i] = object_new(rng_between(&w->rng, 16, 1000 +
			    done / KEEP_MAX % 8 * 1000));
		for (i = 0; i < KEEP_MAX; i++) {
			o = made[(i * 1237) % KEEP_MAX];
			if (i % 2 == 0)
				o = atomic_exchange(&shared[i / 2 % SHARED],
				    o);
			if (o != NULL)
				object_free(o);
		}
	}
	return (NULL);
}

void
work_rounds8(unsigned percent)
{
	struct stresser workers[THREADS_MAX];
	unsigned i;

	for (i = 0; i < THREADS_MAX; i++)
		workers[i] = (struct stresser){
			.objects = work_share(9600000, percent) / THREADS_MAX,
			.rng.state = 0x5eed0060 + i,
		};
	work_threads(THREADS_MAX, rounds_run, workers, sizeof(workers[0]));
	for (i = 0; i < SHARED; i++)
		kept_free(atomic_exchange(&shared[i], NULL));
}
