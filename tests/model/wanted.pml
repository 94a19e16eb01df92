/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * heap/arena_purge.c: who finds an arena's maintenance going on goes on too,
 * after a note that somebody wanted it; who has finished looks for notes, and
 * for one lets a slow path come by.  thread/background.c has the same for
 * wishes.
 *
 * Two threads free pages that may not stay and purge; a third comes by when a
 * purge is due.
 *
 * Checked: at last no page is left, or a slow path is going to come by.
 *
 * BROKEN_TRY		no fence between the note and the second try
 * BROKEN_AGAIN		no second try
 * BROKEN_GIVE		notes are looked for before the lock is given
 * BROKEN_STORE		the note is taken away by a store, which may come late
 *			and take another's away
 * BROKEN_WAKE		what is due is looked at before the note is taken
 */

#define	CPUS	3
#define	WORDS	3

#define	LOCK	0
#define	WANTED	1
#define	DUE	2		/* 1: a slow path shall come by */

#include "weak.pml"

byte	pages;			/* under a lock of its own */
byte	finished;

inline PAGES(c, n)
{
	d_step {
		FLUSH(c);
		pages = n
	}
}

inline LET_GO(c)
{
#ifdef BROKEN_GIVE
	LOAD(c, WANTED, wanted);
#endif
	FLUSH(c);
	SWAP(c, LOCK, 0, old);
	FLUSH(c);
#ifndef BROKEN_GIVE
	LOAD(c, WANTED, wanted);
#endif
	if
	:: wanted ->
#ifdef BROKEN_WAKE
		LOAD(c, DUE, due);
#endif
#ifdef BROKEN_STORE
		STORE(c, WANTED, 0);
#else
		FLUSH(c);
		SWAP(c, WANTED, 0, wanted);
#endif
#ifndef BROKEN_WAKE
		LOAD(c, DUE, due);
#endif
		if
		:: wanted && !due -> FLUSH(c); CAS(c, DUE, 0, 1, old)
		:: else
		fi
	:: else
	fi;
	due = 0;
	wanted = 0;
	old = 0
}

inline VISIT(c)
{
	CAS(c, LOCK, 0, 1, old);
	if
	:: old == 0
	:: else ->
		STORE(c, WANTED, 1);
#ifndef BROKEN_TRY
		FLUSH(c);
#endif
#ifndef BROKEN_AGAIN
		CAS(c, LOCK, 0, 1, old)
#endif
	fi;
	if
	:: old == 0 -> PAGES(c, 0); LET_GO(c)
	:: else -> old = 0
	fi
}

proctype user(byte c)
{
	byte old;
	bit wanted, due;

	PAGES(c, pages + 1);
	VISIT(c);
	PAGES(c, pages + 1);
	VISIT(c);
	finished++
}

/*
 * Nobody else takes what is due, so its store is the exchange.  It may be late:
 * the lock of the pages comes before anything that depends on it.
 */
proctype slow(byte c)
{
	byte old;
	bit wanted, due;

	do
	:: LOAD(c, DUE, due);
		if
		:: due ->
			due = 0;
			STORE(c, DUE, 0);
			VISIT(c)
		:: !due && finished == 2 -> break
		fi
	od;
	/* Nothing is due, and nobody comes any more. */
	nlate == 0;
	assert(word[DUE] || !pages)
}

init
{
	atomic {
		word[DUE] = 1;
		run user(0);
		run user(1);
		run slow(2)
	}
}
