/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Small objects that are written again and again, where two that share a
 * line would be dear: scratch begins with neighbours that one thread made
 * and gave to the others, thrash does not.
 */

#include <stdbool.h>

#include "work.h"

#define	THREADS		4
#define	WRITES		1000

struct writer {
	_Alignas(128) struct object *given;
	size_t		rounds;
};

static void *
writer_run(void *arg)
{
	struct object *o;
	struct writer *w;
	size_t round;
	unsigned i;

	w = arg;
	if (w->given != NULL)
		object_free(w->given);
	for (round = 0; round < w->rounds; round++) {
		o = object_new(OBJECT_MIN);
		for (i = 0; i < WRITES; i++)
			*(volatile uint64_t *)&o->mark += 1;
		o->mark -= WRITES;
		object_free(o);
	}
	return (NULL);
}

static void
writers(bool given, unsigned percent)
{
	struct writer workers[THREADS];
	unsigned i;

	for (i = 0; i < THREADS; i++) {
		workers[i].given = given ? object_new(OBJECT_MIN) : NULL;
		workers[i].rounds = work_share(1000000, percent) / THREADS;
	}
	work_threads(THREADS, writer_run, workers, sizeof(workers[0]));
}

void
work_scratch(unsigned percent)
{

	writers(true, percent);
}

void
work_thrash(unsigned percent)
{

	writers(false, percent);
}
