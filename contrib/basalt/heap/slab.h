/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A run of pages cut into objects of one class.
 *
 * Which are free is a bitmap beside the pages, not in them: an overflow
 * cannot forge it, and a second free of the same object is seen.
 */
#ifndef BASALT_SLAB_H
#define	BASALT_SLAB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/sizeclass.h"
#include "meta/pagemap.h"

#define	SLAB_NONE	0xff	/* level of a slab on no list */
/* Bytes that processors pass to each other; MACH_CACHE_LINE is a pair. */
#define	SLAB_LINE	((size_t)MACH_CACHE_LINE / 2)

struct bin;
struct lodge;

/*
 * Under the lock of the bin.  bin, base, class and epoch never change
 * while an object of the slab is in use.
 */
struct slab {
	struct slab	*next;
	struct slab	*prev;
	struct bin	*bin;
	uintptr_t	base;
	/* NULL: it has had no guest.  Release and acquire: see lodge.c. */
	_Atomic(struct lodge *) lodge;
	uint32_t	epoch;		/* of the bin when it was made */
	uint16_t	nfree;
	uint8_t		class;
	uint8_t		level;		/* list of the bin, or SLAB_NONE */
	uint16_t	clean;		/* pages without memory, a bit each */
	uint8_t		stamp;		/* the bin's pass of the last change */
	bool		guarded;	/* see guard.h; set when it is made */
	uint64_t	free[];		/* a bit an object, 1: free */
};

enum slab_error {
	SLAB_OK,
	SLAB_GUEST,		/* no error: it was one (lodge.h) */
	SLAB_LOST,		/* nor this: a fork set the slab aside */
	SLAB_FREE,		/* the object is free already */
	SLAB_INSIDE		/* not the start of an object */
};

/* Pages and descriptor; NULL: no memory.  No lock held. */
struct pages;
struct slab *_bas_slab_make(struct pages *pages, struct bin *bin,
	    unsigned class);
/* An empty one, back; true: a purge is due.  No lock held. */
bool	_bas_slab_unmake(struct slab *slab);
/*
 * Take up to n objects, lowest first but for the first page, and store them
 * downwards from end; returns how many.
 */
unsigned _bas_slab_take(struct slab *slab, void **end, unsigned n);
enum slab_error _bas_slab_give(struct slab *slab, const void *p);
/*
 * The same for those of the n objects that come before the first which lies
 * elsewhere or, then with *error, is not in use; returns how many.  The
 * slab has no lodge.
 */
unsigned _bas_slab_give_run(struct slab *slab, void *const *objects,
	    unsigned n, enum slab_error *error);
/* The slab that p is in, of that class; NULL: there is none. */
struct slab *_bas_slab_of(const void *p, unsigned class);
/* Of an object on pages of SC_HOST; SC_NONE: the slab is gone. */
unsigned _bas_slab_class(const void *p);
/*
 * The pages, a bit each, on which no object is in use; by whole pages of
 * the OS.
 */
uint32_t _bas_slab_vacant(const struct slab *slab);
/* Bytes of a descriptor. */
size_t	_bas_slab_bytes(unsigned class);
bool	_bas_slab_is_valid(const struct slab *slab);

/*
 * Index of the object that starts offset bytes into its slab, or that
 * offset lies in.  Exact for offsets below 2^32 / size.
 */
static inline unsigned
slab_index(unsigned class, size_t offset)
{

	return ((unsigned)(offset * _bas_sizeclass[class].magic >> 32));
}

/* The objects that n pages of a slab, from page on, have a part of. */
static inline void
slab_objects(const struct slab *slab, unsigned page, unsigned n,
    unsigned *first, unsigned *end)
{
	unsigned nregs = sizeclass_nregs(slab->class);

	*first = slab_index(slab->class, (size_t)page * 4096);
	*end = slab_index(slab->class, (size_t)(page + n) * 4096 - 1) + 1;
	if (*end > nregs)
		*end = nregs;
	if (*first > *end)
		*first = *end;
}

/* Whether there are guests, or were.  Under the lock of the bin. */
static inline bool
slab_has_lodge(const struct slab *slab)
{

	return (atomic_load_explicit(&slab->lodge, memory_order_relaxed) !=
	    NULL);
}

/* The class of the object at p; SC_NONE: it is not ours. */
static inline unsigned
pointer_class(const void *p)
{
	size_t class = pagemap_class(p);

	return (unlikely(class == SC_HOST) ? _bas_slab_class(p) :
	    (unsigned)class);
}

static inline bool
slab_holds(const struct slab *slab, const void *p)
{

	return ((uintptr_t)p - slab->base < sizeclass_slab_size(slab->class));
}

#endif /* !BASALT_SLAB_H */
