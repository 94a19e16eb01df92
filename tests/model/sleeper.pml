/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * page/purge_due.c: one thread sleeps until a purge is due; who makes one due
 * earlier wakes it.
 *
 * Times are small numbers.  The sleeper wakes by itself at the time that it
 * found; here that is never, so it must not sleep beyond what is due.
 *
 * BROKEN_SLEEP		no order between what it waits for and the second look
 * BROKEN_LOOK		there is no second look
 * BROKEN_WAKE		the sleeper is looked for before the time is lowered
 * BROKEN_TICKET	the futex does not compare the ticket
 */

#define	CPUS	3
#define	WORDS	3

#define	DUE	0
#define	UNTIL	1		/* 0: nobody sleeps */
#define	TICKET	2

#include "weak.pml"

#define	LATE	9

bit	asleep;
byte	finished;		/* wakers */

proctype waker(byte c; byte when)
{
	byte due, until, old;

#ifdef BROKEN_WAKE
	LOAD(c, UNTIL, until);
#endif
	/* Sequentially consistent: it is before the next load for all. */
	d_step {
		due = word[DUE];
		if
		:: when < due ->
			word[DUE] = when;
			due = when
		:: else
		fi
	}
#ifndef BROKEN_WAKE
	LOAD(c, UNTIL, until);
#endif
	if
	:: due < until ->
		SWAP(c, UNTIL, 0, old);
		if
		:: old != 0 ->
			d_step { word[TICKET] = word[TICKET] + 1 }
			asleep = 0
		:: else
		fi
	:: else
	fi;
	finished++
}

proctype sleeper(byte c)
{
	byte until, ticket, due;

	LOAD(c, TICKET, ticket);
	LOAD(c, DUE, until);
	STORE(c, UNTIL, until);
#ifndef BROKEN_SLEEP
	FLUSH(c);
#endif
#ifndef BROKEN_LOOK
	LOAD(c, DUE, due);
#else
	due = until;
#endif
	if
	:: due >= until ->
		atomic {
			if
#ifndef BROKEN_TICKET
			:: word[TICKET] != ticket
			:: word[TICKET] == ticket ->
#else
			:: true ->
#endif
				asleep = 1
			fi
		}
		/* Asleep with the others gone: nothing earlier is due. */
		(!asleep || (finished == 2 && nlate == 0));
		assert(!asleep || word[DUE] >= until)
	:: else
	fi;
	STORE(c, UNTIL, 0)
}

init
{
	atomic {
		word[DUE] = LATE;
		run sleeper(0);
		run waker(1, 3);
		run waker(2, 5)
	}
}
