/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Objects of many pages.  The pairs show what the allocator itself costs;
 * the others use a part of what they asked for, so what they measure is
 * also how many pages the kernel has to fill again.
 */

#include "work.h"

#define	KIB		((size_t)1024)
#define	MIB		(1024 * KIB)
#define	STEP		(4 * KIB)
#define	LIVE		64

static void
pairs(size_t size, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		object_free(object_new(size));
}

/* Touch a page's worth each STEP, in the first part of the object. */
static void
use(struct object *o, size_t bytes)
{
	volatile char *p;
	size_t at;

	p = (volatile char *)o;
	for (at = STEP; at < bytes; at += STEP)
		p[at] = (char)at;
}

static void
window(size_t low, unsigned doublings, size_t live, size_t n)
{
	struct object *slots[LIVE] = { NULL };
	struct rng rng = { 0x5eed0006 };
	size_t i, k, size;

	for (i = 0; i < n; i++) {
		k = rng_below(&rng, live);
		if (slots[k] != NULL)
			object_free(slots[k]);
		size = rng_log(&rng, low, doublings);
		slots[k] = object_new(size);
		use(slots[k], size / 8);
	}
	for (k = 0; k < live; k++) {
		if (slots[k] != NULL)
			object_free(slots[k]);
	}
}

void
work_large64k(unsigned percent)
{

	pairs(64 * KIB, work_share(3000000, percent));
}

void
work_large1m(unsigned percent)
{

	pairs(MIB, work_share(1000000, percent));
}

void
work_largemix(unsigned percent)
{

	window(8 * KIB, 7, LIVE, work_share(500000, percent));
}

void
work_huge(unsigned percent)
{

	window(4 * MIB, 4, 4, work_share(500, percent));
}
