/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The tables of size classes of an arena: all classes for programs, those
 * in use for people.
 */
#ifndef BASALT_STATS_CLASS_H
#define	BASALT_STATS_CLASS_H

#include <stdbool.h>
#include <stddef.h>

#include "watch/emit.h"
#include "watch/snapshot.h"

/*
 * Before a row: marks the gap, if there is one, before a row that is to
 * stand.  Returns whether the row is left out, which is the gap to pass for
 * the next; after the last row class_end marks what is open.  The first
 * columns, as many as CLASS_LEADING, tell the class.
 */
#define	CLASS_LEADING	3
bool	_bas_stats_class_begin(struct emit *emit,
	    const struct emit_column *columns, bool used, bool gap);
void	_bas_stats_class_end(struct emit *emit,
	    const struct emit_column *columns, bool gap);

/* mutexes: with the columns of each bin's lock. */
void	_bas_stats_bins_print(struct emit *emit,
	    const struct snapshot_arena *snapshot, bool mutexes);
void	_bas_stats_lextents_print(struct emit *emit,
	    const struct snapshot_arena *snapshot);

#endif /* !BASALT_STATS_CLASS_H */
