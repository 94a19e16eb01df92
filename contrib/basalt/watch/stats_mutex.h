/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The part of the report that is about locks.
 */
#ifndef BASALT_STATS_MUTEX_H
#define	BASALT_STATS_MUTEX_H

#include <stddef.h>

#include "util/lock.h"
#include "watch/emit.h"

/* The columns of a lock, to stand at the end of another table's row. */
void	_bas_stats_mutex_titles(struct emit *emit);
void	_bas_stats_mutex_cells(struct emit *emit,
	    const struct lock_stats *stats);

/* The tables: of the process, and of an arena (ARENA_MUTEX_COUNT of them). */
void	_bas_stats_mutexes_print(struct emit *emit);
void	_bas_stats_arena_mutexes_print(struct emit *emit,
	    const struct lock_stats *stats);

#endif /* !BASALT_STATS_MUTEX_H */
