/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Who wrote a line last stands in a table, in the place that the line's
 * number comes to: no structure needs a field for it.  Two lines in one place
 * forget each other, so what is counted as moved is a little too small.
 */
#include <stdatomic.h>

#include "os/self.h"
#include "os/tally.h"

#define	LINE_SHIFT	6
/* A line's number takes the rest of the word. */
#define	THREAD_BITS	22

/* Relaxed, all of it: numbers to look at, that order nothing. */
static _Atomic uint64_t counts[TALLY_COUNT];
static _Atomic uint64_t moves[TALLY_COUNT];
static _Atomic uint64_t last[1 << TALLY_PLACE_BITS];

void
_bas_tally_add(enum tally kind)
{

	atomic_fetch_add_explicit(&counts[kind], 1, memory_order_relaxed);
}

static uint64_t
scatter(uint64_t x)
{

	return (x * 0x9e3779b97f4a7c15);
}

void
_bas_tally_write(enum tally kind, const void *p)
{
	uint64_t line = (uintptr_t)p >> LINE_SHIFT, me, was;

	me = line << THREAD_BITS |
	    scatter((uintptr_t)self()) >> (64 - THREAD_BITS);
	was = atomic_exchange_explicit(&last[scatter(line) >>
	    (64 - TALLY_PLACE_BITS)], me, memory_order_relaxed);
	if (was != me && was >> THREAD_BITS == line)
		atomic_fetch_add_explicit(&moves[kind], 1,
		    memory_order_relaxed);
	_bas_tally_add(kind);
}

struct tally_count
_bas_tally_read(enum tally kind)
{
	struct tally_count count;

	count.n = atomic_load_explicit(&counts[kind], memory_order_relaxed);
	count.moved = atomic_load_explicit(&moves[kind],
	    memory_order_relaxed);
	return (count);
}
