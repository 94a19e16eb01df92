/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads of a server: each request has a buffer that grows as it is read,
 * a tree of small objects, a record that goes into a table that all threads
 * share, in place of one that some other has made, and an answer that
 * another thread sends and frees.
 */

#include <stdatomic.h>

#include "work.h"

#define	REQUESTS	500000
#define	THREADS		32
#define	TABLE		8192
#define	OUTBOX		64
#define	NODES		24

/* What is exchanged is never read by two at once. */
static _Atomic(struct object *) table[TABLE], outbox[OUTBOX];

struct server {
	_Alignas(128) size_t requests;
	struct rng	rng;
};

static void
swap_free(_Atomic(struct object *) *place, struct object *o)
{

	o = atomic_exchange(place, o);
	if (o != NULL)
		object_free(o);
}

/* The request as it is read: a buffer that doubles up to its length. */
static void *
request_read(struct rng *rng)
{
	size_t length = rng_log(rng, 512, 4), size = 512;
	char *buffer = malloc(size), *more;

	while (buffer != NULL && size < length) {
		size *= 2;
		more = realloc(buffer, size);
		if (more == NULL)
			break;
		buffer = more;
	}
	if (buffer == NULL)
		work_fail("no memory");
	buffer[0] = buffer[size - 1] = 1;
	return (buffer);
}

static void *
server_run(void *arg)
{
	struct server *server = arg;
	struct rng *rng = &server->rng;
	struct object *node[NODES];
	size_t r;
	void *buffer;
	unsigned i, n;

	for (r = 0; r < server->requests; r++) {
		buffer = request_read(rng);
		n = (unsigned)rng_between(rng, 4, NODES);
		for (i = 0; i < n; i++)
			node[i] = object_new(rng_log(rng, 16, 3));
		swap_free(&table[rng_below(rng, TABLE)],
		    object_new(rng_log(rng, 64, 4)));
		swap_free(&outbox[rng_below(rng, OUTBOX)],
		    object_new(rng_log(rng, 256, 5)));
		for (i = 0; i < n; i++)
			object_free(node[i]);
		free(buffer);
	}
	return (NULL);
}

static void
place_free(_Atomic(struct object *) *place, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		swap_free(&place[i], NULL);
}

static void
serve(unsigned threads, unsigned percent)
{
	struct server servers[THREADS];
	unsigned i;

	for (i = 0; i < threads; i++) {
		servers[i].requests = work_share(REQUESTS, percent) /
		    threads + 1;
		servers[i].rng.state = 0x5eed0030 + i;
	}
	work_threads(threads, server_run, servers, sizeof(servers[0]));
	place_free(table, TABLE);
	place_free(outbox, OUTBOX);
}

void
work_server8(unsigned percent)
{

	serve(8, percent);
}

void
work_server32(unsigned percent)
{

	serve(THREADS, percent);
}
