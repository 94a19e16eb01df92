/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * util/lock_fork.c: a fork closes ranks of locks instead of taking each.
 *
 * A thread takes a lock, and one of the next rank within; another takes the
 * latter only.  Each changes two words under it.  A third forks, twice.
 *
 * Checked: when all is closed nobody holds a lock, and what they guard is
 * whole in memory; nobody waits for ever (spin calls that an invalid end
 * state).  How a lock is waited for is in lock.pml.
 *
 * BROKEN_CLOSE		the store that closes may be late
 * BROKEN_LOOK		who takes a lock has looked before whether it is closed
 * BROKEN_STAY		who finds it closed waits with the lock held
 * BROKEN_RANK		both ranks are closed at once
 * BROKEN_AWAIT		holders of the second rank are not waited for
 * BROKEN_RELEASE	a lock is given with a relaxed exchange
 */

#define	CPUS	3
#define	WORDS	5

#define	UPPER	0		/* the locks: 1 is held */
#define	LOWER	1
#define	CLOSED	2		/* ranks up to this, 1 and 2 */
#define	LEFT	3		/* under the lower one */
#define	RIGHT	4

#include "weak.pml"

byte	holders;

inline GIVE(c, lock)
{
#ifndef BROKEN_RELEASE
	FLUSH(c);
#endif
	SWAP(c, lock, 0, old)
}

inline TAKE(c, lock, rank)
{
	do
	:: true ->
#ifdef BROKEN_LOOK
		LOAD(c, CLOSED, closed);
#endif
		atomic {
			word[lock] == 0;
			CAS(c, lock, 0, 1, old)
		}
#ifndef BROKEN_LOOK
		LOAD(c, CLOSED, closed);
#endif
		if
		:: closed >= rank ->
#ifndef BROKEN_STAY
			GIVE(c, lock);
#endif
			word[CLOSED] < rank;
#ifdef BROKEN_STAY
			break
#endif
		:: else -> break
		fi
	od;
	closed = 0;
	old = 0
}

inline CHANGE(c)
{
	holders++;
	LOAD(c, LEFT, seen);
	STORE(c, LEFT, 1 - seen);
	STORE(c, RIGHT, 1 - seen);
	seen = 0;
	holders--
}

proctype nested(byte c)
{
	byte old, closed, seen;

	TAKE(c, UPPER, 1);
	holders++;
	TAKE(c, LOWER, 2);
	CHANGE(c);
	GIVE(c, LOWER);
	holders--;
	GIVE(c, UPPER)
}

proctype plain(byte c)
{
	byte old, closed, seen;

	TAKE(c, LOWER, 2);
	CHANGE(c);
	GIVE(c, LOWER);
	TAKE(c, LOWER, 2);
	CHANGE(c);
	GIVE(c, LOWER)
}

inline CLOSE(c, rank)
{
	STORE(c, CLOSED, rank);
#ifndef BROKEN_CLOSE
	FLUSH(c)
#endif
}

proctype forker(byte c)
{
	byte n;

	do
	:: n < 2 ->
#ifndef BROKEN_RANK
		CLOSE(c, 1);
#else
		CLOSE(c, 2);
#endif
		word[UPPER] == 0;
		CLOSE(c, 2);
#ifndef BROKEN_AWAIT
		word[LOWER] == 0;
#endif
		/* The kernel copies. */
		d_step {
			assert(holders == 0);
			assert(word[LEFT] == word[RIGHT])
		}
		FLUSH(c);
		STORE(c, CLOSED, 0);
		n++
	:: else -> break
	od
}

init
{
	atomic {
		run nested(0);
		run plain(1);
		run forker(2)
	}
}
