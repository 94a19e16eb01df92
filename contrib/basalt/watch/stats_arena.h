/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The part of the report that is about one arena, or the sum of them.
 */
#ifndef BASALT_STATS_ARENA_H
#define	BASALT_STATS_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "watch/emit.h"
#include "watch/stats_room.h"

/* Which tables are wanted. */
struct stats_parts {
	bool	bins;
	bool	large;
	bool	mutexes;
	bool	extents;
	bool	superpages;
};

/* Gathers index into room and prints it. */
void	_bas_stats_arena_print(struct emit *emit,
	    const struct stats_parts *parts, struct stats_room *room,
	    size_t index);

#endif /* !BASALT_STATS_ARENA_H */
