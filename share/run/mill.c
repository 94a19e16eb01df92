/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * mill [-n rounds] [-t threads] [-w seconds]
 *
 * The allocation-heavy program of the demonstration: threads that take in
 * orders, work on them and hand them on, as a server does.
 *
 * An order is a small tree of nodes with texts of mixed length.  Each thread
 * keeps a table of orders, replaces one at random each round, grows some texts,
 * and passes every fourth order to its neighbour, which frees it.  After the
 * rounds all orders are freed, and the program idles for some seconds with an
 * allocation now and then, as a server without load does.
 *
 * Prints "time SECONDS peak BYTES" after the work, "after BYTES" after the
 * pause: what was resident then.
 */

#include <err.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define	NORDERS		6000	/* orders in a thread's table */
#define	NPASSED		64	/* orders under way to a neighbour */
#define	NNODES		24	/* nodes of an order, at most */
#define	MAXTHREADS	64

struct node {
	struct node	*next;
	char		*text;
	size_t		 len;
};

struct order {
	struct node	*first;
	uint64_t	 sum;
};

struct worker {
	pthread_t	 thread;
	pthread_mutex_t	 lock;		/* of passed */
	struct order	*passed[NPASSED];
	int		 npassed;
	uint64_t	 random;
	struct worker	*neighbour;
	struct order	*table[NORDERS];
};

static struct worker *workers;
static long nrounds = 400000;

static uint64_t
rng(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (w->random);
}

static void *
need(void *p)
{
	if (p == NULL)
		errx(1, "out of memory");
	return (p);
}

/* Mostly short, sometimes a page, now and then much more. */
static size_t
text_len(struct worker *w)
{
	uint64_t r;

	r = rng(w);
	if (r % 4096 == 0)
		return (r / 4096 % 300000 + 1);
	if (r % 64 == 0)
		return (r / 4096 % 8000 + 1);
	return (r / 4096 % 240 + 1);
}

static struct order *
order_new(struct worker *w)
{
	struct order *o;
	struct node *n;
	unsigned i, nnodes;

	o = need(calloc(1, sizeof(*o)));
	nnodes = (unsigned)(rng(w) % NNODES) + 1;
	for (i = 0; i < nnodes; i++) {
		n = need(malloc(sizeof(*n)));
		n->len = text_len(w);
		n->text = need(malloc(n->len));
		memset(n->text, (int)n->len, n->len);
		n->next = o->first;
		o->first = n;
		o->sum += (unsigned char)n->len;
	}
	return (o);
}

static void
order_free(struct order *o)
{
	struct node *n;
	uint64_t sum = 0;

	if (o == NULL)
		return;
	while ((n = o->first) != NULL) {
		sum += (unsigned char)n->text[0];
		o->first = n->next;
		free(n->text);
		free(n);
	}
	if (sum != o->sum)
		errx(1, "an order has changed on its way");
	free(o);
}

/* An answer is put together at the end of a text that grows. */
static void
order_answer(struct worker *w, struct order *o)
{
	struct node *n;
	size_t more;

	n = o->first;
	more = rng(w) % 100;
	n->text = need(realloc(n->text, n->len + more));
	memset(n->text + n->len, 0, more);
	n->len += more;
}

static void
order_pass(struct worker *to, struct order *o)
{
	struct order *batch[NPASSED];
	int i, n = 0;

	pthread_mutex_lock(&to->lock);
	if (to->npassed == NPASSED) {
		n = to->npassed;
		memcpy(batch, to->passed, sizeof(batch));
		to->npassed = 0;
	}
	to->passed[to->npassed++] = o;
	pthread_mutex_unlock(&to->lock);
	for (i = 0; i < n; i++)
		order_free(batch[i]);
}

static void
orders_receive(struct worker *w)
{
	struct order *batch[NPASSED];
	int i, n;

	pthread_mutex_lock(&w->lock);
	n = w->npassed;
	memcpy(batch, w->passed, sizeof(batch));
	w->npassed = 0;
	pthread_mutex_unlock(&w->lock);
	for (i = 0; i < n; i++)
		order_free(batch[i]);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct order **slot;
	long round;
	int i;

	for (round = 0; round < nrounds; round++) {
		slot = &w->table[rng(w) % NORDERS];
		if (*slot != NULL && round % 4 == 0)
			order_pass(w->neighbour, *slot);
		else
			order_free(*slot);
		*slot = order_new(w);
		order_answer(w, *slot);
		if (round % 16 == 0)
			orders_receive(w);
	}
	for (i = 0; i < NORDERS; i++)
		order_free(w->table[i]);
	return (NULL);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

static size_t
status_bytes(const char *key)
{
	char line[256];
	size_t kib = 0, len;
	FILE *f;

	f = fopen("/proc/self/status", "r");
	if (f == NULL)
		return (0);
	len = strlen(key);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, len) == 0)
			kib = strtoul(line + len, NULL, 10);
	}
	fclose(f);
	return (kib * 1024);
}

static void
idle(double until)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	void *p;
	size_t size;

	for (size = 16; now() < until; size = size < 65536 ? size * 2 : 16) {
		p = need(malloc(size));
		*(volatile char *)p = 1;
		free(p);
		nanosleep(&pause, NULL);
	}
}

int
main(int argc, char *argv[])
{
	double start, wait = 11;
	long i, nthreads = 4;
	int ch;

	while ((ch = getopt(argc, argv, "n:t:w:")) != -1) {
		switch (ch) {
		case 'n':
			nrounds = atol(optarg);
			break;
		case 't':
			nthreads = atol(optarg);
			break;
		case 'w':
			wait = atof(optarg);
			break;
		default:
			errx(2, "usage: mill [-n rounds] [-t threads]"
			    " [-w seconds]");
		}
	}
	if (nthreads < 1 || nthreads > MAXTHREADS)
		errx(2, "1 to %d threads", MAXTHREADS);

	start = now();
	workers = need(calloc((size_t)nthreads, sizeof(*workers)));
	for (i = 0; i < nthreads; i++) {
		pthread_mutex_init(&workers[i].lock, NULL);
		workers[i].random = (uint64_t)i * 0x9e3779b97f4a7c15 + 1;
		workers[i].neighbour = &workers[(i + 1) % nthreads];
	}
	for (i = 0; i < nthreads; i++) {
		if (pthread_create(&workers[i].thread, NULL, work,
		    &workers[i]) != 0)
			errx(1, "no thread");
	}
	for (i = 0; i < nthreads; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < nthreads; i++)
		orders_receive(&workers[i]);
	free(workers);
	printf("time %.3f peak %zu\n", now() - start, status_bytes("VmHWM:"));
	fflush(stdout);

	idle(now() + wait);
	printf("after %zu\n", status_bytes("VmRSS:"));
	return (0);
}
