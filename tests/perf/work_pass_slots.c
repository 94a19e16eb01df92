/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads that replace objects in slots of their own, and after a while leave
 * the slots to a new thread and end: so objects outlive who allocated them.
 */

#include <pthread.h>
#include <string.h>

#include "work.h"

#define	SLOTS		1000
#define	CHAINS_MAX	8
#define	OPERATIONS	16000000
#define	LIFE		20000	/* replacements until the next thread */

struct chain {
	_Alignas(128) struct object *slot[SLOTS];
	size_t		operations;	/* still to do */
	struct rng	rng;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static unsigned chains_left;

static void
chain_end(struct chain *chain)
{
	unsigned i;

	for (i = 0; i < SLOTS; i++)
		if (chain->slot[i] != NULL)
			object_free(chain->slot[i]);
	pthread_mutex_lock(&lock);
	chains_left--;
	pthread_cond_signal(&ended);
	pthread_mutex_unlock(&lock);
}

static void	chain_start(struct chain *);

static void *
chain_run(void *arg)
{
	struct chain *chain = arg;
	struct object **slot;
	size_t n = LIFE, i;

	if (n > chain->operations)
		n = chain->operations;
	for (i = 0; i < n; i++) {
		slot = &chain->slot[rng_below(&chain->rng, SLOTS)];
		if (*slot != NULL)
			object_free(*slot);
		*slot = object_new(rng_between(&chain->rng, 16, 1000));
	}
	chain->operations -= n;
	if (chain->operations > 0)
		chain_start(chain);
	else
		chain_end(chain);
	return (NULL);
}

static void
chain_start(struct chain *chain)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, chain_run, chain) != 0 ||
	    pthread_detach(thread) != 0)
		work_fail("no thread");
}

static void
slots(unsigned n, unsigned percent)
{
	static struct chain chains[CHAINS_MAX];
	unsigned i;

	memset(chains, 0, sizeof(chains));
	chains_left = n;
	for (i = 0; i < n; i++) {
		chains[i].operations = work_share(OPERATIONS, percent) / n +
		    1;
		chains[i].rng.state = 0x5eed0020 + i;
		chain_start(&chains[i]);
	}
	pthread_mutex_lock(&lock);
	while (chains_left > 0)
		pthread_cond_wait(&ended, &lock);
	pthread_mutex_unlock(&lock);
}

void
work_heirs(unsigned percent)
{

	slots(2, percent);
}

void
work_heirs8(unsigned percent)
{

	slots(CHAINS_MAX, percent);
}
