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
#include "thread/tsd.h"
#include "util/lock.h"
#include "watch/snapshot.h"

/* Whose structures these are. */
static _Atomic int owner;

/* From the bottom up: what is above uses what is below. */
static void
fork_child(void)
{

	if (atomic_exchange_explicit(&owner, _bas_os_pid(),
	    memory_order_relaxed) == _bas_os_pid())
		return;
	_bas_base_mend();
	_bas_extent_mend();
	_bas_arenas_mend();
	_bas_tsd_mend();
	_bas_snapshot_mend();
}

/*
 * A lock that is not given back: it may be one of a thread that is not
 * here, since another handler may allocate before ours has run.
 */
static void
lock_contended(void)
{

	if (atomic_load_explicit(&owner, memory_order_relaxed) !=
	    _bas_os_pid())
		fork_child();
}

void
_bas_fork_init(void)
{

	atomic_store_explicit(&owner, _bas_os_pid(), memory_order_relaxed);
	_bas_lock_contended = lock_contended;
	(void)_bas_os_fork_init(fork_child);
}
