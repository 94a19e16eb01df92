/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Objects that are freed by another thread than allocated them, and threads
 * that come, allocate a little and go.
 */

#include <pthread.h>
#include <string.h>

#include "work.h"

#define	BATCH		256		/* objects handed over at once */
#define	RING		16		/* batches under way */
#define	LIVE		100
#define	CALLS		1000
#define	CHURN_MAX	4

/*
 * A bounded queue that sleeps when it is full or empty: spinning would show
 * up as time of the allocator.
 */
struct queue {
	pthread_mutex_t	lock;
	pthread_cond_t	changed;
	struct object	*batch[RING][BATCH];
	unsigned	first;
	unsigned	count;
	unsigned	makers;		/* that have not finished yet */
};

struct party {
	_Alignas(128) struct queue *queue; /* a line of its own */
	size_t		batches;	/* to make; 0 for one that frees */
	struct rng	rng;
};

struct visitor {
	_Alignas(128) struct rng rng;
};

static void
queue_put(struct queue *q, struct object *const *batch)
{

	pthread_mutex_lock(&q->lock);
	while (q->count == RING)
		pthread_cond_wait(&q->changed, &q->lock);
	memcpy(q->batch[(q->first + q->count) % RING], batch,
	    sizeof(q->batch[0]));
	if (q->count++ == 0)
		pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

/* False when the queue is empty and will stay so. */
static int
queue_take(struct queue *q, struct object **batch)
{
	int taken;

	pthread_mutex_lock(&q->lock);
	while (q->count == 0 && q->makers > 0)
		pthread_cond_wait(&q->changed, &q->lock);
	taken = q->count > 0;
	if (taken) {
		memcpy(batch, q->batch[q->first], sizeof(q->batch[0]));
		q->first = (q->first + 1) % RING;
		if (q->count-- == RING)
			pthread_cond_broadcast(&q->changed);
	}
	pthread_mutex_unlock(&q->lock);
	return (taken);
}

static void
queue_done(struct queue *q)
{

	pthread_mutex_lock(&q->lock);
	q->makers--;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

static void *
party_run(void *arg)
{
	struct object *batch[BATCH];
	struct party *party;
	size_t b;
	unsigned i;

	party = arg;
	if (party->batches == 0) {
		while (queue_take(party->queue, batch)) {
			for (i = 0; i < BATCH; i++)
				object_free(batch[i]);
		}
		return (NULL);
	}
	for (b = 0; b < party->batches; b++) {
		for (i = 0; i < BATCH; i++)
			batch[i] = object_new(
			    rng_between(&party->rng, 32, 96));
		queue_put(party->queue, batch);
	}
	queue_done(party->queue);
	return (NULL);
}

static void
handoff(unsigned makers, size_t batches)
{
	static struct queue queue = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	struct party parties[4];
	unsigned i;

	queue.makers = makers;
	for (i = 0; i < 2 * makers; i++) {
		parties[i].queue = &queue;
		parties[i].batches = i < makers ? batches / makers : 0;
		parties[i].rng.state = 0x5eed0003 + i;
	}
	work_threads(2 * makers, party_run, parties, sizeof(parties[0]));
}

void
work_handoff(unsigned percent)
{

	handoff(1, work_share(20000, percent));
}

void
work_handoff4(unsigned percent)
{

	handoff(2, work_share(20000, percent));
}

static void *
visitor_run(void *arg)
{
	struct object *live[LIVE] = { NULL };
	struct visitor *visitor;
	size_t k;
	unsigned i;

	visitor = arg;
	for (i = 0; i < CALLS; i++) {
		k = i % LIVE;
		if (live[k] != NULL)
			object_free(live[k]);
		live[k] = object_new(rng_log(&visitor->rng, 16, 6));
	}
	for (k = 0; k < LIVE; k++)
		object_free(live[k]);
	return (NULL);
}

static void
churn(unsigned together, size_t threads)
{
	struct visitor visitors[CHURN_MAX];
	size_t i;
	unsigned k;

	for (i = 0; i < threads; i += together) {
		for (k = 0; k < together; k++)
			visitors[k].rng.state = 0x5eed0004 + i + k;
		work_threads(together, visitor_run, visitors,
		    sizeof(visitors[0]));
	}
}

void
work_churn(unsigned percent)
{

	churn(1, work_share(4000, percent));
}

void
work_churn4(unsigned percent)
{

	churn(CHURN_MAX, work_share(4000, percent));
}
