/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Batches of one size after the other, most of them small, that are freed in
 * the order they were made or the other way round; some of each stay for a
 * while.  With threads, what stays is left to the next one to free.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include "work.h"

#define	BATCH_MAX	2000
#define	KEPT		512
#define	THREADS		8
#define	SIZES		14
#define	ROUNDS		10
#define	BOXES		64

struct batcher {
	_Alignas(128) size_t rounds;
	struct object	*kept[KEPT];
	unsigned	nkept;
	bool		leaves;		/* to others, in the boxes */
	struct rng	rng;
};

static const unsigned short sizes[SIZES] = {
	16, 24, 32, 40, 48, 64, 80, 96, 128, 176, 256, 416, 640, 1000
};

static _Atomic(struct object *) boxes[BOXES];

static void
chain_free(struct object *o)
{
	struct object *next;

	for (; o != NULL; o = next) {
		next = o->next;
		object_free(o);
	}
}

/* A place in the row of those that stay; who was there goes. */
static void
keep(struct batcher *w, struct object *o)
{
	struct object *old, **place;

	place = &w->kept[w->nkept++ % KEPT];
	old = *place;
	*place = o;
	if (old == NULL)
		return;
	if (w->leaves)
		old = atomic_exchange(&boxes[w->nkept % BOXES], old);
	chain_free(old);
}

static void
batch(struct batcher *w, size_t size)
{
	struct object *made[BATCH_MAX];
	unsigned i, n;

	/* The smaller, the more. */
	n = (unsigned)(BATCH_MAX * 16 / (size + 16) + 8);
	for (i = 0; i < n; i++)
		made[i] = object_new(size + i % 8);
	for (i = 0; i < n; i += 8) {
		keep(w, made[i]);
		made[i] = NULL;
	}
	if (rng_below(&w->rng, 4) == 0) {
		for (i = n; i-- > 0;)
			if (made[i] != NULL)
				object_free(made[i]);
	} else {
		for (i = 0; i < n; i++)
			if (made[i] != NULL)
				object_free(made[i]);
	}
}

static void *
batcher_run(void *arg)
{
	struct batcher *w;
	size_t round;
	unsigned i;

	w = arg;
	for (round = 0; round < w->rounds; round++)
		for (i = 0; i < SIZES * ROUNDS; i++)
			batch(w, sizes[i % SIZES]);
	for (i = 0; i < KEPT; i++)
		chain_free(w->kept[i]);
	return (NULL);
}

static void
batches(unsigned threads, unsigned percent)
{
	static struct batcher workers[THREADS];
	unsigned i;

	for (i = 0; i < threads; i++) {
		workers[i] = (struct batcher){
			.rounds = work_share(480, percent) / threads + 1,
			.leaves = threads > 1,
			.rng.state = 0x5eed0030 + i,
		};
	}
	if (threads == 1)
		batcher_run(&workers[0]);
	else
		work_threads(threads, batcher_run, workers,
		    sizeof(workers[0]));
	for (i = 0; i < BOXES; i++)
		chain_free(atomic_exchange(&boxes[i], NULL));
}

void
work_batch(unsigned percent)
{

	batches(1, percent);
}

void
work_batch8(unsigned percent)
{

	batches(THREADS, percent);
}

/* As many as are said, all of one size, then none, and again. */
static void *
simple_run(void *arg)
{
	static const unsigned counts[] = { 25, 100, 400, 1600 };
	struct object *made[1600];
	struct batcher *w;
	size_t round, size;
	unsigned i, k, n;

	w = arg;
	for (round = 0; round < w->rounds; round++) {
		for (k = 0; k < 4; k++) {
			n = counts[k];
			size = sizes[(round + k) % SIZES];
			for (i = 0; i < n; i++)
				made[i] = object_new(size);
			for (i = 0; i < n; i++)
				object_free(made[i]);
		}
	}
	return (NULL);
}

void
work_simple(unsigned percent)
{
	struct batcher w = { .rounds = work_share(12000, percent) };

	simple_run(&w);
}
