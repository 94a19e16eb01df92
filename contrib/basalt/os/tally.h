/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a debug build counts of itself: system calls, waits, and how often a
 * line of memory that threads share is written by another thread than the
 * last time, when it likely has to come from another processor.
 *
 * Other builds have none of it: every call here is of a constant condition.
 */
#ifndef BASALT_TALLY_H
#define	BASALT_TALLY_H

#include <stdbool.h>
#include <stdint.h>

enum tally {
	/* System calls. */
	TALLY_MAP,
	TALLY_UNMAP,
	TALLY_PROTECT,
	TALLY_REMAP,
	TALLY_PURGE,
	TALLY_PURGE_LAZY,
	TALLY_HUGIFY,
	TALLY_COLLAPSE,
	TALLY_WAIT,
	TALLY_WAKE,
	/* Locks that were not free: taken after some spinning, or a sleep. */
	TALLY_SPIN,
	TALLY_SLEEP,
	/* Lines. */
	TALLY_INBOX,		/* of a bin: heap/remote.h */
	TALLY_SLAB,		/* the descriptor's, by take and give */
	TALLY_SUPERPAGE,	/* the descriptor's, by runs */
	TALLY_LARGE,		/* an arena's counts of large objects */
	TALLY_LOCK,		/* of the first rank; the others follow */
	TALLY_COUNT = TALLY_LOCK + 14
};

struct tally_count {
	uint64_t	n;
	uint64_t	moved;	/* of them by another thread; of lines */
};

#ifdef BASALT_DEBUG
static const bool tally_on = true;
enum { TALLY_PLACE_BITS = 14 };
#else
static const bool tally_on = false;
enum { TALLY_PLACE_BITS = 1 };
#endif

void	_bas_tally_add(enum tally kind);
/* The caller writes to the line at p, or just has. */
void	_bas_tally_write(enum tally kind, const void *p);
/* Any thread; each number is right by itself. */
struct tally_count _bas_tally_read(enum tally kind);

static inline void
tally(enum tally kind)
{

	if (tally_on)
		_bas_tally_add(kind);
}

static inline void
tally_write(enum tally kind, const void *p)
{

	if (tally_on)
		_bas_tally_write(kind, p);
}

#endif /* !BASALT_TALLY_H */
