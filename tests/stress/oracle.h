/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The functions under test, by their plain or their prefixed names, the
 * lanes, and the map of live bytes.
 */

#ifndef ORACLE_H
#define ORACLE_H

#include <malloc_np.h>

#include "../include/names.h"
#include "../include/random.h"

size_t	 NAME(malloc_usable_size)(void *);

#define	xmalloc			NAME(malloc)
#define	xcalloc			NAME(calloc)
#define	xrealloc		NAME(realloc)
#define	xfree			NAME(free)
#define	xfree_sized		NAME(free_sized)
#define	xfree_aligned_sized	NAME(free_aligned_sized)
#define	xaligned_alloc		NAME(aligned_alloc)
#define	xposix_memalign		NAME(posix_memalign)
#define	xusable			NAME(malloc_usable_size)
#define	xmallocx		NAME(mallocx)
#define	xrallocx		NAME(rallocx)
#define	xxallocx		NAME(xallocx)
#define	xdallocx		NAME(dallocx)
#define	xsdallocx		NAME(sdallocx)
#define	xmallctl		NAME(mallctl)

#define	NSLOTS		2048	/* blocks a lane holds at most */
#define	NRING		256	/* blocks on their way to a lane */

struct block {
	unsigned char	*p;
	size_t		 asked;		/* what was requested */
	size_t		 size;		/* what is filled */
	size_t		 align;		/* of aligned_alloc, else 0 */
	uint64_t	 tag;
};

struct lane {
	_Alignas(128) pthread_mutex_t lock;	/* of the ring */
	struct block	 ring[NRING];
	unsigned	 nring;
	_Alignas(128) uint64_t random;
	uint64_t	 serial;
	uint64_t	 ops;
	uint64_t	 nulls;
	unsigned	 number;
	int		 place;		/* its own arena and cache */
	unsigned	 nheld;
	bool		 filling;
	struct block	 held[NSLOTS];
};

static inline uint64_t
lane_random(struct lane *l)
{
	return (test_random(&l->random));
}

/*
 * One bit for 8 bytes: a hash of 1 MiB regions leads to their bits.  Nothing
 * is ever removed, so that insertion by compare-and-swap is all it takes.
 */
#define	SHADOW_REGION	((uintptr_t)1 << 20)
#define	SHADOW_NWORDS	(SHADOW_REGION / 8 / 64)
#define	SHADOW_NHASH	((size_t)1 << 18)

struct shadow_leaf {
	uintptr_t		region;
	_Atomic uint64_t	words[SHADOW_NWORDS];
};

static _Atomic(struct shadow_leaf *) shadow_hash[SHADOW_NHASH];

static struct shadow_leaf *
shadow_leaf(uintptr_t region)
{
	struct shadow_leaf *leaf, *mine = NULL;
	size_t i;

	for (i = region * 0x9e3779b97f4a7c15ULL >> 46;; i++) {
		leaf = atomic_load_explicit(&shadow_hash[i % SHADOW_NHASH],
		    memory_order_acquire);
		while (leaf == NULL) {
			if (mine == NULL)
				mine = mmap(NULL, sizeof(*mine), PROT_READ |
				    PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);
			if (mine == MAP_FAILED) {
				perror("oracle: mmap");
				_exit(2);
			}
			mine->region = region;
			if (atomic_compare_exchange_strong(
			    &shadow_hash[i % SHADOW_NHASH], &leaf, mine))
				return (mine);
		}
		if (leaf->region == region) {
			if (mine != NULL)
				munmap(mine, sizeof(*mine));
			return (leaf);
		}
	}
}

/* Sets or clears the bits of a block; false if one already was so. */
static bool
shadow_change(const void *p, size_t size, bool set)
{
	struct shadow_leaf *leaf;
	uintptr_t a, end, first, last;
	uint64_t mask, old;
	bool ok = true;

	a = (uintptr_t)p / 8;
	end = a + (size == 0 ? 1 : (size + 7) / 8);
	leaf = NULL;
	while (a < end) {
		if (leaf == NULL || a * 8 / SHADOW_REGION != leaf->region)
			leaf = shadow_leaf(a * 8 / SHADOW_REGION);
		first = a % 64;
		last = end - a < 64 - first ? first + (end - a) : 64;
		mask = (last == 64 ? 0 : (uint64_t)1 << last) -
		    ((uint64_t)1 << first);
		old = set ?
		    atomic_fetch_or_explicit(&leaf->words[a / 64 %
		    SHADOW_NWORDS], mask, memory_order_relaxed) :
		    ~atomic_fetch_and_explicit(&leaf->words[a / 64 %
		    SHADOW_NWORDS], ~mask, memory_order_relaxed);
		ok = ok && (old & mask) == 0;
		a += last - first;
	}
	return (ok);
}

static bool
shadow_set(const void *p, size_t size)
{
	return (shadow_change(p, size, true));
}

static bool
shadow_clear(const void *p, size_t size)
{
	return (shadow_change(p, size, false));
}

#endif /* ORACLE_H */
