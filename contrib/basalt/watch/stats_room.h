/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Room for what a report gathers of an arena, too much for a small stack.
 *
 * There are a few rooms, taken without waiting: a report may begin inside
 * another one's write function or in a handler that interrupted one, and
 * waiting for that would be for ever.  Who gets no room leaves the arenas
 * out.
 */
#ifndef BASALT_STATS_ROOM_H
#define	BASALT_STATS_ROOM_H

#include "watch/snapshot.h"

struct stats_room {
	struct snapshot_arena	arena;
	struct snapshot_pages	pages;
};

/* Any thread; NULL: all are taken. */
struct stats_room *_bas_stats_room_take(void);
void	_bas_stats_room_give(struct stats_room *room);

/* In the child of a fork: the reports of other threads ended there. */
void	_bas_stats_room_mend(void);

#endif /* !BASALT_STATS_ROOM_H */
