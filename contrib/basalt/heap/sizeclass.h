/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * From a request to its class, and what a class is.
 *
 * Classes 1 to SC_NSMALL are objects in slabs, the others up to SC_NCLASS
 * runs of pages that a thread may cache.  What is larger has no class of
 * its own: the page map says SC_LARGE.
 */
#ifndef BASALT_SIZECLASS_H
#define	BASALT_SIZECLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/bits.h"
#include "util/config.h"

#define	SC_NONE		0	/* not ours */
#define	SC_NSMALL	57
#define	SC_NCLASS	81
#define	SC_LARGE	82	/* pages without a class */
#define	SC_HOST		83	/* a slab with guests: see lodge.h */
#define	SC_COUNT	84	/* values of the page map's bytes */

/*
 * Large classes, as the statistics number them: those above SC_NSMALL, then
 * four a doubling from 1.25 MiB to SC_SIZE_MAX.
 */
#define	SC_NLARGE	(SC_NCLASS - SC_NSMALL + 171)

#define	SC_QUANTUM	16
#define	SC_SMALL_MAX	((size_t)16 << 10)
#define	SC_CLASS_MAX	((size_t)1 << 20)
#define	SC_SMALL_SHIFT	14
/*
 * Up to here a class is looked up by the byte, then by the step, and above
 * SC_SMALL_MAX by the page: all steps between those classes are pages.
 */
#define	SC_TINY_MAX	((size_t)1024)
#define	SC_STEP		128
#define	SC_PAGE		((size_t)4096)
/* Requests above this are refused: no object crosses the sign bit. */
#define	SC_SIZE_MAX	((size_t)0x7000000000000000)

struct sizeclass {
	uint32_t	size;	/* bytes of an object */
	uint16_t	pages;	/* of 4 KiB, of its slab or run */
	uint16_t	nregs;	/* objects in them */
	uint32_t	magic;	/* ceiling of 2^32 / size: see slab_index */
};

/* Changed, if at all, by _bas_sizeclass_set_pages only. */
extern BASALT_HIDDEN struct sizeclass _bas_sizeclass[SC_NCLASS + 1];
extern const BASALT_HIDDEN uint8_t _bas_sizeclass_tiny[SC_TINY_MAX + 1];
extern const BASALT_HIDDEN uint8_t _bas_sizeclass_step[SC_SMALL_MAX /
    SC_STEP + 1];
extern const BASALT_HIDDEN uint8_t _bas_sizeclass_page[SC_CLASS_MAX /
    SC_PAGE + 1];

/*
 * Class of a request of up to SC_SMALL_MAX bytes, of 0 that of 1; SC_NONE,
 * whose stacks have no slots, above.  Most requests are tiny: they need no
 * arithmetic, and of the table only the lines of sizes that a program uses.
 */
static inline size_t
sizeclass_small(size_t size)
{

	if (likely(size <= SC_TINY_MAX))
		return (_bas_sizeclass_tiny[size]);
	if (likely(size <= SC_SMALL_MAX))
		return (_bas_sizeclass_step[(size + SC_STEP - 1) / SC_STEP]);
	return (SC_NONE);
}

/* Class of a request of more than SC_TINY_MAX, up to SC_CLASS_MAX bytes. */
static inline size_t
sizeclass_more(size_t size)
{

	if (likely(size <= SC_SMALL_MAX))
		return (_bas_sizeclass_step[(size + SC_STEP - 1) / SC_STEP]);
	return (_bas_sizeclass_page[(size + SC_PAGE - 1) / SC_PAGE]);
}

/* Class of a request of up to SC_CLASS_MAX bytes; of 0 that of 1. */
static inline unsigned
sizeclass_of(size_t size)
{

	return ((unsigned)(size <= SC_TINY_MAX ? _bas_sizeclass_tiny[size] :
	    sizeclass_more(size)));
}

/*
 * Class of size bytes, up to SC_CLASS_MAX, on a multiple of align, a power
 * of two up to a page.
 *
 * Objects of a slab lie on multiples of their size from a page on, and
 * runs on pages, so the class must have a size that is a multiple of
 * align.  That of size rounded up to align has: the steps between classes
 * are powers of two, so either they are multiples of align, or every
 * multiple of align is a class.
 */
static inline unsigned
sizeclass_aligned(size_t align, size_t size)
{

	return (sizeclass_of(ROUNDUP(size + (size == 0), align)));
}

/*
 * Is a request a tiny one that sizeclass_tiny_aligned() knows of?  Not one of
 * no bytes, nor one whose align, else a power of two, is 0 or large: they
 * make last all ones, or at least too large.
 */
static inline bool
sizeclass_is_tiny(size_t align, size_t size)
{

	return (((size - 1) | (align - 1)) < SC_TINY_MAX);
}

static inline size_t
sizeclass_tiny_aligned(size_t align, size_t size)
{

	return (_bas_sizeclass_tiny[((size - 1) | (align - 1)) + 1]);
}

/* Whether a request of size bytes, not 0 nor above SC_SMALL_MAX, has it. */
static inline bool
sizeclass_is(size_t size, size_t class)
{

	if (likely(size - 1 < SC_TINY_MAX))
		return (_bas_sizeclass_tiny[size] == class);
	return (size - 1 < SC_SMALL_MAX &&
	    _bas_sizeclass_step[(size + SC_STEP - 1) / SC_STEP] == class);
}

static inline size_t
sizeclass_size(unsigned class)
{

	return (_bas_sizeclass[class].size);
}

static inline size_t
sizeclass_slab_size(unsigned class)
{

	return ((size_t)_bas_sizeclass[class].pages * 4096);
}

static inline unsigned
sizeclass_nregs(unsigned class)
{

	return (_bas_sizeclass[class].nregs);
}

/* The large class (0 to SC_NLARGE - 1) of an object above SC_SMALL_MAX. */
static inline unsigned
sizeclass_large_of(size_t size)
{
	unsigned lg = bit_last(size - 1);

	return ((lg - SC_SMALL_SHIFT) * 4 +
	    (unsigned)((size - 1) >> (lg - 2) & 3));
}

/* The largest size of a large class, bytes. */
static inline size_t
sizeclass_large_size(unsigned large)
{
	unsigned lg = SC_SMALL_SHIFT + large / 4;

	return (((size_t)1 << lg) +
	    ((size_t)(large % 4 + 1) << (lg - 2)));
}

/*
 * Another number of pages for the slabs of a class, as near to it as there
 * can be: a slab has 1 to 16 pages and 1 to 1024 objects.  Before there is
 * a slab.
 */
void	_bas_sizeclass_set_pages(unsigned class, size_t npages);

#endif /* !BASALT_SIZECLASS_H */
