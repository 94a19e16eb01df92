/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * From an address to what lies there.
 *
 * Two levels.  A leaf covers 4 GiB: a byte for each page of 4 KiB, which
 * is the size class of the object or slab there (0: not ours), and a
 * pointer for each superpage, its descriptor.  64 bytes of leaf cover
 * 256 KiB of heap, so free() finds the byte in the first-level cache.
 *
 * The root holds no pointers but offsets from one leaf that is never
 * written.  An entry of 0, as the program loader gives it, thus leads to
 * that leaf, where every class is 0, and free() needs no test for a leaf
 * that is not there.
 */
#ifndef BASALT_PAGEMAP_H
#define	BASALT_PAGEMAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "malloc_machdep.h"
#include "os/byte.h"
#include "util/config.h"

#define	PAGE_SHIFT	MACH_PAGE_SHIFT
#define	PAGE		((size_t)1 << PAGE_SHIFT)
#define	HUGE_SHIFT	MACH_HUGE_SHIFT
#define	HUGE		((size_t)1 << HUGE_SHIFT)
#define	HUGE_PAGES	(HUGE / PAGE)

#define	LEAF_SHIFT	32
#define	LEAF_PAGES	((size_t)1 << (LEAF_SHIFT - PAGE_SHIFT))
#define	LEAF_HUGES	((size_t)1 << (LEAF_SHIFT - HUGE_SHIFT))
#define	ROOT_LEAVES	((size_t)1 << (MACH_ADDRESS_BITS - LEAF_SHIFT))

struct huge;

/*
 * An entry is written before the address is handed out, and whoever has
 * the address got it from the thread that it was handed to, in an order
 * that the program itself made: so class[] needs no atomics, and free()
 * reads it with one instruction.  But where guests come and go (heap/lodge.h)
 * it changes under live objects, which either value will do for: so it is
 * read once (os/byte.h).  Descriptors are looked up for addresses
 * that may be anybody's, too.
 */
struct pagemap_leaf {
	uint8_t		class[LEAF_PAGES];
	/* Release, for who has an address from nobody: see pagemap_huge. */
	_Atomic(struct huge *) huge[LEAF_HUGES];
};

struct pagemap {
	/*
	 * Offsets in bytes from none.  Written once each, with release:
	 * the leaf is zero memory before it is found.
	 */
	_Atomic uintptr_t root[ROOT_LEAVES];
	struct pagemap_leaf none;
};

extern BASALT_HIDDEN struct pagemap _bas_pagemap;

/*
 * The offset is added to the map's address, not to that of none: so one
 * register serves to find the root's entry and the leaf.
 */
static inline struct pagemap_leaf *
pagemap_leaf(uintptr_t address)
{
	uintptr_t offset;

	/*
	 * Relaxed: who has an address of ours has it from who covered it, in
	 * the program's order; for others all use of the leaf depends on the
	 * offset's value, which processors keep in order.
	 */
	offset = atomic_load_explicit(&_bas_pagemap.root[address >> LEAF_SHIFT],
	    memory_order_relaxed);
	return (&((struct pagemap *)((uintptr_t)&_bas_pagemap + offset))->none);
}

/* Class of the page that p is in; 0 where it is not ours. */
static inline size_t
pagemap_class(const void *p)
{
	uintptr_t address = (uintptr_t)p;

	if (__builtin_expect(address >> LEAF_SHIFT >= ROOT_LEAVES, 0))
		return (0);
	return (byte_read(&pagemap_leaf(address)->class[
	    (uint32_t)address >> PAGE_SHIFT]));
}

/* Descriptor of the superpage that p is in; NULL where it is not ours. */
static inline struct huge *
pagemap_huge(const void *p)
{
	uintptr_t address = (uintptr_t)p;

	if (address >> LEAF_SHIFT >= ROOT_LEAVES)
		return (NULL);
	/* Relaxed: what is read of the descriptor depends on the pointer. */
	return (atomic_load_explicit(&pagemap_leaf(address)->huge[
	    (uint32_t)address >> HUGE_SHIFT], memory_order_relaxed));
}

/* Bytes of a leaf that a superpage has. */
#define	PAGEMAP_HUGE_BYTES	(HUGE_PAGES + sizeof(struct huge *))

/* Make the leaves that cover [base, base + size); false: no memory. */
bool	_bas_pagemap_cover(uintptr_t base, size_t size);
/* The leaf of each must be there. */
void	_bas_pagemap_set_huge(uintptr_t base, struct huge *huge);
void	_bas_pagemap_set_class(uintptr_t base, size_t npages, unsigned class);
size_t	_bas_pagemap_mapped(void);
/*
 * Bytes of it that are in memory when it covers so many bytes of heap: an
 * estimate, since parts of pages count together.
 */
size_t	_bas_pagemap_resident(size_t heap);

#endif /* !BASALT_PAGEMAP_H */
