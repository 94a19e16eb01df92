/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * realloc: one buffer that grows very large by quarters, hardly used or
 * filled as it grows, many vectors that grow side by side, and an array that
 * grows by little among small objects.
 */

#include "work.h"

#define	MIB		((size_t)1024 * 1024)
#define	PAGE		4096
#define	VECTORS		1000
#define	LINES		400000
#define	LINES_STEP	64

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

/*
 * As a program that reads lines to sort them: small objects, and between them
 * one array of pointers that grows by a few at a time.
 */
void
work_lines(unsigned percent)
{
	struct object **lines = NULL;
	struct rng rng = { 0x5eed0009 };
	size_t i, n;

	n = work_share(LINES, percent);
	for (i = 0; i < n; i++) {
		if (i % LINES_STEP == 0) {
			lines = realloc(lines, (i + LINES_STEP) *
			    sizeof(lines[0]));
			if (lines == NULL)
				work_fail("no memory");
		}
		lines[i] = object_new(rng_between(&rng, OBJECT_MIN, 80));
	}
	for (i = 0; i < n; i++)
		object_free(lines[i]);
	free(lines);
}
