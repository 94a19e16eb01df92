/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * meta/pagemap.h: who has an address finds its class without any order of its
 * own, and who has not finds nothing or what is whole.
 *
 * Two makers race for the leaf of a root's entry, each with a page in it.
 * They say what lies there and hand the address to a third thread, which
 * frees it; a maker uses such a page again, for another class.  A fourth
 * looks up the superpage of an address that nobody gave it.
 *
 * BROKEN_INSTALL	the leaf is stored, not exchanged for nothing
 * BROKEN_HANDOUT	the address is handed out before the class is written
 * BROKEN_PROGRAM	the program hands it on without an order (its error)
 * BROKEN_CLEAR		the class is cleared after the page was given back
 * BROKEN_RELEASE	the descriptor's address is relaxed
 */

#define	CPUS	4
#define	WORDS	8

#define	ROOT	0
/* Of leaf 1 or 2, page 0 or 1. */
#define	CLASS(leaf, page)	(1 + ((leaf) - 1) * 2 + (page))
#define	HUGE(leaf)		(4 + (leaf))	/* of page 0 */
#define	DESCRIPTOR		7		/* 1: filled in */

#include "weak.pml"

/* What the program hands over: a page, and as what it was allocated. */
mtype = { object };
chan	hand = [2] of { mtype, byte, byte };

/* Pages that nobody uses, under the lock of the pages. */
bit	unused[2];

/* The leaf for an address; 0: the one that is never written. */
inline LEAF(c)
{
	LOAD(c, ROOT, leaf)
}

inline COVER(c)
{
	LEAF(c);
	if
	:: leaf != 0
	:: else ->
#ifdef BROKEN_INSTALL
		STORE(c, ROOT, c + 1)
#else
		FLUSH(c);
		CAS(c, ROOT, 0, c + 1, leaf)
#endif
	fi;
	LEAF(c)
}

inline HAND(page, class)
{
	LEAF(c);
#ifndef BROKEN_HANDOUT
	STORE(c, CLASS(leaf, page), class);
#endif
#ifndef BROKEN_PROGRAM
	FLUSH(c);
#endif
	hand ! object, page, class;
#ifdef BROKEN_HANDOUT
	STORE(c, CLASS(leaf, page), class);
#endif
	leaf = 0
}

proctype maker(byte c)
{
	byte leaf;

	COVER(c);
	if
	:: c == 0 ->
		STORE(c, DESCRIPTOR, 1);
#ifndef BROKEN_RELEASE
		FLUSH(c);
#endif
		STORE(c, HUGE(leaf), 1)
	:: else
	fi;
	HAND(c, 1);
	/* Taken again, under the lock. */
	atomic { unused[c] -> unused[c] = 0 }
	HAND(c, 2)
}

proctype freer(byte c)
{
	byte leaf, n, page, class;

	do
	:: n < 4 ->
		hand ? object, page, class;
		LEAF(c);
		assert(leaf != 0);
		assert(LOADED(c, CLASS(leaf, page)) == class);
#ifndef BROKEN_CLEAR
		STORE(c, CLASS(leaf, page), 0);
#endif
		/* The lock is taken, and given. */
		FLUSH(c);
		unused[page] = 1;
#ifdef BROKEN_CLEAR
		STORE(c, CLASS(leaf, page), 0);
#endif
		leaf = 0;
		n++
	:: else -> break
	od
}

/* Each load depends on what the one before it found. */
proctype wild(byte c)
{
	byte leaf, huge;

	LEAF(c);
	if
	:: leaf != 0 ->
		LOAD(c, HUGE(leaf), huge);
		if
		:: huge != 0 -> assert(LOADED(c, DESCRIPTOR) == 1)
		:: else
		fi
	:: else
	fi
}

init
{
	atomic {
		run maker(0);
		run maker(1);
		run freer(2);
		run wild(3)
	}
}
