/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Guests: objects of one class in the holes of another one's slabs.
 *
 * After a program has freed many objects at random and asks for others of
 * another size, memory is there, but in slabs of the wrong class.  Where a
 * bin is more than a quarter free, a guest gets one free slot or a few that
 * adjoin in one of its slabs, the host.  All guests of a host at a time
 * are of one class.
 *
 * The pages of a host say SC_HOST in the page map, so the fast paths leave
 * it to slow ones to tell an object of the slab's own from a guest.
 */
#ifndef BASALT_LODGE_H
#define	BASALT_LODGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/slab.h"

struct arena;
struct bin;

/*
 * Of a slab, from its first guest to its end.  Written under the lock of
 * the slab's bin; class and bin change only where there is no guest, and
 * whoever reads them without the lock has one.
 */
struct lodge {
	struct bin	*bin;		/* that counts the guests */
	uint16_t	n;		/* guests */
	uint8_t		class;
	uint8_t		slots;		/* that each has */
	/*
	 * A bit a slot, 1: a guest begins there.  Relaxed: the bit of an
	 * object that is live was set before its address was known.
	 */
	_Atomic uint64_t head[];
};

/*
 * Objects of a class that has none left, as _bas_slab_take has it; 0: in
 * no hole, or the arena has unused pages, which are as good.
 */
unsigned _bas_lodge_take(struct arena *arena, unsigned shard, unsigned class,
	    void **end, unsigned n);
/* _bas_slab_give, of a slab that has a lodge. */
enum slab_error _bas_lodge_leave(struct slab *slab, const void *p);
/* A guest of the slab came back. */
void	_bas_lodge_count(const struct slab *slab);
/* Slots that guests have.  Under the lock of the bin. */
unsigned _bas_lodge_slots(const struct slab *slab);
/* Of a slab that goes. */
void	_bas_lodge_free(struct slab *slab);
bool	_bas_lodge_is_valid(const struct slab *slab);

#endif /* !BASALT_LODGE_H */
