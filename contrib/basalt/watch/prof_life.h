/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * How sampled objects came and went, for who wants more than sums: a log of
 * those that did both (prof_log.c), and the last ones (prof_recent.c).  Both
 * are under the lock of prof_table.h, unless said otherwise.
 */
#ifndef BASALT_PROF_LIFE_H
#define	BASALT_PROF_LIFE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/os.h"
#include "os/wall.h"
#include "util/options.h"
#include "watch/prof_state.h"
#include "watch/prof_table.h"

/* When, by whom and where an object was freed. */
struct prof_moment {
	uint64_t	time;		/* of prof_life_time() */
	struct prof_thread *thread;
	const uintptr_t	*pcs;		/* innermost first */
	unsigned	n;
};

/* Does anybody want to know?  Without the lock it may be heard of late. */
static inline bool
prof_life_is_kept(void)
{

	return (atomic_load_explicit(&_bas_prof.log, memory_order_relaxed) !=
	    0 || atomic_load_explicit(&_bas_prof.recent_max,
	    memory_order_relaxed) != 0);
}

/*
 * Nanoseconds, without the lock.  By default of a clock that is cheap, never
 * goes back and steps by some ms; for prof_time_resolution:high since 1970.
 */
static inline uint64_t
prof_life_time(void)
{

	return (_bas_options.prof_time_resolution == PROF_TIME_HIGH ?
	    _bas_os_wall() : _bas_os_clock());
}

/* An object has just been put into the table, at that time. */
void	_bas_prof_life_begin(struct prof_object *object, uint64_t time);
/* It is about to go. */
void	_bas_prof_life_end(struct prof_object *object,
	    const struct prof_moment *end);

/*
 * The log.  Start and stop take the locks; 0 or an errno value: EALREADY if
 * it is on, or off, or why it cannot be written.  With no name it is one of
 * the prefix and the next number.
 */
int	_bas_prof_log_start(const char *name);
int	_bas_prof_log_stop(void);
void	_bas_prof_log_put(const struct prof_object *object,
	    const struct prof_moment *end);
/* In a child of fork; lost: some other thread was at the table. */
void	_bas_prof_log_mend(bool lost);

/* The last ones. */
void	_bas_prof_recent_put(struct prof_object *object);
/* end is NULL if nothing is known of it. */
void	_bas_prof_recent_end(struct prof_object *object,
	    const struct prof_moment *end);
/* Forget all without looking at them, after a loss. */
void	_bas_prof_recent_lose(void);
/* These take the lock.  How many are kept; -1: all. */
void	_bas_prof_recent_max_set(ssize_t max);
/* As JSON, in pieces; NULL: where messages go.  0, or ENOMEM. */
int	_bas_prof_recent_dump(void (*write)(void *, const char *), void *arg);

#endif /* !BASALT_PROF_LIFE_H */
