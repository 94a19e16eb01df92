/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * realloc: one buffer that grows very large by quarters, hardly used or
 * filled as it grows, and many vectors that grow side by side.
 */

#include "work.h"

#define	MIB		((size_t)1024 * 1024)
#define	PAGE		4096
#define	VECTORS		1000

struct vector {
	uint64_t	*words;
	size_t		used;		/* words */
	size_t		room;		/* words */
	size_t		end;		/* words, when it dies */
};

static struct object *
grown(struct object *o, size_t size)
{
	uint64_t mark;

	mark = object_mark(o);
	o = realloc(o, size);
	if (o == NULL)
		work_fail("no memory");
	if (o->mark != mark)
		work_fail("realloc lost the contents");
	o->mark = object_mark(o);
	return (o);
}

static void
quarters(size_t limit, size_t n, int fill)
{
	struct object *o;
	size_t at, i, old, size;

	for (i = 0; i < n; i++) {
		size = OBJECT_MIN;
		o = object_new(size);
		while (size < limit) {
			old = size;
			size += size / 4 + 1;
			o = grown(o, size);
			for (at = old; fill && at < size; at += PAGE)
				((volatile char *)o)[at] = (char)at;
			((volatile char *)o)[size - 1] = (char)size;
		}
		/* The mark's own check: the object may have moved. */
		object_free(o);
	}
}

void
work_grow(unsigned percent)
{

	quarters(64 * MIB, work_share(8, percent), 0);
}

void
work_growfill(unsigned percent)
{

	quarters(16 * MIB, work_share(16, percent), 1);
}

/* Half of the vectors double, the other half add a half. */
static void
vector_push(struct vector *v, int doubles, uint64_t word)
{

	if (v->used == v->room) {
		v->room = v->room == 0 ? 4 :
		    doubles ? 2 * v->room : v->room + v->room / 2;
		v->words = realloc(v->words, v->room * sizeof(uint64_t));
		if (v->words == NULL)
			work_fail("no memory");
	}
	v->words[v->used++] = word;
}

static void
vector_end(struct vector *v)
{
	size_t i;

	for (i = 0; i < v->used; i += 16) {
		if (v->words[i] != i)
			work_fail("a vector was overwritten");
	}
	free(v->words);
	v->words = NULL;
	v->used = v->room = 0;
}

void
work_vectors(unsigned percent)
{
	static struct vector vectors[VECTORS];
	struct rng rng = { 0x5eed0007 };
	struct vector *v;
	size_t i, k, n;
	unsigned burst;

	n = work_share(6000000, percent);
	for (i = 0; i < n; i++) {
		k = rng_below(&rng, VECTORS);
		v = &vectors[k];
		if (v->end == 0)
			v->end = rng_log(&rng, 4, 10);
		for (burst = 0; burst < 8 && v->used < v->end; burst++)
			vector_push(v, k % 2 == 0, v->used);
		if (v->used == v->end) {
			vector_end(v);
			v->end = 0;
		}
	}
	for (k = 0; k < VECTORS; k++)
		vector_end(&vectors[k]);
}
