/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the workloads share: a generator of random numbers that gives every
 * allocator the same sequence, objects that carry a mark, and threads.
 */

#ifndef _PERF_WORK_H_
#define	_PERF_WORK_H_

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define	OBJECT_MIN	sizeof(struct object)

/* The first bytes of every object; the rest is the program's, untouched. */
struct object {
	uint64_t	mark;
	struct object	*next;
};

struct rng {
	uint64_t	state;
};

/* A workload does the given per cent of its full work, once. */
typedef void	work_fn(unsigned percent);

struct workload {
	const char	*name;
	work_fn		*run;
	const char	*what;
};

/* work_small.c */
work_fn	work_lifo, work_fifo;
work_fn	work_window64, work_window256, work_window1024, work_windowmix;
/* work_pass.c */
work_fn	work_handoff, work_handoff4, work_churn, work_churn4;
/* work_pass_queue.c, work_pass_slots.c, work_pass_server.c */
work_fn	work_pass8, work_fanout, work_heirs, work_heirs8;
work_fn	work_server8, work_server32;
/* work_mixed.c */
work_fn	work_mixed1, work_mixed2, work_mixed8;
/* work_large.c */
work_fn	work_large64k, work_large1m, work_largemix, work_huge;
/* work_grow.c */
work_fn	work_grow, work_growfill, work_vectors, work_lines;
/* work_calloc.c */
work_fn	work_calloc, work_callocbig;
/* work_refill.c */
work_fn	work_refill, work_cache;
/* work_batch.c, work_scratch.c */
work_fn	work_batch, work_batch8, work_simple, work_scratch, work_thrash;
/* work_replace.c */
work_fn	work_replace, work_replace4, work_stress8, work_rounds8;
/* work_program.c */
work_fn	work_numbers, work_cubes, work_bodies, work_nodes4, work_blocks;

_Noreturn void	work_fail(const char *what);
void		work_threads(unsigned n, void *(*run)(void *), void *args,
		    size_t argsize);
void		probe_print(void);

static inline uint64_t
rng_next(struct rng *rng)
{
	uint64_t x;

	x = rng->state;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	rng->state = x;
	return (x * 0x2545f4914f6cdd1dULL);
}

static inline size_t
rng_below(struct rng *rng, size_t n)
{

	return ((size_t)(((rng_next(rng) >> 32) * (uint64_t)n) >> 32));
}

static inline size_t
rng_between(struct rng *rng, size_t low, size_t high)
{

	return (low + rng_below(rng, high - low + 1));
}

/* Every doubling from low is as likely as the next: many small, few large. */
static inline size_t
rng_log(struct rng *rng, size_t low, unsigned doublings)
{

	low <<= rng_below(rng, doublings);
	return (rng_between(rng, low, 2 * low - 1));
}

static inline uint64_t
object_mark(const void *p)
{

	return ((uint64_t)(uintptr_t)p ^ 0xba5a17ba5a17ba5aULL);
}

static inline struct object *
object_new(size_t size)
{
	struct object *o;

	o = malloc(size);
	if (o == NULL)
		work_fail("no memory");
	o->mark = object_mark(o);
	o->next = NULL;
	return (o);
}

static inline void
object_check(const struct object *o)
{

	if (o->mark != object_mark(o))
		work_fail("an object was overwritten");
}

static inline void
object_free(struct object *o)
{

	object_check(o);
	free(o);
}

/* The work to do, of a full amount. */
static inline size_t
work_share(size_t full, unsigned percent)
{
	size_t n;

	n = full * percent / 100;
	return (n == 0 ? 1 : n);
}

#endif /* !_PERF_WORK_H_ */
