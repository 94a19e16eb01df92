/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fill, free at random, refill with another size: what a cache server does
 * over the day.  The objects are on lists through themselves, so that the
 * peak is theirs and not a table's.
 */

#include "work.h"

#define	MIB		((size_t)1024 * 1024)
#define	FULL		(96 * MIB)

struct heap {
	struct object	*first;
	size_t		bytes;		/* asked for */
	struct rng	rng;
};

static void
fill(struct heap *heap, size_t limit, size_t low, size_t high)
{
	struct object *o;
	size_t size;

	while (heap->bytes < limit) {
		size = rng_between(&heap->rng, low, high);
		o = object_new(size);
		o->next = heap->first;
		heap->first = o;
		heap->bytes += size;
	}
}

/*
 * Free each object with a chance in a hundred.  The bytes that are left are
 * an expectation, the same for every allocator.
 */
static void
thin(struct heap *heap, unsigned chance)
{
	struct object *o, **link;

	link = &heap->first;
	while ((o = *link) != NULL) {
		object_check(o);
		if (rng_below(&heap->rng, 100) < chance) {
			*link = o->next;
			free(o);
		} else
			link = &o->next;
	}
	heap->bytes = heap->bytes * (100 - chance) / 100;
}

/* Values that become larger: what is free then lies in pieces too small. */
void
work_cache(unsigned percent)
{
	struct heap heap = { .rng = { 0x5eed000b } };
	size_t full = FULL * percent / 100;

	fill(&heap, full, 16, 1024);
	thin(&heap, 70);
	fill(&heap, full, 32, 2048);
	thin(&heap, 100);
}

/* The size of the heap stays at any percentage: its peak is the point. */
void
work_refill(unsigned percent)
{
	struct heap heap = { .rng = { 0x5eed0009 } };

	fill(&heap, FULL, 32, 96);
	thin(&heap, 70);
	fill(&heap, FULL, 128, 320);
	if (percent >= 50) {
		thin(&heap, 50);
		fill(&heap, FULL, 48, 1024);
	}
	thin(&heap, 100);
}
