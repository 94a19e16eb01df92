/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Snapshots that are kept for an epoch.
 *
 * A reader that finds its snapshot takes no lock: it looks whether the slot
 * changed while it read, and if so takes the long way.  There the lock is
 * taken and the snapshot gathered if need be, in a place apart, so that what
 * is shared is only ever copied to, word by word.
 */
#ifndef BASALT_SHELF_H
#define	BASALT_SHELF_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "util/lock.h"

#define	SHELF_WORDS(type)	(sizeof(type) / sizeof(uint64_t))

/*
 * The slot's words are relaxed, between two looks at changes: the writer makes
 * it odd, with a release fence after, and even again with release; a reader
 * looks with acquire, and again after an acquire fence.
 */
struct shelf_slot {
	_Atomic uint64_t changes;	/* odd: it is being written */
	_Atomic uint64_t epoch;		/* 0: empty */
	_Atomic uint64_t arena;
};

struct shelf {
	struct lock	*lock;
	/* The first is SNAPSHOT_ALL's; the others are a power of two. */
	struct shelf_slot *slots;
	size_t		nslots;
	_Atomic uint64_t *words;	/* of all slots, size bytes each */
	void		*scratch;
	size_t		size;		/* of a snapshot, bytes */
	/* Lock held. */
	void		(*gather)(size_t arena, void *snapshot);
};

/*
 * A field of the snapshot of an arena in an epoch: size bytes, at most a
 * word, at offset.
 */
void	_bas_shelf_read(const struct shelf *shelf, size_t arena,
	    uint64_t epoch, size_t offset, void *value, size_t size);
/* In a child of fork: nobody else is reading or writing. */
void	_bas_shelf_mend(const struct shelf *shelf);

#endif /* !BASALT_SHELF_H */
