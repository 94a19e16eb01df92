/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * No lock held, over a fork.
 *
 * To take all locks would have the same effect, and cost more: each is
 * written to before the fork and after it, and so parent and child copy
 * each page with a lock.  To close a rank is one store.  Who takes a lock
 * of it from then on lets go of it at once, and waits; who holds one goes
 * on, since what he may take besides is of later ranks, which are open
 * until the locks of this one are free.
 *
 * A lock that is left out would be found held by nobody in some child, one
 * day.  So debug builds count the locks: each is counted when it is taken
 * for the first time, by whomever, and a fork has to wait for as many.
 */
#include "os/os.h"
#include "util/lock.h"
#include "util/report.h"

_Atomic uint32_t _bas_lock_closed;

/* Debug builds only. */
static struct {
	/*
	 * Locks that were ever taken; since the last fork, in a child.
	 * Relaxed: who compares holds every lock, so all have been counted.
	 */
	_Atomic uint32_t known[RANK_COUNT];
	/*
	 * What struct lock's seen is in one that is counted.  Relaxed: a
	 * child of fork alone changes it.
	 */
	_Atomic uint16_t seen;
	/* Waited for, of those; for who holds RANK_FORK. */
	uint32_t	free[RANK_COUNT];
} over = { .seen = 1 };

/* Stands for all that is closed: no lock is to be taken after it. */
static struct lock barrier = LOCK_INITIALIZER(RANK_COUNT);

static bool
is_seen(const struct lock *lock)
{

	return (lock->seen == atomic_load_explicit(&over.seen,
	    memory_order_relaxed));
}

void
_bas_lock_fork_see(struct lock *lock)
{

	if (lock_rank(lock) >= RANK_COUNT || is_seen(lock))
		return;
	lock->seen = atomic_load_explicit(&over.seen, memory_order_relaxed);
	atomic_fetch_add_explicit(&over.known[lock_rank(lock)], 1,
	    memory_order_relaxed);
}

void
_bas_lock_release(struct lock *lock)
{

	/* Release: pairs with who takes it next. */
	if (atomic_exchange_explicit(&lock->word, 0,
	    memory_order_release) == 2)
		_bas_lock_wake(lock);
}

static void
word_take(struct lock *lock)
{
	uint32_t free = 0;

	if (!atomic_compare_exchange_strong_explicit(&lock->word, &free, 1,
	    memory_order_seq_cst, memory_order_relaxed))
		_bas_lock_wait(lock);
}

void
_bas_lock_shut(struct lock *lock)
{
	uint32_t closed;

	do {
		_bas_lock_release(lock);
		while ((closed = atomic_load_explicit(&_bas_lock_closed,
		    memory_order_relaxed)) >= lock_rank(lock))
			_bas_os_wait(&_bas_lock_closed, closed);
		word_take(lock);
	} while (lock_is_closed(lock));
}

void
_bas_lock_take_open(struct lock *lock)
{

	word_take(lock);
	lock_count(lock);
	if (config_debug)
		_bas_lock_rank_push(lock);
}

/* It may be called in a hook, with maintenance held. */
void
_bas_lock_fork_begin(struct lock *lock)
{

	word_take(lock);
	lock_count(lock);
	if (config_debug)
		_bas_lock_rank_push(&barrier);
}

void
_bas_lock_fork_close(enum lock_rank rank)
{

	if (config_debug) {
		if (rank != RANK_FORK && atomic_load_explicit(
		    &_bas_lock_closed, memory_order_relaxed) + 1 != rank)
			_bas_report_fatal("fork", "closed out of rank");
		over.free[rank] = 0;
	}
	atomic_store_explicit(&_bas_lock_closed, rank, memory_order_seq_cst);
}

/* Who waits for a holder does so as anybody, and has nothing to do then. */
void
_bas_lock_fork_await(struct lock *lock)
{

	if (atomic_load_explicit(&lock->word, memory_order_seq_cst) != 0) {
		word_take(lock);
		_bas_lock_release(lock);
	}
	if (config_debug)
		over.free[lock_rank(lock)] += is_seen(lock);
}

void
_bas_lock_fork_check(void)
{
	unsigned rank;

	if (!config_debug)
		return;
	for (rank = RANK_FORK + 1; rank < RANK_COUNT; rank++)
		if (over.free[rank] + _bas_lock_rank_held(rank) !=
		    atomic_load_explicit(&over.known[rank],
		    memory_order_relaxed))
			_bas_report_fatal("fork", "a lock was left out");
}

void
_bas_lock_fork_open(void)
{

	atomic_store_explicit(&_bas_lock_closed, 0, memory_order_release);
	_bas_os_wake(&_bas_lock_closed, true);
}

void
_bas_lock_fork_end(struct lock *lock)
{

	if (config_debug)
		_bas_lock_rank_pop(&barrier);
	_bas_lock_release(lock);
}

/* Most are free: those cost the child no page. */
void
_bas_lock_fork_remake(struct lock *lock)
{

	if (lock_is_held(lock))
		atomic_store_explicit(&lock->word, 0, memory_order_relaxed);
	if (atomic_load_explicit(&lock->waiting, memory_order_relaxed) != 0)
		atomic_store_explicit(&lock->waiting, 0,
		    memory_order_relaxed);
}

void
_bas_lock_fork_forget(void)
{
	unsigned rank;

	if (!config_debug)
		return;
	for (rank = 0; rank < RANK_COUNT; rank++)
		atomic_store_explicit(&over.known[rank], 0,
		    memory_order_relaxed);
	atomic_fetch_add_explicit(&over.seen, 1, memory_order_relaxed);
}
