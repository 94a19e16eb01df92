/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The lock of every structure that threads share, and its rank.
 *
 * A word that sleeps in the kernel where spinning has not helped, so a
 * holder that lost the processor does not burn the time of the others.
 * Locks are taken in the order of the ranks, which is the order of the
 * layers from the top down; debug builds abort where one is not.
 *
 * What a lock has been through is counted by whoever holds it, in the line
 * that taking it has fetched anyway.  The clock is read by those alone that
 * sleep.
 */
#ifndef BASALT_LOCK_H
#define	BASALT_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/self.h"
#include "os/tally.h"
#include "util/atomic.h"
#include "util/bits.h"
#include "util/config.h"

/*
 * Maintenance stands above what it is of: it is held while a user's hook
 * runs, and that may ask anything of us.
 */
enum lock_rank {
	RANK_BACKGROUND,	/* thread: start and end of our own */
	RANK_FORK,		/* one fork at a time */
	RANK_INIT,		/* the library's start */
	RANK_MAINTENANCE,	/* heap: purge of one arena */
	RANK_CTL,		/* watch: control names that write */
	RANK_DUMP,		/* watch: one profile is written at a time */
	RANK_PROF,		/* watch: what profiles hold */
	RANK_TSD,		/* thread: blocks of ended threads */
	RANK_ARENAS,		/* heap: creation of arenas */
	RANK_BIN,		/* heap: slabs of one class */
	RANK_PAGES,		/* page: runs of one arena */
	RANK_EXTENTS,		/* page: superpages of nobody */
	RANK_BASE,		/* meta: memory for metadata */
	RANK_COUNT
};

/*
 * Counters are changed by the holder alone, but for those of threads that
 * wait.  A counter is read by anyone.
 */
struct lock {
	/*
	 * 0 free, 1 held, 2 held and somebody may sleep.  Acquire at least
	 * when it is taken, release when it is given: a holder sees what the
	 * last one wrote.  One order with _bas_lock_closed, so seq_cst.
	 */
	_Atomic uint32_t word;
	/* Less RANK_BIN: zeros are a bin's lock, so nobody has to write it. */
	int16_t		rank;
	uint16_t	seen;		/* debug: see lock_fork.c */
	counter		ops;
	counter		switches;
	/* Who held it last: self().  Relaxed: one's own is seen by oneself. */
	_Atomic uintptr_t owner;
	/* Only touched where a thread had to wait; relaxed, for statistics. */
	_Atomic uint32_t waiting;	/* threads that sleep, or soon do */
	_Atomic uint32_t waiting_max;
	counter		spins;
	counter		waits;
	counter		wait_total;	/* ns */
	counter		wait_max;	/* ns */
};

/* What a lock has been through, as the statistics show it. */
struct lock_stats {
	uint64_t	num_ops;	/* times taken */
	uint64_t	num_wait;	/* of them after a sleep */
	uint64_t	num_spin_acq;	/* of them after some spinning */
	uint64_t	num_owner_switch; /* of them by another thread */
	/* ns slept, by the steps of a clock that costs little. */
	uint64_t	total_wait_time;
	uint64_t	max_wait_time;	/* of one sleep */
	uint32_t	max_num_thds;	/* that waited at once */
};

#define	LOCK_INITIALIZER(r)	{ .rank = (int)(r) - (int)RANK_BIN }

void	_bas_lock_init(struct lock *lock, enum lock_rank rank);
void	_bas_lock_wait(struct lock *lock);
void	_bas_lock_wake(struct lock *lock);
/* May it be taken?  Else the caller could wait for itself. */
void	_bas_lock_rank_check(const struct lock *lock);
void	_bas_lock_rank_push(struct lock *lock);
void	_bas_lock_rank_pop(const struct lock *lock);
/* How many of a rank the calling thread holds. */
uint32_t _bas_lock_rank_held(uint32_t rank);
/* Any thread, without taking the lock: each number is right by itself. */
void	_bas_lock_stats(const struct lock *lock, struct lock_stats *stats);
/*
 * lock_fork.c: a fork closes the ranks, one after the other, and waits for
 * those who hold a lock of the rank.  Then none is held until it opens them
 * again, and no lock was written to for that.  One fork at a time holds the
 * lock of begin and end; between these the thread takes no other.
 */
void	_bas_lock_fork_begin(struct lock *lock);
void	_bas_lock_fork_close(enum lock_rank rank);
/* Of the rank just closed: nobody holds it when this returns. */
void	_bas_lock_fork_await(struct lock *lock);
/* That was all: debug builds abort if a lock of some rank was left out. */
void	_bas_lock_fork_check(void);
void	_bas_lock_fork_open(void);
void	_bas_lock_fork_end(struct lock *lock);
/* In the child: somebody may have tried to take it just then. */
void	_bas_lock_fork_remake(struct lock *lock);
/* In the child: what counts the locks for the check begins anew. */
void	_bas_lock_fork_forget(void);
/* Debug builds: a lock is taken, for the first time perhaps.  It is held. */
void	_bas_lock_fork_see(struct lock *lock);
/* For who holds one of the rank already, which a fork waits for. */
void	_bas_lock_take_open(struct lock *lock);
/* It was taken, but is closed: held, and open, when this returns. */
void	_bas_lock_shut(struct lock *lock);
void	_bas_lock_release(struct lock *lock);

/* One set of numbers for two locks: sums, and the larger maximum. */
void	_bas_lock_stats_add(struct lock_stats *to,
	    const struct lock_stats *from);
/* All zero again.  The lock is taken for that. */
void	_bas_lock_stats_reset(struct lock *lock);

static inline uint32_t
lock_rank(const struct lock *lock)
{

	return ((uint32_t)((int)RANK_BIN + lock->rank));
}

/* Another number in each thread, in a child of fork the same. */
static inline uintptr_t
lock_self(void)
{

	return ((uintptr_t)self());
}

/*
 * Ranks up to this are closed, but for RANK_BACKGROUND, the first; 0: none.
 * A fork writes it, then looks at locks; who takes a lock writes that, then
 * looks at this.  All four in one order (seq_cst), so one sees the other.
 */
extern BASALT_HIDDEN _Atomic uint32_t _bas_lock_closed;

static inline bool
lock_is_closed(const struct lock *lock)
{

	return (lock_rank(lock) - 1 < atomic_load_explicit(
	    &_bas_lock_closed, memory_order_seq_cst));
}

/* Held.  The first one ever counts as a change of hands. */
static inline void
lock_count(struct lock *lock)
{
	uintptr_t me = lock_self();

	tally_write((enum tally)(TALLY_LOCK + lock_rank(lock)), lock);
	counter_add(&lock->ops, 1);
	if (atomic_load_explicit(&lock->owner, memory_order_relaxed) == me)
		return;
	atomic_store_explicit(&lock->owner, me, memory_order_relaxed);
	counter_add(&lock->switches, 1);
}

static inline bool
lock_try(struct lock *lock)
{
	uint32_t free = 0;

	/* What the last holder wrote is seen. */
	if (!atomic_compare_exchange_strong_explicit(&lock->word, &free, 1,
	    memory_order_seq_cst, memory_order_relaxed))
		return (false);
	if (unlikely(lock_is_closed(lock))) {
		_bas_lock_release(lock);
		return (false);
	}
	lock_count(lock);
	if (config_debug) {
		_bas_lock_rank_check(lock);
		_bas_lock_rank_push(lock);
	}
	return (true);
}

static inline void
lock_take(struct lock *lock)
{
	uint32_t free = 0;

	if (config_debug)
		_bas_lock_rank_check(lock);
	if (!atomic_compare_exchange_strong_explicit(&lock->word, &free, 1,
	    memory_order_seq_cst, memory_order_relaxed))
		_bas_lock_wait(lock);
	if (unlikely(lock_is_closed(lock)))
		_bas_lock_shut(lock);
	lock_count(lock);
	if (config_debug)
		_bas_lock_rank_push(lock);
}

static inline void
lock_give(struct lock *lock)
{

	if (config_debug)
		_bas_lock_rank_pop(lock);
	/* Release: pairs with the acquire of the next holder. */
	if (atomic_exchange_explicit(&lock->word, 0,
	    memory_order_release) == 2)
		_bas_lock_wake(lock);
}

static inline bool
lock_is_held(const struct lock *lock)
{

	return (atomic_load_explicit(&lock->word, memory_order_relaxed) != 0);
}

/*
 * Does the caller hold it?  Right if the answer is no; yes may be wrong for
 * a moment after another thread took it from the caller.
 */
static inline bool
lock_is_mine(const struct lock *lock)
{

	return (lock_is_held(lock) && atomic_load_explicit(&lock->owner,
	    memory_order_relaxed) == lock_self());
}

#endif /* !BASALT_LOCK_H */
