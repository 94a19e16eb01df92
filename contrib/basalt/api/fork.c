/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * fork in a threaded process.
 *
 * No lock is held over it: the C library takes locks of its own while it
 * forks, and threads that hold those may be waiting for ours.  So the
 * child finds the structures as the other threads left them, and mends:
 * one whose lock was held is set aside whole, with the objects that are
 * in it, and starts afresh.  Caches of threads that it does not have are
 * given back.
 */
#include "api/init.h"
#include "heap/arena.h"
#include "meta/base.h"
#include "os/os.h"
#include "page/extent.h"
#include "thread/background.h"
#include "thread/tcaches.h"
#include "thread/tsd.h"
#include "watch/snapshot.h"
#include "watch/stats_room.h"

/* From the bottom up: what is above uses what is below. */
static void
fork_child(void)
{

	_bas_base_mend();
	_bas_extent_mend(&_bas_extents);
	_bas_arenas_mend();
	_bas_tsd_mend();
	_bas_tcaches_mend();
	_bas_background_mend();
	_bas_snapshot_mend();
	_bas_stats_room_mend();
}

/*
 * Handlers run in the order of their registration.  This one is there
 * from the process's first allocation on, so it runs before those of who
 * has allocated anything before.
 */
void
_bas_fork_init(void)
{

	(void)_bas_os_fork_init(fork_child);
}
