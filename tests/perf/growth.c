/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * growth KIND N: what an operation costs when something has grown to N.
 *
 * threads	N threads, each with objects of its own
 * passing	the same, but one object in eight is freed by another thread
 * beside	a live heap of N MiB, and a few objects that come and go
 * within	the same heap, any object of which may be the next to go
 * arenas	N arenas with an object each, and a thread of another one
 * calls	the same arenas, each of which is named by a call in its turn
 *
 * An operation is a malloc and a free.  It prints "ns" with the CPU time of
 * one; nothing, if the machine is too small or the allocator has no arenas.
 */

#include <sys/mman.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

#define	OPS		((size_t)4 << 20)
#define	THREADS_MAX	1024
#define	SLOTS		256		/* a thread's: 32 KiB of objects */
#define	SHARED		256
#define	MIB		((size_t)1 << 20)
#define	ARENA(i)	((int)((i) + 1) << 20)
#define	NO_CACHE	(1 << 8)

struct kind {
	const char	*name;
	double		(*run)(size_t n);
};

struct worker {
	struct rng	rng;
	size_t		ops;
	bool		passing;
	double		ns;
};

static pthread_barrier_t	ready;
static struct object *_Atomic	shared[SHARED];

_Noreturn void
work_fail(const char *what)
{

	fprintf(stderr, "growth: %s\n", what);
	exit(1);
}

static double
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

static size_t
small_size(struct rng *rng)
{

	return (rng_log(rng, OBJECT_MIN, 4));
}

static struct object *
pass(struct rng *rng, struct object *o)
{

	return (atomic_exchange_explicit(&shared[rng_below(rng, SHARED)], o,
	    memory_order_acq_rel));
}

/* Objects come and go in a few slots. */
static void
churn(struct object **slots, struct rng *rng, size_t ops, bool passing)
{
	struct object *o;
	size_t i, k;

	for (i = 0; i < ops; i++) {
		k = rng_below(rng, SLOTS);
		o = slots[k];
		if (passing && i % 8 == 0)
			o = pass(rng, o);
		if (o != NULL)
			object_free(o);
		slots[k] = object_new(small_size(rng));
	}
}

static void *
thread_run(void *arg)
{
	struct object *slots[SLOTS] = { NULL };
	struct worker *w = arg;
	unsigned i;

	churn(slots, &w->rng, w->ops / 8, w->passing);
	pthread_barrier_wait(&ready);
	w->ns = cpu_ns();
	churn(slots, &w->rng, w->ops, w->passing);
	w->ns = cpu_ns() - w->ns;
	for (i = 0; i < SLOTS; i++)
		if (slots[i] != NULL)
			object_free(slots[i]);
	return (NULL);
}

static double
threads(size_t n, bool passing)
{
	static struct worker w[THREADS_MAX];
	static pthread_t thread[THREADS_MAX];
	double sum = 0;
	size_t i;

	if (n > THREADS_MAX)
		work_fail("too many threads");
	pthread_barrier_init(&ready, NULL, (unsigned)n);
	for (i = 0; i < n; i++) {
		w[i] = (struct worker){ .ops = OPS / n, .passing = passing,
		    .rng = { 0x5eed0200 + i } };
		if (pthread_create(&thread[i], NULL, thread_run, &w[i]) != 0)
			work_fail("no thread");
	}
	for (i = 0; i < n; i++) {
		pthread_join(thread[i], NULL);
		sum += w[i].ns;
	}
	return (sum / (double)(OPS / n * n));
}

static double
run_threads(size_t n)
{

	return (threads(n, false));
}

static double
run_passing(size_t n)
{

	return (threads(n, true));
}

/* From the kernel: the table is no part of the heap. */
static void *
table(size_t size)
{
	void *p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		work_fail("no memory");
	return (p);
}

/*
 * 16 bytes to 1 MiB, each doubling as likely as the others: as many small
 * ones as a heap of so many MiB in large ones has.  Of each only the
 * beginning is touched, so 16 GiB of them are some hundred MiB of memory.
 */
static size_t
any_size(struct rng *rng)
{

	return (rng_log(rng, OBJECT_MIN, 16));
}

static struct object **
heap_make(size_t mib, struct rng *rng, size_t *n)
{
	struct object **heap;
	size_t size, sum = 0;

	*n = 0;
	if ((uint64_t)mib * MIB / 8 > (uint64_t)sysconf(_SC_AVPHYS_PAGES) *
	    (uint64_t)sysconf(_SC_PAGESIZE))
		return (NULL);
	heap = table(mib * MIB / 64);
	while (sum < mib * MIB) {
		size = any_size(rng);
		sum += size;
		heap[(*n)++] = object_new(size);
	}
	return (heap);
}

/* One in ten has gone, at random, so that there are holes everywhere. */
static double
run_beside(size_t mib)
{
	struct object *slots[SLOTS] = { NULL }, **heap;
	struct rng rng = { 0x5eed0300 };
	size_t i, n;
	double ns;

	heap = heap_make(mib, &rng, &n);
	if (heap == NULL)
		return (-1);
	for (i = 0; i < n; i++)
		if (rng_below(&rng, 10) == 0)
			object_free(heap[i]);
	churn(slots, &rng, OPS / 8, false);
	ns = cpu_ns();
	churn(slots, &rng, OPS, false);
	return ((cpu_ns() - ns) / (double)OPS);
}

static double
run_within(size_t mib)
{
	struct rng rng = { 0x5eed0400 };
	struct object **heap;
	size_t i, k, n;
	double ns = 0;

	heap = heap_make(mib, &rng, &n);
	if (heap == NULL)
		return (-1);
	for (i = 0; i < OPS / 8 + OPS / 16; i++) {
		if (i == OPS / 16)
			ns = cpu_ns();
		k = rng_below(&rng, n);
		object_free(heap[k]);
		heap[k] = object_new(any_size(&rng));
	}
	return ((cpu_ns() - ns) / (double)(OPS / 8));
}

static int	(*control)(const char *, void *, size_t *, void *, size_t);
static void	*(*alloc_flags)(size_t, int);
static void	(*free_flags)(void *, int);

/* The allocator's own functions, if it is one that has them. */
static void
symbol(const char *name, void *function)
{
	void *p = dlsym(RTLD_DEFAULT, name);

	memcpy(function, &p, sizeof(p));
}

/* Their numbers; NULL: there are none to be had. */
static unsigned *
arenas_make(size_t n)
{
	unsigned *arenas = table(n * sizeof(*arenas));
	size_t i, size;
	void *p;

	symbol("mallctl", &control);
	symbol("mallocx", &alloc_flags);
	symbol("dallocx", &free_flags);
	if (control == NULL || alloc_flags == NULL || free_flags == NULL)
		return (NULL);
	for (i = 0; i < n; i++) {
		size = sizeof(arenas[i]);
		if (control("arenas.create", &arenas[i], &size, NULL, 0) != 0)
			work_fail("no arena");
		p = alloc_flags(100, ARENA(arenas[i]) | NO_CACHE);
		if (p == NULL)
			work_fail("no memory");
	}
	return (arenas);
}

static double
run_arenas(size_t n)
{
	struct object *slots[SLOTS] = { NULL };
	struct rng rng = { 0x5eed0500 };
	double ns;

	if (arenas_make(n) == NULL)
		return (-1);
	churn(slots, &rng, OPS / 8, false);
	ns = cpu_ns();
	churn(slots, &rng, OPS, false);
	return ((cpu_ns() - ns) / (double)OPS);
}

static double
run_calls(size_t n)
{
	unsigned *arenas = arenas_make(n);
	struct rng rng = { 0x5eed0600 };
	double ns = 0;
	size_t i;
	void *p;
	int flags;

	if (arenas == NULL)
		return (-1);
	for (i = 0; i < OPS / 4 + OPS / 16; i++) {
		if (i == OPS / 16)
			ns = cpu_ns();
		flags = ARENA(arenas[i % n]) | NO_CACHE;
		p = alloc_flags(small_size(&rng), flags);
		if (p == NULL)
			work_fail("no memory");
		*(volatile char *)p = 1;
		free_flags(p, flags);
	}
	return ((cpu_ns() - ns) / (double)(OPS / 4));
}

static const struct kind kinds[] = {
	{ "threads", run_threads },
	{ "passing", run_passing },
	{ "beside", run_beside },
	{ "within", run_within },
	{ "arenas", run_arenas },
	{ "calls", run_calls },
};

int
main(int argc, char *argv[])
{
	double ns;
	unsigned i;
	long n = argc == 3 ? atol(argv[2]) : 0;

	for (i = 0; n > 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		ns = kinds[i].run((size_t)n);
		if (ns >= 0)
			printf("ns %.2f\n", ns);
		return (0);
	}
	fprintf(stderr, "usage: growth KIND N\n");
	return (2);
}
