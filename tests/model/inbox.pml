/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * heap/remote.h and who uses it in heap/bin.c: threads that find a bin locked
 * push what they free to its inbox, and holders of the lock drain it.
 *
 * Two threads flush, and flush again what comes back to them; a third, whose
 * bin it is, refills.  An object carries, in one word, the link, and in
 * another what its last user left there.
 *
 * Checked: no object is lost, none comes out twice, and whoever drains one
 * sees what was written before it was freed.
 *
 * BROKEN_RELEASE	the push is relaxed
 * BROKEN_ACQUIRE	a drained object is read before the exchange
 * BROKEN_POP		objects are popped singly: ABA
 */

#define	CPUS	3
#define	WORDS	7

#define	FIRST	0		/* the inbox: an object, 1 on, or 0 */
#define	LINK	0		/* of object 1 to 3: words 1 to 3 */
#define	LEFT	3		/* what was left in it: 4 to 6 */

#include "weak.pml"

#define	FLUSHES	2
#define	OBJECTS	3

/* Whom an object belongs to. */
#define	BIN	3		/* free, in its slab */
#define	INBOX	4

byte	owner[OBJECTS + 1];
byte	left[OBJECTS + 1];	/* what the last user left, as he knows it */
bit	locked;
byte	finished;		/* flushers */

/* The bin's lock; its orders are in lock.pml. */
inline TRY(c, got)
{
	d_step {
		got = !locked;
		locked = 1
	}
}

inline UNLOCK(c)
{
	d_step {
		FLUSH(c);
		locked = 0
	}
}

/* What one user leaves is told from what the next one does. */
inline USE(c, o)
{
	d_step {
		left[o] = 1 - left[o];
	}
	STORE(c, LEFT + o, left[o])
}

inline READ(c, o)
{
	d_step {
		assert(owner[o] == INBOX);
		assert(LOADED(c, LEFT + o) == left[o]);
		owner[o] = BIN
	}
}

#ifndef BROKEN_POP
inline DRAIN(c)
{
#ifdef BROKEN_ACQUIRE
	/* The processor guesses what it will find. */
	LOAD(c, LINK + 1, early[1]);
	LOAD(c, LINK + 2, early[2]);
	LOAD(c, LINK + 3, early[3]);
#endif
	SWAP(c, FIRST, 0, p);
	do
	:: p == 0 -> break
	:: else ->
#ifdef BROKEN_ACQUIRE
		next = early[p];
#else
		LOAD(c, LINK + p, next);
#endif
		READ(c, p);
		p = next;
		next = 0
	od
}
#else
inline DRAIN(c)
{
	do
	:: LOAD(c, FIRST, p);
		if
		:: p == 0 -> break
		:: else ->
			LOAD(c, LINK + p, next);
			CAS(c, FIRST, p, next, head);
			if
			:: head == p ->
				READ(c, p)
			:: else
			fi;
			head = 0;
			next = 0
		fi
	od
}
#endif

inline PUSH(c, o)
{
	owner[o] = INBOX;
	LOAD(c, FIRST, head);
	do
	:: STORE(c, LINK + o, head);
#ifndef BROKEN_RELEASE
		FLUSH(c);
#endif
		was = head;
		CAS(c, FIRST, was, o, head);
		if
		:: head == was -> break
		:: else
		fi
	od;
	head = 0;
	was = 0
}

/* An object that the thread has, or one that the bin has for it. */
inline PICK(c, o)
{
	atomic {
		if
		:: owner[1] == c || owner[1] == BIN -> o = 1
		:: owner[2] == c || owner[2] == BIN -> o = 2
		:: owner[3] == c || owner[3] == BIN -> o = 3
		:: else -> o = 0
		fi;
		if
		:: o != 0 -> owner[o] = c
		:: else
		fi
	}
}

proctype flusher(byte c)
{
	byte n, o, head, was, p, next;
	bit got;
#ifdef BROKEN_ACQUIRE
	byte early[4];
#endif

	do
	:: n < FLUSHES ->
		PICK(c, o);
		if
		:: o != 0 ->
			USE(c, o);
			/* The bin may be locked, whoever has it just now. */
			PUSH(c, o);
#ifndef BROKEN_POP
			TRY(c, got);
			if
			:: got -> DRAIN(c); UNLOCK(c)
			:: else
			fi
#else
			DRAIN(c)
#endif
		:: else
		fi;
		n++
	:: else -> break
	od;
	finished++
}

/* The last one drains when the others are done: a trim. */
proctype refiller(byte c)
{
	byte p, next, head;
	bit got;
#ifdef BROKEN_ACQUIRE
	byte early[4];
#endif

	TRY(c, got);
	if
	:: got -> DRAIN(c); UNLOCK(c)
	:: else
	fi;
	finished == 2;
	TRY(c, got);
	assert(got);
	DRAIN(c);
	UNLOCK(c);
	assert(owner[1] != INBOX);
	assert(owner[2] != INBOX);
	assert(owner[3] != INBOX)
}

init
{
	atomic {
		owner[1] = 0;
		owner[2] = 1;
		owner[3] = 1;
		run flusher(0);
		run flusher(1);
		run refiller(2)
	}
}
