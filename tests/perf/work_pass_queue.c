/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads that do nothing but allocate and threads that do nothing but free,
 * with a queue of batches between them.  The batches are allocated too.
 */

#include <pthread.h>

#include "work.h"

#define	BATCH		1024		/* objects handed over at once */
#define	RING		16		/* batches under way */
#define	BATCHES		8000
#define	PARTIES		9

struct batch {
	struct object	*object[BATCH];
};

/* Sleeps when it is full or empty, so that it takes no time itself. */
struct queue {
	pthread_mutex_t	lock;
	pthread_cond_t	taken;
	pthread_cond_t	put;
	struct batch	*batch[RING];
	unsigned	first;
	unsigned	count;
	unsigned	makers;		/* that have not finished yet */
};

struct party {
	_Alignas(128) struct queue *queue; /* a line of its own */
	size_t		batches;	/* to make; 0 for one that frees */
	unsigned	doublings;	/* of sizes, from 16 on */
	struct rng	rng;
};

static void
queue_put(struct queue *q, struct batch *batch)
{

	pthread_mutex_lock(&q->lock);
	while (q->count == RING)
		pthread_cond_wait(&q->taken, &q->lock);
	q->batch[(q->first + q->count++) % RING] = batch;
	pthread_cond_signal(&q->put);
	pthread_mutex_unlock(&q->lock);
}

/* NULL when the queue is empty and will stay so. */
static struct batch *
queue_take(struct queue *q)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&q->lock);
	while (q->count == 0 && q->makers > 0)
		pthread_cond_wait(&q->put, &q->lock);
	if (q->count > 0) {
		batch = q->batch[q->first];
		q->first = (q->first + 1) % RING;
		q->count--;
		pthread_cond_signal(&q->taken);
	}
	pthread_mutex_unlock(&q->lock);
	return (batch);
}

static void
queue_done(struct queue *q)
{

	pthread_mutex_lock(&q->lock);
	q->makers--;
	pthread_cond_broadcast(&q->put);
	pthread_mutex_unlock(&q->lock);
}

static struct batch *
batch_make(struct party *party)
{
	struct batch *batch;
	unsigned i;

	batch = malloc(sizeof(*batch));
	if (batch == NULL)
		work_fail("no memory");
	for (i = 0; i < BATCH; i++)
		batch->object[i] = object_new(rng_log(&party->rng, 16,
		    party->doublings));
	return (batch);
}

static void *
party_run(void *arg)
{
	struct party *party = arg;
	struct batch *batch;
	size_t b;
	unsigned i;

	for (b = 0; b < party->batches; b++)
		queue_put(party->queue, batch_make(party));
	if (party->batches > 0) {
		queue_done(party->queue);
		return (NULL);
	}
	while ((batch = queue_take(party->queue)) != NULL) {
		for (i = 0; i < BATCH; i++)
			object_free(batch->object[i]);
		free(batch);
	}
	return (NULL);
}

static void
pass(unsigned makers, unsigned takers, unsigned doublings, size_t batches)
{
	static struct queue queue = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.taken = PTHREAD_COND_INITIALIZER,
		.put = PTHREAD_COND_INITIALIZER,
	};
	struct party parties[PARTIES];
	unsigned i;

	queue.makers = makers;
	for (i = 0; i < makers + takers; i++) {
		parties[i].queue = &queue;
		parties[i].batches = i < makers ? batches / makers + 1 : 0;
		parties[i].doublings = doublings;
		parties[i].rng.state = 0x5eed0010 + i;
	}
	work_threads(makers + takers, party_run, parties, sizeof(parties[0]));
}

void
work_pass8(unsigned percent)
{

	pass(4, 4, 5, work_share(BATCHES, percent));
}

void
work_fanout(unsigned percent)
{

	pass(1, 8, 3, work_share(BATCHES, percent));
}
