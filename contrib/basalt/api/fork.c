/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * fork in a threaded process.
 *
 * As a library we know nothing of the locks that the C library takes when
 * it forks, and threads that hold those may be waiting for ours.  So none
 * is held over it, and the child mends: a structure whose lock was held is
 * set aside whole, with the objects that are in it, and starts afresh.
 * Within a C library all are closed, and nothing is set aside.  Caches of
 * threads that the child does not have are given back either way.
 */
#include "api/fork.h"
#include "api/init.h"
#include "heap/arena.h"
#include "meta/base.h"
#include "os/os.h"
#include "page/extent.h"
#include "thread/background.h"
#include "thread/gate.h"
#include "thread/tcaches.h"
#include "thread/tsd.h"
#include "watch/prof.h"
#include "watch/snapshot.h"
#include "watch/stats_room.h"

/* After so many tries a thread that slips through the gate is let be. */
#define	TRIES	8

/* Held from prepare on, the only one. */
static struct lock fork_lock = LOCK_INITIALIZER(RANK_FORK);

/*
 * All locks of a rank.  Background threads are started with theirs held,
 * and that may wait for the C library's locks, which the caller of prepare
 * has.  It guards nothing that a child keeps.
 */
static void
locks_each(enum lock_rank rank, void (*f)(struct lock *))
{

	switch (rank) {
	case RANK_INIT:
		f(_bas_init_lock());
		break;
	case RANK_CTL:
		f(_bas_snapshot_lock());
		break;
	case RANK_DUMP:
		f(_bas_prof_dump_lock());
		break;
	case RANK_PROF:
		f(_bas_prof_lock());
		break;
	case RANK_TSD:
		f(_bas_tsd_lock());
		f(_bas_tcaches_lock());
		break;
	case RANK_MAINTENANCE:
	case RANK_ARENAS:
	case RANK_BIN:
	case RANK_PAGES:
		_bas_arenas_locks(rank, f);
		break;
	case RANK_EXTENTS:
		_bas_arenas_locks(rank, f);
		f(&_bas_extents.lock);
		break;
	case RANK_BASE:
		f(_bas_base_lock());
		break;
	case RANK_BACKGROUND:
	case RANK_FORK:
	case RANK_COUNT:
		break;
	}
}

/*
 * Caches first: then most locks are free.  False: some thread is, or was,
 * too slow for that.
 */
static bool
close_all(void)
{
	enum lock_rank rank;
	bool quiet;

	_bas_lock_fork_close(RANK_FORK);
	quiet = _bas_gate_quiet();
	for (rank = RANK_FORK + 1; rank < RANK_COUNT; rank++) {
		_bas_lock_fork_close(rank);
		locks_each(rank, _bas_lock_fork_await);
	}
	return (quiet);
}

void
_bas_fork_prepare(void)
{
	unsigned tries;

	_bas_lock_fork_begin(&fork_lock);
	/* A thread that slips through the gate stops at a lock. */
	for (tries = 0; close_all() && _bas_tsd_is_busy() && tries < TRIES;
	    tries++)
		_bas_lock_fork_open();
	_bas_lock_fork_check();
}

void
_bas_fork_parent(void)
{

	_bas_lock_fork_open();
	_bas_lock_fork_end(&fork_lock);
	_bas_arenas_opened();
}

void
_bas_fork_child(void)
{
	enum lock_rank rank;

	for (rank = RANK_FORK + 1; rank < RANK_COUNT; rank++)
		locks_each(rank, _bas_lock_fork_remake);
	_bas_lock_fork_end(&fork_lock);
	_bas_fork_mend();
}

/* From the bottom up: what is above uses what is below. */
void
_bas_fork_mend(void)
{

	_bas_lock_fork_forget();
	if (lock_is_held(&fork_lock))
		_bas_lock_init(&fork_lock, RANK_FORK);
	if (gate_is_closed())
		_bas_lock_fork_open();
	if (lock_is_held(_bas_init_lock()))
		_bas_lock_init(_bas_init_lock(), RANK_INIT);
	_bas_base_mend();
	_bas_extent_mend(&_bas_extents);
	_bas_arenas_mend();
	_bas_tsd_mend();
	_bas_tcaches_mend();
	_bas_background_mend();
	_bas_snapshot_mend();
	_bas_stats_room_mend();
	_bas_prof_mend();
}

/*
 * Handlers run in the order of their registration.  This one is there
 * from the process's first allocation on, so it runs before those of who
 * has allocated anything before.
 */
void
_bas_fork_init(void)
{

	(void)_bas_os_fork_init(_bas_fork_mend);
}
