/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Small objects on one thread: short lives in order, and a window of many
 * objects that are replaced at random, where the cache misses are.
 */

#include "work.h"

#define	DEPTH		32
#define	SIZES		256
#define	WINDOW		100000

/* Sizes are drawn beforehand: drawing one costs as much as a malloc. */
static void
draw_sizes(size_t *sizes, size_t low, size_t high)
{
	struct rng rng = { 0x5eed0001 };
	unsigned i;

	for (i = 0; i < SIZES; i++)
		sizes[i] = rng_between(&rng, low, high);
}

void
work_lifo(unsigned percent)
{
	struct object *stack[DEPTH];
	size_t sizes[SIZES];
	size_t n, round;
	unsigned i;

	draw_sizes(sizes, OBJECT_MIN, 256);
	n = work_share(1000000, percent);
	for (round = 0; round < n; round++) {
		for (i = 0; i < DEPTH; i++)
			stack[i] = object_new(
			    sizes[(round * DEPTH + i) % SIZES]);
		while (i-- > 0)
			object_free(stack[i]);
	}
}

void
work_fifo(unsigned percent)
{
	struct object *ring[DEPTH] = { NULL };
	size_t sizes[SIZES];
	size_t i, n;

	draw_sizes(sizes, OBJECT_MIN, 256);
	n = work_share(32000000, percent);
	for (i = 0; i < n; i++) {
		if (ring[i % DEPTH] != NULL)
			object_free(ring[i % DEPTH]);
		ring[i % DEPTH] = object_new(sizes[i % SIZES]);
	}
	for (i = 0; i < DEPTH; i++) {
		if (ring[i] != NULL)
			object_free(ring[i]);
	}
}

static void
window(size_t low, size_t high, size_t n)
{
	static struct object *slots[WINDOW];
	struct rng rng = { 0x5eed0002 };
	size_t sizes[SIZES];
	size_t i, k;

	draw_sizes(sizes, low, high);
	for (i = 0; i < WINDOW; i++)
		slots[i] = object_new(sizes[i % SIZES]);
	for (i = 0; i < n; i++) {
		k = rng_below(&rng, WINDOW);
		object_free(slots[k]);
		slots[k] = object_new(sizes[i % SIZES]);
	}
	for (i = 0; i < WINDOW; i++)
		object_free(slots[i]);
}

void
work_window64(unsigned percent)
{

	window(64, 64, work_share(10000000, percent));
}

void
work_window256(unsigned percent)
{

	window(256, 256, work_share(6000000, percent));
}

void
work_window1024(unsigned percent)
{

	window(1024, 1024, work_share(4000000, percent));
}

void
work_windowmix(unsigned percent)
{

	window(OBJECT_MIN, 1024, work_share(4000000, percent));
}
