/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * All locks in one hand, over a over.
 *
 * A lock that is left out would be found held by nobody in some child, one
 * day.  So debug builds count the locks: each is counted when it is taken
 * for the first time, by whomever, and a fork has to hold as many.
 */
#include "util/lock.h"
#include "util/report.h"

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
	/* Of who holds RANK_FORK. */
	uint32_t	held[RANK_COUNT];
	uint32_t	rank;
} over = { .seen = 1 };

/* Stands for all that is held: no other lock is to be taken after it. */
static struct lock barrier = LOCK_INITIALIZER(RANK_COUNT);

void
_bas_lock_fork_see(struct lock *lock)
{
	uint16_t seen = atomic_load_explicit(&over.seen,
	    memory_order_relaxed);

	if (lock->seen == seen || lock->rank >= RANK_COUNT)
		return;
	lock->seen = seen;
	atomic_fetch_add_explicit(&over.known[lock->rank], 1,
	    memory_order_relaxed);
}

void
_bas_lock_fork_begin(void)
{

	if (config_debug)
		_bas_lock_rank_push(&barrier);
}

/* Held now, or again. */
static void
fork_note(struct lock *lock, bool more)
{

	if (more) {
		_bas_lock_fork_see(lock);
		over.held[lock->rank]++;
		return;
	}
	over.held[lock->rank]--;
	/* All may be tried once more. */
	if (over.held[lock->rank] == 0)
		over.rank = lock->rank;
}

void
_bas_lock_fork_take(struct lock *lock)
{
	uint32_t free = 0;

	if (!atomic_compare_exchange_strong_explicit(&lock->word, &free, 1,
	    memory_order_acquire, memory_order_relaxed))
		_bas_lock_wait(lock);
	lock_count(lock);
	if (!config_debug)
		return;
	if (lock->rank < over.rank)
		_bas_report_fatal("fork", "lock taken out of rank");
	over.rank = lock->rank;
	fork_note(lock, true);
}

bool
_bas_lock_fork_try(struct lock *lock)
{
	uint32_t free = 0;

	if (!atomic_compare_exchange_strong_explicit(&lock->word, &free, 1,
	    memory_order_acquire, memory_order_relaxed))
		return (false);
	lock_count(lock);
	if (config_debug)
		fork_note(lock, true);
	return (true);
}

void
_bas_lock_fork_check(void)
{
	unsigned rank;

	if (!config_debug)
		return;
	for (rank = 0; rank < RANK_COUNT; rank++)
		if (rank != RANK_BACKGROUND && over.held[rank] +
		    _bas_lock_rank_held(rank) != atomic_load_explicit(
		    &over.known[rank], memory_order_relaxed))
			_bas_report_fatal("fork", "a lock is not held");
}

void
_bas_lock_fork_give(struct lock *lock)
{

	if (config_debug)
		fork_note(lock, false);
	/* Release: pairs with the acquire of the next holder. */
	if (atomic_exchange_explicit(&lock->word, 0,
	    memory_order_release) == 2)
		_bas_lock_wake(lock);
}

void
_bas_lock_fork_remake(struct lock *lock)
{

	if (config_debug)
		fork_note(lock, false);
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
	for (rank = 0; rank < RANK_COUNT; rank++) {
		atomic_store_explicit(&over.known[rank], 0,
		    memory_order_relaxed);
		over.held[rank] = 0;
	}
	over.rank = 0;
	atomic_fetch_add_explicit(&over.seen, 1, memory_order_relaxed);
}

void
_bas_lock_fork_end(void)
{

	if (config_debug)
		_bas_lock_rank_pop(&barrier);
}
