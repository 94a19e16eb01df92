/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The part of the report that is about pages: free runs by their size, and
 * superpages under the names of jemalloc's HPA.
 */
#ifndef BASALT_STATS_PAGES_H
#define	BASALT_STATS_PAGES_H

#include "watch/emit.h"
#include "watch/snapshot.h"

void	_bas_stats_extents_print(struct emit *emit,
	    const struct snapshot_pages *pages);
void	_bas_stats_superpages_print(struct emit *emit,
	    const struct snapshot_arena *snapshot,
	    const struct snapshot_pages *pages);

#endif /* !BASALT_STATS_PAGES_H */
