/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * latency THREADS SECONDS: how long single calls of malloc and free take
 * when memory comes and goes in bursts.
 *
 * Each thread grows by a burst of objects of all sizes, frees most of it,
 * goes on slowly for some milliseconds, and so on; now and then it makes
 * and frees one large block.  Each call is timed by the clock on the wall
 * and counted in a histogram.
 *
 * A call during which the thread lost the processor is long through no
 * fault of the allocator's, so a call that takes long is also looked at by
 * the thread's CPU time, which counts what the kernel did for it but no
 * wait: "own" is the longest by that.  That clock is a system call, read
 * every few calls, so an "own" time can be too long by a few short calls.
 */

#include <sys/mman.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rss.h"
#include "work.h"

#define	THREADS_MAX	64
#define	BURST		((size_t)64 << 20)
#define	BLOCK		((size_t)256 << 20)
#define	SLOTS		((size_t)1 << 16)
#define	PAGE		4096
#define	QUIET_MS	20		/* between bursts */
#define	BLOCK_ROUNDS	8		/* one large block in so many bursts */
#define	LONG_NS		20000		/* look at the other clock */
#define	STRIDE		16		/* calls between looks at it */

/* Sixteen steps a doubling, exact below 16 ns. */
#define	STEPS		16
#define	BUCKETS		(STEPS * 40)

struct histogram {
	uint64_t	count[BUCKETS];
	uint64_t	total;
	uint64_t	worst;		/* ns by the wall */
	uint64_t	own;		/* ns by the thread's CPU time */
	uint64_t	slow;		/* calls above 1 ms of it */
};

struct worker {
	struct histogram allocs;
	struct histogram frees;
	struct rng	rng;
	uint64_t	cpu;		/* at the last look */
	unsigned	calls;		/* since then */
	unsigned	threads;
	uint64_t	end;
	struct object	**slots;
	size_t		n;
};

_Noreturn void
work_fail(const char *what)
{

	fprintf(stderr, "latency: %s\n", what);
	exit(1);
}

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static unsigned
bucket_of(uint64_t ns)
{
	unsigned lg;

	if (ns < STEPS)
		return ((unsigned)ns);
	lg = 63 - (unsigned)__builtin_clzll(ns);
	lg = (lg - 3) * STEPS + (unsigned)(ns >> (lg - 4) & (STEPS - 1));
	return (lg < BUCKETS ? lg : BUCKETS - 1);
}

/* The middle of a bucket. */
static double
bucket_ns(unsigned i)
{
	uint64_t low, step;

	if (i < STEPS)
		return (i);
	step = (uint64_t)1 << (i / STEPS - 1);
	low = (STEPS + i % STEPS) * step;
	return ((double)low + (double)(step - 1) / 2);
}

static void
look(struct worker *w)
{

	w->cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	w->calls = 0;
}

static void
note(struct worker *w, struct histogram *h, uint64_t ns)
{
	uint64_t before = w->cpu, own = ns;

	h->count[bucket_of(ns)]++;
	h->total++;
	if (ns > h->worst)
		h->worst = ns;
	if (ns < LONG_NS)
		return;
	look(w);
	if (w->cpu - before < own)
		own = w->cpu - before;
	if (own > h->own)
		h->own = own;
	if (own > 1000000)
		h->slow++;
}

static struct object *
timed_malloc(struct worker *w, size_t size)
{
	struct object *o;
	uint64_t begin;

	if (++w->calls >= STRIDE)
		look(w);
	begin = clock_ns(CLOCK_MONOTONIC);
	o = malloc(size);
	note(w, &w->allocs, clock_ns(CLOCK_MONOTONIC) - begin);
	if (o == NULL)
		work_fail("no memory");
	o->mark = object_mark(o);
	return (o);
}

static void
timed_free(struct worker *w, struct object *o)
{
	uint64_t begin;

	object_check(o);
	if (++w->calls >= STRIDE)
		look(w);
	begin = clock_ns(CLOCK_MONOTONIC);
	free(o);
	note(w, &w->frees, clock_ns(CLOCK_MONOTONIC) - begin);
}

/* Its pages have memory from now on; what that costs is not the call's. */
static void
touch(struct worker *w, struct object *o, size_t size)
{
	size_t i;

	for (i = PAGE; i < size; i += PAGE)
		((volatile char *)o)[i] = 1;
	look(w);
}

/* Most are small; one in 64 is of any size up to 4 MiB. */
static size_t
size_draw(struct rng *rng)
{

	if (rng_below(rng, 64) == 0)
		return (rng_log(rng, 4096, 10));
	return (rng_log(rng, OBJECT_MIN, 8));
}

static void
grow(struct worker *w)
{
	struct object *o;
	size_t size, sum;

	for (sum = 0; sum < BURST && w->n < SLOTS; sum += size) {
		size = size_draw(&w->rng);
		o = timed_malloc(w, size);
		if (size > PAGE)
			touch(w, o, size);
		w->slots[w->n++] = o;
	}
}

/* Nine in ten. */
static void
shrink(struct worker *w)
{
	size_t i, kept = 0;

	for (i = 0; i < w->n; i++) {
		if (rng_below(&w->rng, 10) == 0)
			w->slots[kept++] = w->slots[i];
		else
			timed_free(w, w->slots[i]);
	}
	w->n = kept;
}

static void
quiet(struct worker *w)
{
	unsigned i;

	for (i = 0; i < QUIET_MS; i++) {
		rss_pause_ms(1);
		look(w);
		timed_free(w, timed_malloc(w, size_draw(&w->rng)));
	}
}

static void *
run(void *arg)
{
	struct worker *w = arg;
	struct object *o;
	unsigned round;

	look(w);
	for (round = 0; clock_ns(CLOCK_MONOTONIC) < w->end; round++) {
		grow(w);
		shrink(w);
		if (round % BLOCK_ROUNDS == 0) {
			o = timed_malloc(w, BLOCK / w->threads);
			touch(w, o, BLOCK / w->threads);
			timed_free(w, o);
		}
		quiet(w);
	}
	return (NULL);
}

static void
merge(struct histogram *sum, const struct histogram *h)
{
	unsigned i;

	for (i = 0; i < BUCKETS; i++)
		sum->count[i] += h->count[i];
	sum->total += h->total;
	sum->slow += h->slow;
	if (h->worst > sum->worst)
		sum->worst = h->worst;
	if (h->own > sum->own)
		sum->own = h->own;
}

static double
quantile(const struct histogram *h, double share)
{
	uint64_t want = (uint64_t)((double)h->total * share), n = 0;
	unsigned i;

	for (i = 0; i < BUCKETS - 1; i++) {
		n += h->count[i];
		if (n > want)
			break;
	}
	return (bucket_ns(i));
}

static void
print(const char *name, const struct histogram *h)
{

	printf("%s_p50_ns %.0f\n%s_p99_ns %.0f\n%s_p999_ns %.0f\n"
	    "%s_worst_us %.1f\n%s_own_us %.1f\n%s_slow %llu\n%s_calls %llu\n",
	    name, quantile(h, 0.5), name, quantile(h, 0.99),
	    name, quantile(h, 0.999), name, (double)h->worst / 1e3,
	    name, (double)h->own / 1e3, name, (unsigned long long)h->slow,
	    name, (unsigned long long)h->total);
}

/* From the kernel: the tables are no part of what is measured. */
static void *
table(size_t size)
{
	void *p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	if (p == MAP_FAILED)
		work_fail("no memory");
	memset(p, 0, size);
	return (p);
}

int
main(int argc, char *argv[])
{
	pthread_t thread[THREADS_MAX];
	struct worker *workers;
	unsigned i, n = argc == 3 ? (unsigned)atoi(argv[1]) : 0;

	if (n < 1 || n > THREADS_MAX) {
		fprintf(stderr, "usage: latency THREADS SECONDS\n");
		return (2);
	}
	workers = table(n * sizeof(*workers));
	for (i = 0; i < n; i++) {
		workers[i].rng.state = 0x5eed0100 + i;
		workers[i].threads = n;
		workers[i].slots = table(SLOTS * sizeof(struct object *));
		workers[i].end = clock_ns(CLOCK_MONOTONIC) +
		    (uint64_t)atoi(argv[2]) * 1000000000;
	}
	for (i = 1; i < n; i++)
		if (pthread_create(&thread[i], NULL, run, &workers[i]) != 0)
			work_fail("no thread");
	(void)run(&workers[0]);
	for (i = 1; i < n; i++) {
		pthread_join(thread[i], NULL);
		merge(&workers[0].allocs, &workers[i].allocs);
		merge(&workers[0].frees, &workers[i].frees);
	}
	print("malloc", &workers[0].allocs);
	print("free", &workers[0].frees);
	printf("peak_kib %ld\n", rss_peak_kib());
	return (0);
}
