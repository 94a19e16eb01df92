/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * util/lock.h: 0 free, 1 held, 2 held and somebody may sleep.
 *
 * Checked: one holder at a time; each finds what the last one wrote; nobody
 * sleeps for ever (spin calls that an invalid end state).
 *
 * BROKEN_RELEASE	the lock is given with a relaxed exchange
 * BROKEN_ACQUIRE	what the last holder wrote is read before the lock is
 *			had
 * BROKEN_TWO		who has slept takes the lock as 1
 * BROKEN_COMPARE	the kernel does not look at the word again before it
 *			lets a thread sleep
 */

#define	CPUS	3
#define	WORDS	2

#define	LOCK	0
#define	DATA	1

#include "weak.pml"

#define	ROUNDS	2

byte	holders;
byte	done;
bit	asleep[CPUS];

/* futex: the look and the sleep are one step for whoever wakes. */
inline WAIT(c, v)
{
	atomic {
		if
#ifndef BROKEN_COMPARE
		:: word[LOCK] != v -> skip
		:: word[LOCK] == v ->
#else
		:: true ->
#endif
			asleep[c] = 1
		fi
	}
	asleep[c] == 0
}

inline WAKE()
{
	atomic {
		if
		:: asleep[0] -> asleep[0] = 0
		:: asleep[1] -> asleep[1] = 0
		:: asleep[2] -> asleep[2] = 0
		:: !asleep[0] && !asleep[1] && !asleep[2] -> skip
		fi
	}
}

inline TAKE(c)
{
	CAS(c, LOCK, 0, 1, old);
	if
	:: old == 0 -> skip
	:: else ->
		do
#ifndef BROKEN_TWO
		:: SWAP(c, LOCK, 2, old);
#else
		:: SWAP(c, LOCK, 1, old);
#endif
			if
			:: old == 0 -> break
			:: else ->
#ifndef BROKEN_TWO
				WAIT(c, 2)
#else
				WAIT(c, 1)
#endif
			fi
		od
	fi
}

inline GIVE(c)
{
#ifndef BROKEN_RELEASE
	FLUSH(c);
#endif
	SWAP(c, LOCK, 0, old);
	if
	:: old == 2 -> WAKE()
	:: else
	fi
}

proctype thread(byte c)
{
	byte old, n, seen;

	do
	:: n < ROUNDS ->
#ifdef BROKEN_ACQUIRE
		LOAD(c, DATA, seen);
#endif
		TAKE(c);
		holders++;
		assert(holders == 1);
#ifndef BROKEN_ACQUIRE
		LOAD(c, DATA, seen);
#endif
		/* As many as have held it before. */
		assert(seen == done);
		STORE(c, DATA, seen + 1);
		done++;
		holders--;
		GIVE(c);
		n++
	:: else -> break
	od
}

init
{
	atomic {
		run thread(0);
		run thread(1);
		run thread(2)
	}
}
