/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads of our own that purge while the program's do something else.
 *
 * The first of them, the leader, sleeps until a purge is due, and at
 * least BACKGROUND_PERIOD.  Arenas are dealt out to as many as there are;
 * another one starts with each BACKGROUND_ARENAS arenas, up to a bound.
 * While they are there, slow paths leave purging to them, unless they are
 * BACKGROUND_LATE behind.  They allocate nothing but what the C library
 * needs when the leader starts another one.
 *
 * The leader is started at once by who asks for that, and else at the next
 * slow path of an allocation: see background_note.  It starts the others.
 */
#ifndef BASALT_BACKGROUND_H
#define	BASALT_BACKGROUND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/bits.h"
#include "util/config.h"
#include "util/lock.h"

#define	BACKGROUND_PERIOD	((uint64_t)100 * 1000000)	/* ns */
#define	BACKGROUND_LATE		((uint64_t)1000 * 1000000)	/* ns */
#define	BACKGROUND_ARENAS	4

struct background_stats {
	size_t		num_threads;	/* there are now */
	uint64_t	num_runs;	/* times that one woke to purge */
	uint64_t	run_interval;	/* ns between them, on average */
};

/* The wish; whether there are threads is told by the statistics. */
bool	_bas_background_is_on(void);
/*
 * It is so when this returns, unless the caller is in an extent hook, another
 * thread is at it, or a fork is on; but for the first one threads come soon
 * after.  EFAULT: there can be no thread now, ENOENT: nor ever; then it is
 * off.
 */
int	_bas_background_set(bool on);
/* At most so many, 1 to opt.max_background_threads; else EINVAL. */
size_t	_bas_background_max(void);
int	_bas_background_set_max(size_t n);
void	_bas_background_stats(struct background_stats *stats);
void	_bas_background_lock_stats(struct lock_stats *stats);
void	_bas_background_lock_reset(void);

/* The C library is ready for threads: the option has its way from here. */
void	_bas_background_ready(void);
/* In a child of fork, which has none of the threads. */
void	_bas_background_mend(void);

/*
 * One is missing, or a wish is open.  A thread is started where the C
 * library may allocate, and the caller holds no lock: none of ours and,
 * as those who free may, none of the C library's.  Relaxed: a hint.
 */
extern BASALT_HIDDEN _Atomic bool _bas_background_missing;

void	_bas_background_begin(void);

/* There is none, but should be: see background_note.  Relaxed: a hint. */
extern BASALT_HIDDEN _Atomic bool _bas_background_alone;

void	_bas_background_note(void);

/*
 * At a slow path, now and then.  The leader sees that others are missing;
 * nobody sees that for it, but this.  A child of fork that only goes on to
 * be another program comes here once at most, and gets no thread.
 */
static inline void
background_note(void)
{

	if (unlikely(atomic_load_explicit(&_bas_background_alone,
	    memory_order_relaxed)))
		_bas_background_note();
}

static inline bool
background_is_missing(void)
{

	return (atomic_load_explicit(&_bas_background_missing,
	    memory_order_relaxed));
}

#endif /* !BASALT_BACKGROUND_H */
