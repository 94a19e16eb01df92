/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * calloc: small objects, where clearing is a memset, and large ones, where
 * an allocator that knows its fresh pages need not clear them.
 */

#include "work.h"

#define	KIB		((size_t)1024)
#define	LIVE		1000
#define	LIVE_BIG	16

/* Both ends must be zero although the place was used before. */
static struct object *
cleared(size_t size)
{
	const unsigned char *p;
	struct object *o;

	o = calloc(1, size);
	if (o == NULL)
		work_fail("no memory");
	p = (const unsigned char *)o;
	if (o->mark != 0 || o->next != NULL || p[size / 2] != 0 ||
	    p[size - 1] != 0)
		work_fail("calloc gave memory that is not zero");
	o->mark = object_mark(o);
	return (o);
}

static void
window(size_t low, unsigned doublings, size_t live, size_t n)
{
	static struct object *slots[LIVE];
	struct rng rng = { 0x5eed0008 };
	size_t at, i, k, size;
	volatile char *p;

	for (i = 0; i < n; i++) {
		k = rng_below(&rng, live);
		if (slots[k] != NULL)
			object_free(slots[k]);
		size = rng_log(&rng, low, doublings);
		slots[k] = cleared(size);
		/* Use a quarter of it, a line in each page. */
		p = (volatile char *)slots[k];
		for (at = 4 * KIB; at < size / 4; at += 4 * KIB)
			p[at] = 1;
		p[size - 1] = 1;
	}
	for (k = 0; k < live; k++) {
		if (slots[k] != NULL)
			object_free(slots[k]);
		slots[k] = NULL;
	}
}

void
work_calloc(unsigned percent)
{

	window(OBJECT_MIN, 6, LIVE, work_share(9000000, percent));
}

void
work_callocbig(unsigned percent)
{

	window(64 * KIB, 6, LIVE_BIG, work_share(4000, percent));
}
