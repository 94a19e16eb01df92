/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Are locks taken in the order of their ranks?  Debug builds alone ask.
 */
#include "util/lock.h"
#include "util/report.h"

/* A thread holds at most this many locks at once. */
#define	LOCK_DEPTH	8

/*
 * The ranks that this thread holds.  A libc that cannot have variables of
 * threads leaves this file out.
 */
static _Thread_local struct {
	uint32_t	depth;
	uint32_t	rank[LOCK_DEPTH];
} held;

void
_bas_lock_rank_check(const struct lock *lock)
{

	if (held.depth > 0 && held.rank[held.depth - 1] >= lock_rank(lock))
		_bas_report_fatal("lock_take", "lock taken out of rank");
}

void
_bas_lock_rank_push(struct lock *lock)
{

	_bas_lock_fork_see(lock);
	if (held.depth == LOCK_DEPTH)
		_bas_report_fatal("lock_take", "too many locks held");
	held.rank[held.depth++] = lock_rank(lock);
}

void
_bas_lock_rank_pop(const struct lock *lock)
{
	uint32_t i;

	for (i = held.depth; i > 0; i--)
		if (held.rank[i - 1] == lock_rank(lock))
			break;
	if (i == 0)
		_bas_report_fatal("lock_give", "lock is not held");
	for (; i < held.depth; i++)
		held.rank[i - 1] = held.rank[i];
	held.depth--;
}

uint32_t
_bas_lock_rank_held(uint32_t rank)
{
	uint32_t i, n = 0;

	for (i = 0; i < held.depth; i++)
		n += held.rank[i] == rank;
	return (n);
}
