/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A bin's depot: objects that one thread has flushed and another is about
 * to ask for, as the pointers that they came in.
 *
 * Where some threads allocate and others free, each object would go from
 * its slab's bitmap to a stack and back into the bitmap.  By the depot
 * batches go from stack to stack: neither slabs nor their lists are
 * touched.  Objects in it are in use as far as their slabs know, and free
 * as the statistics count.
 *
 * It is used only while the thread that flushes is not the one that was
 * last refilled: a thread that frees its own objects gives them to their
 * slabs, where a second free is seen.  What lay in it for a while goes
 * to the slabs too (_bas_bin_pass).
 */
#ifndef BASALT_DEPOT_H
#define	BASALT_DEPOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "os/tally.h"

/*
 * Objects that fit at first and in the end, and their bytes.  Measured:
 * with 256 and 32 KiB in the end, workloads that pass objects on take 10 to
 * 15 % longer; with more than these they take no less.
 */
#define	DEPOT_FIRST		256
#define	DEPOT_FIRST_BYTES	((size_t)32 << 10)
#define	DEPOT_MAX		4096
#define	DEPOT_BYTES		((size_t)256 << 10)

#define	DEPOT_DRY	0x01	/* it had too little for somebody */
#define	DEPOT_USED	0x02	/* objects came, since the last pass */

struct bin;
struct slab;

/*
 * Written under the bin's lock.  Relaxed: who comes with a batch looks
 * before it takes the lock, and again after.
 */
struct depot {
	void		**object;	/* room of them, or NULL */
	_Atomic uint16_t n;
	_Atomic uint16_t room;
	uint16_t	least;		/* there were since the last pass */
	_Atomic uint8_t	flags;
	_Atomic uintptr_t taker;	/* self() of who was refilled last */
};

static inline unsigned
depot_count(const struct depot *depot)
{

	return (atomic_load_explicit(&depot->n, memory_order_relaxed));
}

static inline void
depot_set_count(struct depot *depot, unsigned n)
{

	tally_write(TALLY_DEPOT, depot);
	atomic_store_explicit(&depot->n, (uint16_t)n, memory_order_relaxed);
}

static inline unsigned
depot_flags(const struct depot *depot)
{

	return (atomic_load_explicit(&depot->flags, memory_order_relaxed));
}

static inline void
depot_set_flags(struct depot *depot, unsigned flags)
{

	atomic_store_explicit(&depot->flags, (uint8_t)flags,
	    memory_order_relaxed);
}

/* Up to n, the last that came at end[-1]; how many. */
static inline unsigned
depot_take(struct depot *depot, void **end, unsigned n)
{
	unsigned left = depot_count(depot);

	if (n > left) {
		depot_set_flags(depot, depot_flags(depot) | DEPOT_DRY);
		n = left;
	}
	if (n == 0)
		return (0);
	left -= n;
	depot_set_count(depot, left);
	if (depot->least > left)
		depot->least = (uint16_t)left;
	memcpy(end - n, depot->object + left, n * sizeof(void *));
	return (n);
}

/*
 * Give n objects of a class back: to the depot of the first one's bin, if
 * another thread was refilled there, and to their slabs otherwise.  What is
 * of other bins is moved to the front and its number returned: see
 * _bas_bin_flush.
 */
unsigned _bas_depot_hand(const struct bin *own, unsigned class,
	    void **objects, unsigned n, bool *due);
/* What nobody took out since the last time, or all, to the slabs. */
void	_bas_depot_drain(struct bin *bin, bool all, struct slab **empty);
/* It is empty, whatever was being done to it. */
void	_bas_depot_forget(struct depot *depot);

#endif /* !BASALT_DEPOT_H */
