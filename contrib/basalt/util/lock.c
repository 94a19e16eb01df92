/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "os/os.h"
#include "util/lock.h"
#include "util/report.h"

/* As many pauses as a short critical section takes. */
#define	LOCK_SPINS	60
/* A thread holds at most this many locks at once. */
#define	LOCK_DEPTH	8

/* Debug builds only: the ranks that this thread holds. */
static _Thread_local struct {
	uint32_t	depth;
	uint32_t	rank[LOCK_DEPTH];
} held;

void
_bas_lock_init(struct lock *lock, enum lock_rank rank)
{

	atomic_init(&lock->word, 0);
	lock->rank = rank;
}

/*
 * Spin for as long as a holder that runs may need, then sleep.  Who has
 * slept takes the lock as 2, since others may sleep too.
 */
void
_bas_lock_wait(struct lock *lock)
{
	uint32_t free;
	int i;

	for (i = 0; i < LOCK_SPINS; i++) {
		free = 0;
		if (atomic_load_explicit(&lock->word,
		    memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_weak_explicit(&lock->word, &free,
		    1, memory_order_acquire, memory_order_relaxed))
			return;
		mach_pause();
	}
	while (atomic_exchange_explicit(&lock->word, 2,
	    memory_order_acquire) != 0)
		_bas_os_wait(&lock->word, 2);
}

void
_bas_lock_wake(struct lock *lock)
{

	_bas_os_wake(&lock->word, false);
}

void
_bas_lock_rank_push(const struct lock *lock)
{

	if (held.depth > 0 && held.rank[held.depth - 1] >= lock->rank)
		_bas_report_fatal("lock_take", "lock taken out of rank");
	if (held.depth == LOCK_DEPTH)
		_bas_report_fatal("lock_take", "too many locks held");
	held.rank[held.depth++] = lock->rank;
}

void
_bas_lock_rank_pop(const struct lock *lock)
{
	uint32_t i;

	for (i = held.depth; i > 0; i--)
		if (held.rank[i - 1] == lock->rank)
			break;
	if (i == 0)
		_bas_report_fatal("lock_give", "lock is not held");
	for (; i < held.depth; i++)
		held.rank[i - 1] = held.rank[i];
	held.depth--;
}
