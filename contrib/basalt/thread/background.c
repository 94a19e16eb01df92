/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <assert.h>
#include <errno.h>

#include "heap/arena.h"
#include "os/os.h"
#include "page/purge.h"
#include "thread/background.h"
#include "thread/tsd.h"
#include "util/options.h"

/* After a failure no thread is tried for so long (ns). */
#define	RETRY		((uint64_t)1000 * 1000000)
#define	WORKERS_MAX	1024u
/* A round's low bits are the number of workers that share it. */
#define	ROUND_SHARES	(WORKERS_MAX * 2)

static_assert(WORKERS_MAX * BACKGROUND_ARENAS >= OPTIONS_NARENAS_LIMIT,
    "each worker has its arenas");

/* Written by who starts the thread, before that, and then by the thread. */
struct worker {
	uint32_t	life;		/* it ends when this is over */
	uint32_t	round;		/* the last one it took part in */
	uint64_t	last;		/* ns of its last run */
};

static void *worker_main(void *);

BASALT_TOGETHER _Atomic bool _bas_background_missing;
BASALT_TOGETHER _Atomic bool _bas_background_alone;

static struct {
	/*
	 * Held by who starts and ends workers, over that.  It is only ever
	 * tried: who does not get it has left his wish, which the holder
	 * sees.  So nobody waits for one that waits, within the C library,
	 * for a lock that he himself holds.
	 */
	struct lock	lock;
	/*
	 * Raised with each.  Release and acquire: who sees a wish sees what
	 * for; that one is not missed is for two fences (workers_settle).
	 */
	_Atomic uint32_t wishes;
	/* What is wished: relaxed, as wishes orders them. */
	_Atomic int	on;		/* -1: as the option says */
	_Atomic size_t	max;		/* 0: as the option says */
	/* These three stand alone: relaxed. */
	_Atomic bool	ready;
	_Atomic bool	forked;		/* and nothing noted since */
	_Atomic uint64_t retry;		/* ns: no thread before that */
	/*
	 * Of a life: 0 and 1 are set by who holds the lock, each one more is
	 * counted by the leader, if it is not 0 by then.  Relaxed.
	 */
	_Atomic unsigned nworkers;
	/*
	 * Threads, those that are about to end too.  Release when one has
	 * ended, acquire by who waits for that.
	 */
	_Atomic uint32_t nthreads;
	/* Release and acquire, and before the round that wakes for it. */
	_Atomic uint32_t life;
	/*
	 * Raised by the leader, by ROUND_SHARES, to wake the others: release
	 * and acquire.
	 */
	_Atomic uint32_t round;
	/* Sums: relaxed. */
	_Atomic uint64_t nruns;
	_Atomic uint64_t slept;		/* ns between runs, their sum */
} background = {
	.lock = LOCK_INITIALIZER(RANK_BACKGROUND),
	.on = -1,
};

static struct worker workers[WORKERS_MAX];

bool
_bas_background_is_on(void)
{
	int on = atomic_load_explicit(&background.on, memory_order_relaxed);

	return (on < 0 ? _bas_options.background_thread : on != 0);
}

size_t
_bas_background_max(void)
{
	size_t max = atomic_load_explicit(&background.max,
	    memory_order_relaxed);

	return (max == 0 ? _bas_options.max_background_threads : max);
}

/* To be called where there may be no workers any more, or the first. */
static void
alone_set(void)
{

	atomic_store_explicit(&_bas_background_alone,
	    _bas_background_is_on() &&
	    atomic_load_explicit(&background.ready, memory_order_relaxed) &&
	    atomic_load_explicit(&background.nworkers,
	    memory_order_relaxed) == 0, memory_order_relaxed);
}

/* As many as the arenas that were made give work to. */
static unsigned
workers_wanted(void)
{
	unsigned n = _bas_arena_count(), arenas = 0, i;
	size_t max = _bas_background_max(), wanted;

	for (i = 0; i < n; i++)
		arenas += _bas_arena_get(i) != NULL;
	wanted = (arenas + BACKGROUND_ARENAS - 1) / BACKGROUND_ARENAS;
	if (wanted > max)
		wanted = max;
	return (wanted == 0 ? 1 : (unsigned)wanted);
}

/* Where max was lowered while the leader counted one more. */
static bool
is_beyond(void)
{

	return (atomic_load_explicit(&background.nworkers,
	    memory_order_relaxed) > _bas_background_max());
}

static bool
is_lacking(uint64_t now)
{

	return (_bas_background_is_on() &&
	    now >= atomic_load_explicit(&background.retry,
	    memory_order_relaxed) &&
	    atomic_load_explicit(&background.nworkers,
	    memory_order_relaxed) < workers_wanted());
}

static bool
is_over(const struct worker *worker)
{

	return (worker->life != atomic_load_explicit(&background.life,
	    memory_order_acquire));
}

static void
worker_run(struct worker *worker, uint64_t now, unsigned shares)
{

	atomic_fetch_add_explicit(&background.nruns, 1,
	    memory_order_relaxed);
	atomic_fetch_add_explicit(&background.slept, now - worker->last,
	    memory_order_relaxed);
	worker->last = now;
	_bas_arenas_decay((unsigned)(worker - workers), shares);
}

/*
 * Exchanged, not stored: so who finds this number has also seen the end of a
 * life that the number before it told of (workers_end).
 */
static void
round_begin(unsigned shares)
{
	uint32_t round, next;

	round = atomic_load_explicit(&background.round, memory_order_relaxed);
	do
		next = (round / ROUND_SHARES + 1) * ROUND_SHARES + shares;
	while (!atomic_compare_exchange_weak_explicit(&background.round,
	    &round, next, memory_order_release, memory_order_relaxed));
	_bas_os_wake(&background.round, true);
}

/* Its life is that of who starts it. */
static int
worker_start(struct worker *worker, uint32_t life)
{
	int error;

	worker->life = life;
	worker->round = atomic_load_explicit(&background.round,
	    memory_order_relaxed);
	worker->last = _bas_os_clock();
	atomic_fetch_add_explicit(&background.nthreads, 1,
	    memory_order_relaxed);
	error = _bas_os_thread_start(worker_main, worker);
	if (error != 0)
		atomic_fetch_sub_explicit(&background.nthreads, 1,
		    memory_order_relaxed);
	/* EBUSY, at a fork, is no failure: it is tried soon again. */
	if (error != 0 && error != EBUSY)
		atomic_store_explicit(&background.retry,
		    _bas_os_clock() + RETRY, memory_order_relaxed);
	return (error);
}

/*
 * The leader starts the others: unlike a thread of the program's it can wait
 * within the C library, as it has no locks.  One that it starts while all
 * are told to end is of the old life and ends with it; who waits for that
 * finds it in nthreads, since it is counted there before the leader has ended.
 */
static void
workers_add(const struct worker *leader)
{
	unsigned n;

	while (is_lacking(_bas_os_clock())) {
		n = atomic_load_explicit(&background.nworkers,
		    memory_order_relaxed);
		if (n == 0 || !_bas_tsd_none() ||
		    worker_start(&workers[n], leader->life) != 0 ||
		    !atomic_compare_exchange_strong_explicit(
		    &background.nworkers, &n, n + 1, memory_order_relaxed,
		    memory_order_relaxed))
			return;
		/* Either this sees a new max or who set it sees this one. */
		atomic_thread_fence(memory_order_seq_cst);
	}
	if (is_beyond())
		atomic_store_explicit(&_bas_background_missing, true,
		    memory_order_relaxed);
}

/* One round: all arenas are looked at, each by one worker. */
static void
worker_lead(struct worker *worker)
{
	uint64_t least = worker->last + BACKGROUND_PERIOD, now;
	uint32_t ticket = _bas_purge_ticket();
	unsigned shares;

	/* The ticket came first: an end after this look ends the sleep. */
	if (is_over(worker))
		return;
	workers_add(worker);
	_bas_purge_sleep(ticket, least);
	now = _bas_os_clock();
	if (now < least || is_over(worker) || !_bas_purge_claim(now, 0))
		return;
	shares = atomic_load_explicit(&background.nworkers,
	    memory_order_relaxed);
	/* They have just been told to end. */
	if (shares == 0)
		shares = 1;
	if (shares > 1)
		round_begin(shares);
	worker_run(worker, now, shares);
}

static void
worker_follow(struct worker *worker)
{
	uint32_t round = atomic_load_explicit(&background.round,
	    memory_order_acquire);

	if (is_over(worker))
		return;
	if (round == worker->round) {
		_bas_os_wait(&background.round, round);
		return;
	}
	worker->round = round;
	worker_run(worker, _bas_os_clock(), round % ROUND_SHARES);
}

static void *
worker_main(void *arg)
{
	struct worker *worker = arg;

	while (!is_over(worker))
		if (worker == workers)
			worker_lead(worker);
		else
			worker_follow(worker);
	atomic_fetch_sub_explicit(&background.nthreads, 1,
	    memory_order_release);
	_bas_os_wake(&background.nthreads, true);
	return (NULL);
}

/* End them all.  A round may have been cut short, so all is due again. */
static void
workers_end(void)
{
	uint32_t n;

	atomic_store_explicit(&_bas_purge_grace, 0, memory_order_relaxed);
	atomic_store_explicit(&background.nworkers, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&background.life, 1, memory_order_release);
	atomic_fetch_add_explicit(&background.round, ROUND_SHARES,
	    memory_order_release);
	_bas_os_wake(&background.round, true);
	_bas_purge_stir();
	while ((n = atomic_load_explicit(&background.nthreads,
	    memory_order_acquire)) != 0)
		_bas_os_wait(&background.nthreads, n);
	_bas_purge_wake(0);
}

/*
 * The first, which starts the others; 0 if there is one, or will be.  It
 * counts before it is there, as it looks at once who is missing.
 */
static int
workers_start(void)
{
	unsigned n = atomic_load_explicit(&background.nworkers,
	    memory_order_relaxed), wanted = workers_wanted();
	int error;

	if (n > wanted) {
		workers_end();
		n = 0;
	}
	if (n != 0) {
		if (n < wanted)
			_bas_purge_stir();
		return (0);
	}
	atomic_store_explicit(&background.nworkers, 1, memory_order_relaxed);
	error = worker_start(workers, atomic_load_explicit(&background.life,
	    memory_order_relaxed));
	if (error != 0)
		atomic_store_explicit(&background.nworkers, 0,
		    memory_order_relaxed);
	else
		atomic_store_explicit(&_bas_purge_grace, BACKGROUND_LATE,
		    memory_order_relaxed);
	return (error == EBUSY ? 0 : error);
}

/* Make it so, until nobody wishes anything else. */
static int
workers_settle(void)
{
	uint32_t wishes;
	int error;

	do {
		/* Acquire: what is wished for was written before. */
		wishes = atomic_load_explicit(&background.wishes,
		    memory_order_acquire);
		/*
		 * Either this finds the lock free or who holds it finds the
		 * wish: each has this fence between what it wrote and what
		 * it looks at.
		 */
		atomic_thread_fence(memory_order_seq_cst);
		if (!lock_try(&background.lock))
			return (0);
		error = 0;
		if (_bas_background_is_on())
			error = workers_start();
		else if (atomic_load_explicit(&background.nworkers,
		    memory_order_relaxed) != 0)
			workers_end();
		alone_set();
		lock_give(&background.lock);
		atomic_thread_fence(memory_order_seq_cst);
	} while (wishes != atomic_load_explicit(&background.wishes,
	    memory_order_relaxed));
	return (error);
}

/* Release: who sees that something is wished for sees what. */
static void
wish(void)
{

	atomic_fetch_add_explicit(&background.wishes, 1,
	    memory_order_release);
}

/*
 * In a hook of an arena, where the caller holds locks and may even be a
 * worker, it has to wait for the next slow path.
 */
static int
wish_come_true(void)
{

	wish();
	if (self()->cache->state != CACHE_DEAD)
		return (workers_settle());
	atomic_store_explicit(&_bas_background_missing, true,
	    memory_order_relaxed);
	return (0);
}

int
_bas_background_set(bool on)
{
	int error;

	atomic_store_explicit(&background.retry, 0, memory_order_relaxed);
	atomic_store_explicit(&background.on, on, memory_order_relaxed);
	error = wish_come_true();
	if (error == 0)
		return (0);
	atomic_store_explicit(&background.on, false, memory_order_relaxed);
	alone_set();
	return (error == ENOTSUP ? ENOENT : EFAULT);
}

int
_bas_background_set_max(size_t n)
{

	if (n == 0 || n > _bas_options.max_background_threads)
		return (EINVAL);
	atomic_store_explicit(&background.max, n, memory_order_relaxed);
	/* Who starts the first ones just now sees the wish, or is seen. */
	wish();
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&background.nworkers,
	    memory_order_relaxed) != 0)
		(void)wish_come_true();
	return (0);
}

void
_bas_background_ready(void)
{

	atomic_store_explicit(&background.ready, true, memory_order_relaxed);
	alone_set();
	background_note();
}

void
_bas_background_note(void)
{

	if (!atomic_exchange_explicit(&background.forked, false,
	    memory_order_relaxed) && is_lacking(_bas_os_clock()))
		atomic_store_explicit(&_bas_background_missing, true,
		    memory_order_relaxed);
}

void
_bas_background_begin(void)
{

	if (self()->cache->state == CACHE_DEAD)
		return;
	atomic_store_explicit(&_bas_background_missing, false,
	    memory_order_relaxed);
	if (!_bas_background_is_on() || is_lacking(_bas_os_clock()) ||
	    is_beyond())
		(void)workers_settle();
}

void
_bas_background_stats(struct background_stats *stats)
{
	uint64_t slept = atomic_load_explicit(&background.slept,
	    memory_order_relaxed);

	stats->num_threads = atomic_load_explicit(&background.nworkers,
	    memory_order_relaxed);
	stats->num_runs = atomic_load_explicit(&background.nruns,
	    memory_order_relaxed);
	stats->run_interval = stats->num_runs == 0 ? 0 :
	    slept / stats->num_runs;
}

void
_bas_background_lock_stats(struct lock_stats *stats)
{

	_bas_lock_stats(&background.lock, stats);
}

void
_bas_background_lock_reset(void)
{

	/* It is not waited for, and its holder's numbers are few. */
	if (!lock_is_held(&background.lock))
		_bas_lock_stats_reset(&background.lock);
}

void
_bas_background_mend(void)
{

	_bas_lock_init(&background.lock, RANK_BACKGROUND);
	atomic_store_explicit(&background.nworkers, 0, memory_order_relaxed);
	atomic_store_explicit(&background.nthreads, 0, memory_order_relaxed);
	atomic_store_explicit(&_bas_background_missing, false,
	    memory_order_relaxed);
	atomic_store_explicit(&background.retry, 0, memory_order_relaxed);
	atomic_store_explicit(&background.nruns, 0, memory_order_relaxed);
	atomic_store_explicit(&background.slept, 0, memory_order_relaxed);
	atomic_store_explicit(&background.forked, true,
	    memory_order_relaxed);
	alone_set();
}
