/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "watch/stats_room.h"

/* Address space only, until so many reports are under way at once. */
#define	ROOMS	4

static struct stats_room rooms[ROOMS];
/* Like a lock that nobody waits for: acquire, and release. */
static _Atomic bool taken[ROOMS];

struct stats_room *
_bas_stats_room_take(void)
{
	unsigned i;

	/* Acquire: what the last report wrote here is written. */
	for (i = 0; i < ROOMS; i++)
		if (!atomic_exchange_explicit(&taken[i], true,
		    memory_order_acquire))
			return (&rooms[i]);
	return (NULL);
}

void
_bas_stats_room_give(struct stats_room *room)
{

	atomic_store_explicit(&taken[room - rooms], false,
	    memory_order_release);
}

void
_bas_stats_room_mend(void)
{
	unsigned i;

	for (i = 0; i < ROOMS; i++)
		atomic_store_explicit(&taken[i], false,
		    memory_order_relaxed);
}
