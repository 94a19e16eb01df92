/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "os/os.h"
#include "util/lock.h"
#include "util/options.h"

/* Pauses before who waits for the library's start sleeps. */
#define	SPIN_INIT	60

void
_bas_lock_init(struct lock *lock, enum lock_rank rank)
{

	memset(lock, 0, sizeof(*lock));
	lock->rank = (int16_t)((int)rank - (int)RANK_BIN);
}

/* Options may be read, but not while they are being written. */
static int64_t
spin_max(const struct lock *lock)
{

	return (lock_rank(lock) == RANK_INIT ? SPIN_INIT :
	    _bas_options.mutex_max_spin);
}

static bool
lock_spin(struct lock *lock)
{
	int64_t max = spin_max(lock), i;
	uint32_t free;

	for (i = 0; i != max; i++) {
		free = 0;
		if (atomic_load_explicit(&lock->word,
		    memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_weak_explicit(&lock->word, &free,
		    1, memory_order_seq_cst, memory_order_relaxed))
			return (true);
		mach_pause();
	}
	return (false);
}

static void
wait_count(struct lock *lock, uint64_t slept, uint32_t threads)
{

	tally(TALLY_SLEEP);
	counter_add(&lock->waits, 1);
	counter_add(&lock->wait_total, slept);
	if (slept > counter_read(&lock->wait_max))
		atomic_store_explicit(&lock->wait_max, slept,
		    memory_order_relaxed);
	if (threads > atomic_load_explicit(&lock->waiting_max,
	    memory_order_relaxed))
		atomic_store_explicit(&lock->waiting_max, threads,
		    memory_order_relaxed);
}

/*
 * Spin for as long as a holder that runs may need, then sleep.  Who has
 * slept takes the lock as 2, since others may sleep too.
 */
void
_bas_lock_wait(struct lock *lock)
{
	uint32_t threads;
	uint64_t begin;

	if (lock_spin(lock)) {
		counter_add(&lock->spins, 1);
		tally(TALLY_SPIN);
		return;
	}
	threads = atomic_fetch_add_explicit(&lock->waiting, 1,
	    memory_order_relaxed) + 1;
	begin = _bas_os_clock();
	while (atomic_exchange_explicit(&lock->word, 2,
	    memory_order_seq_cst) != 0)
		_bas_os_wait(&lock->word, 2);
	atomic_fetch_sub_explicit(&lock->waiting, 1, memory_order_relaxed);
	wait_count(lock, _bas_os_clock() - begin, threads);
}

void
_bas_lock_wake(struct lock *lock)
{

	_bas_os_wake(&lock->word, false);
}

void
_bas_lock_stats(const struct lock *lock, struct lock_stats *stats)
{

	stats->num_ops = counter_read(&lock->ops);
	stats->num_wait = counter_read(&lock->waits);
	stats->num_spin_acq = counter_read(&lock->spins);
	stats->num_owner_switch = counter_read(&lock->switches);
	stats->total_wait_time = counter_read(&lock->wait_total);
	stats->max_wait_time = counter_read(&lock->wait_max);
	stats->max_num_thds = atomic_load_explicit(&lock->waiting_max,
	    memory_order_relaxed);
}

void
_bas_lock_stats_add(struct lock_stats *to, const struct lock_stats *from)
{

	to->num_ops += from->num_ops;
	to->num_wait += from->num_wait;
	to->num_spin_acq += from->num_spin_acq;
	to->num_owner_switch += from->num_owner_switch;
	to->total_wait_time += from->total_wait_time;
	if (to->max_wait_time < from->max_wait_time)
		to->max_wait_time = from->max_wait_time;
	if (to->max_num_thds < from->max_num_thds)
		to->max_num_thds = from->max_num_thds;
}

/* The owner goes too, so that the next one is a change again. */
void
_bas_lock_stats_reset(struct lock *lock)
{

	lock_take(lock);
	atomic_store_explicit(&lock->ops, 0, memory_order_relaxed);
	atomic_store_explicit(&lock->switches, 0, memory_order_relaxed);
	atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
	atomic_store_explicit(&lock->waiting_max, 0, memory_order_relaxed);
	atomic_store_explicit(&lock->spins, 0, memory_order_relaxed);
	atomic_store_explicit(&lock->waits, 0, memory_order_relaxed);
	atomic_store_explicit(&lock->wait_total, 0, memory_order_relaxed);
	atomic_store_explicit(&lock->wait_max, 0, memory_order_relaxed);
	lock_give(lock);
}
