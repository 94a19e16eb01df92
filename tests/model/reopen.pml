/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * util/lock_fork.c: a fork closes a lock instead of taking it.  Who takes the
 * lock looks whether it is closed, and lets go of it then; who forks looks
 * whether it is held, and waits then.
 *
 * The lock is one of maintenance: one thread waits for it, another tries it
 * and leaves a note where it is refused (wanted.pml), a third forks.
 *
 * Checked: while the fork copies nobody is in the middle of a change; and at
 * last no page is left, or a slow path is going to come by.
 *
 * BROKEN_TAKE		whether it is closed is looked at before it is taken
 * BROKEN_CLOSE		no order between the closing and the look at the lock
 * BROKEN_AWAIT		who forks does not wait for the holder
 * BROKEN_NOTE		nor looks for notes when the lock is open again
 * BROKEN_OPEN		or does so before others find it open
 */

#define	CPUS	3
#define	WORDS	6

#define	LOCK	0
#define	CLOSED	1
#define	THIS	2		/* equal, but for who has the lock */
#define	THAT	3
#define	WANTED	4
#define	DUE	5

#include "weak.pml"

byte	pages;			/* under a lock of its own */
byte	finished;

inline RELEASE(c)
{
	FLUSH(c);
	SWAP(c, LOCK, 0, old)
}

/* It is had, and not closed. */
inline TRY(c, got)
{
#ifdef BROKEN_TAKE
	LOAD(c, CLOSED, closed);
#endif
	FLUSH(c);
	CAS(c, LOCK, 0, 1, old);
	got = old == 0;
#ifndef BROKEN_TAKE
	LOAD(c, CLOSED, closed);
#endif
	if
	:: got && closed -> RELEASE(c); got = 0
	:: else
	fi;
	closed = 0;
	old = 0
}

inline NOTES(c)
{
	LOAD(c, WANTED, wanted);
	if
	:: wanted ->
		SWAP(c, WANTED, 0, wanted);
		if
		:: wanted -> FLUSH(c); SWAP(c, DUE, 1, old)
		:: else
		fi
	:: else
	fi;
	wanted = 0;
	old = 0
}

inline PAGES(c, n)
{
	d_step {
		FLUSH(c);
		pages = n
	}
}

inline PURGE(c, n)
{
	STORE(c, THIS, n);
	PAGES(c, 0);
	STORE(c, THAT, n);
	RELEASE(c);
	FLUSH(c);
	NOTES(c)
}

/* Waiting is the same as trying until it is had. */
proctype taker(byte c)
{
	byte old;
	bit got, closed, wanted;

	do
	:: TRY(c, got);
		if
		:: got -> break
		:: else -> (word[LOCK] == 0 && word[CLOSED] == 0)
		fi
	od;
	PURGE(c, 1);
	finished++
}

proctype tryer(byte c)
{
	byte old;
	bit got, closed, wanted;

	PAGES(c, 1);
	TRY(c, got);
	if
	:: got
	:: else ->
		STORE(c, WANTED, 1);
		FLUSH(c);
		TRY(c, got)
	fi;
	if
	:: got -> PURGE(c, 2)
	:: else
	fi;
	finished++
}

proctype forker(byte c)
{
	byte old;
	bit wanted;

	STORE(c, CLOSED, 1);
#ifndef BROKEN_CLOSE
	FLUSH(c);
#endif
#ifndef BROKEN_AWAIT
	do
	:: LOAD(c, LOCK, old);
		if
		:: old == 0 -> break
		:: else -> word[LOCK] == 0
		fi
	od;
#endif
	/* As fork.pml has it. */
	atomic {
		FLUSH(0);
		FLUSH(1);
		assert(word[THIS] == word[THAT])
	}
	FLUSH(c);
#ifdef BROKEN_OPEN
	NOTES(c);
#endif
	STORE(c, CLOSED, 0);
	FLUSH(c);
#if !defined(BROKEN_NOTE) && !defined(BROKEN_OPEN)
	NOTES(c);
#endif
	finished++;
	finished == 3 && nlate == 0;
	assert(word[DUE] || !pages)
}

init
{
	atomic {
		run taker(0);
		run tryer(1);
		run forker(2)
	}
}
