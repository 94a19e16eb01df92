/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tables that the writers of profiles need while they write, in memory of
 * the OS's: never from the heap that is looked at.
 */
#ifndef BASALT_PROF_INDEX_H
#define	BASALT_PROF_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room that grows; all zero it is empty. */
struct prof_room {
	void	*base;
	size_t	 size;
};

/* At least size bytes; what was there stays.  False: out of memory. */
bool	_bas_prof_room(struct prof_room *room, size_t size);
void	_bas_prof_room_end(struct prof_room *room);

struct prof_slot {
	uint64_t key;
	uint64_t id;			/* 0: nothing is here */
};

/* Numbers from 1 for keys, in the order of their coming. */
struct prof_index {
	struct prof_room slots;
	size_t	 nslots;		/* a power of two, or 0 */
	size_t	 count;
};

/* The key's number; *isnew: it has just got it.  0: out of memory. */
uint64_t _bas_prof_index(struct prof_index *index, uint64_t key,
	    bool *isnew);
void	_bas_prof_index_end(struct prof_index *index);
/* A key for a string: as good as the string itself. */
uint64_t _bas_prof_key(const void *text, size_t len);

#endif /* !BASALT_PROF_INDEX_H */
