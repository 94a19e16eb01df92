/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * watch/shelf.h: a snapshot is copied to its slot word by word under a lock,
 * and read without one.
 *
 * Two threads ask for a word of snapshots that share a slot: in epoch 1 and
 * then 2, each time of arena 1 or 2.  The word tells which snapshot it is of.
 *
 * Checked: the word is of the snapshot that was asked for; what is there is
 * read without the lock; all questions are answered.
 *
 * BROKEN_ODD		no release fence after the number that says "changing"
 * BROKEN_EVEN		the number that says "done" is relaxed
 * BROKEN_FIRST		the word is read before the first look at the number
 * BROKEN_SECOND	the second look comes before the word is read
 * BROKEN_ONCE		there is no second look
 */

#define	CPUS	2
#define	WORDS	4

#define	CHANGES	0
#define	EPOCH	1
#define	ARENA	2
#define	VALUE	3

#include "weak.pml"

#define	VALUE_OF(arena, epoch)	((epoch) * 4 + (arena))
#define	ROUNDS	2

bit	locked;
byte	finished;

inline ASK(c)
{
	LOAD(c, EPOCH, is_epoch);
	LOAD(c, ARENA, is_arena)
}

/* Loads between the looks are in any order. */
inline READ(c)
{
#ifdef BROKEN_FIRST
	LOAD(c, VALUE, value);
	LOAD(c, CHANGES, changes);
	ASK(c);
#else
	LOAD(c, CHANGES, changes);
#ifdef BROKEN_SECOND
	LOAD(c, CHANGES, again);
#endif
	if
	:: LOAD(c, VALUE, value); ASK(c)
	:: ASK(c); LOAD(c, VALUE, value)
	fi;
#endif
#if !defined(BROKEN_SECOND) && !defined(BROKEN_ONCE)
	LOAD(c, CHANGES, again);
#endif
#ifdef BROKEN_ONCE
	again = changes;
#endif
	good = is_epoch == epoch && is_arena == arena &&
	    changes % 2 == 0 && again == changes
}

inline WRITE(c)
{
	LOAD(c, CHANGES, changes);
	STORE(c, CHANGES, changes + 1);
#ifndef BROKEN_ODD
	FLUSH(c);
#endif
	STORE(c, EPOCH, epoch);
	STORE(c, ARENA, arena);
	STORE(c, VALUE, VALUE_OF(arena, epoch));
#ifndef BROKEN_EVEN
	FLUSH(c);
#endif
	STORE(c, CHANGES, changes + 2)
}

inline READ_SLOW(c)
{
	atomic { !locked -> locked = 1 }
	ASK(c);
	if
	:: is_epoch == epoch && is_arena == arena
	:: else -> WRITE(c)
	fi;
	LOAD(c, VALUE, value);
	d_step {
		FLUSH(c);
		locked = 0
	}
}

proctype reader(byte c)
{
	byte n, epoch, arena, is_epoch, is_arena, changes, again, value;
	bit good;

	do
	:: n < ROUNDS ->
		epoch = n + 1;
		select (arena : 1 .. 2);
		READ(c);
		if
		:: good
		:: else -> READ_SLOW(c)
		fi;
		assert(value == VALUE_OF(arena, epoch));
		d_step {
			is_epoch = 0;
			is_arena = 0;
			changes = 0;
			again = 0;
			value = 0;
			good = 0;
			n++
		}
	:: else -> break
	od;
	finished++;
	finished == 2;
	/* Nobody writes any more. */
	ASK(c);
	epoch = is_epoch;
	arena = is_arena;
	READ(c);
	assert(good)
}

init
{
	atomic {
		run reader(0);
		run reader(1)
	}
}
