/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Address space, in superpages: from the OS, kept for reuse, and back.
 *
 * All arenas share what the OS gives.  An arena that was given hooks has
 * an address space of its own (extent_hooked.c), which they fill.
 */
#ifndef BASALT_EXTENT_H
#define	BASALT_EXTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "malloc_np.h"
#include "page/range.h"
#include "util/atomic.h"
#include "util/lock.h"

struct extents {
	struct lock	lock;
	struct range	*first;		/* what nobody uses */
	size_t		grow;		/* superpages to ask for next */
	counter		mapped;		/* bytes */
	counter		retained;	/* of them, those of the ranges */
	counter		pinned;		/* those not to be given back */
	/*
	 * NULL: those of the OS.  Release when it is set, acquire when it is
	 * read: the table was filled before.
	 */
	_Atomic(extent_hooks_t *) hooks;
	unsigned	index;		/* of the arena that has them */
};

/* Superpages in a row. */
struct extent {
	uintptr_t	base;
	size_t		n;
	bool		zeroed;		/* read as zeros */
	bool		pinned;		/* are not to be given back */
};

/* What the arenas without hooks share. */
extern BASALT_HIDDEN struct extents _bas_extents;

/* Those of the arena of that number; hooks is not NULL. */
void	_bas_extents_init(struct extents *extents, extent_hooks_t *hooks,
	    unsigned index);
/*
 * n superpages on a multiple of align (a power of two, at least a
 * superpage), covered by the page map.  False: no memory.  No lock held.
 */
bool	_bas_extent_grow(struct extents *extents, size_t n, size_t align,
	    struct extent *extent);
/* The n superpages at exactly base, if nobody has them. */
bool	_bas_extent_grow_at(struct extents *extents, uintptr_t base, size_t n,
	    struct extent *extent);
/*
 * Back.  What comes from the OS has been purged; hooks are asked here what
 * to do with the memory.
 */
void	_bas_extent_give(struct extents *extents, const struct extent *extent);
/*
 * The OS has taken their addresses already (moved pages); lost: and what
 * became of them nobody knows.
 */
void	_bas_extent_gone(size_t n, bool lost);
/* Unmap what is retained; false: there was nothing. */
bool	_bas_extent_trim(void);
/* All that is retained of an arena's own, to the hook that destroys. */
void	_bas_extent_destroy(struct extents *extents);

static inline bool
extents_are_hooked(const struct extents *extents)
{

	return (extents != &_bas_extents);
}

/* Bytes that the process was given, and those of them that nobody uses. */
size_t	_bas_extent_mapped(void);
size_t	_bas_extent_retained(void);
/* Addresses that were given up, and memory that hooks pinned; bytes. */
size_t	_bas_extent_abandoned(void);
size_t	_bas_extent_pinned(void);
/* Most bytes that the OS is asked for at once beyond what is needed. */
size_t	_bas_extent_limit(void);
void	_bas_extent_set_limit(size_t bytes);
/*
 * Copies of up to n of the ranges that nobody uses, from the address on;
 * how many.
 */
size_t	_bas_extent_ranges(struct extents *extents, uintptr_t from,
	    struct range *copies, size_t n);
/* In a child of fork: forget what another thread was changing. */
void	_bas_extent_mend(struct extents *extents);

/* For extent.c and extent_hooked.c: n superpages more or less. */
void	_bas_extent_map_count(struct extents *extents, size_t n, bool more);
void	_bas_extent_pin_count(struct extents *extents, size_t n, bool more);
void	_bas_extent_retain_count(struct extents *extents,
	    const struct range *range, bool more);
bool	_bas_hooked_grow(struct extents *extents, size_t n, size_t align,
	    struct extent *extent);
bool	_bas_hooked_grow_at(struct extents *extents, uintptr_t base, size_t n,
	    struct extent *extent);
void	_bas_hooked_give(struct extents *extents, const struct extent *extent);

#endif /* !BASALT_EXTENT_H */
