/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * watch/snapshot.c: who writes to epoch and then asks finds his own takes,
 * even if it was another thread that gathered for that epoch.
 *
 * BROKEN_RELEASE	the epoch is raised relaxed
 * BROKEN_ACQUIRE	what is gathered is read before the epoch
 */

#define	CPUS	2
#define	WORDS	2

#define	TAKES	0		/* of the one thread */
#define	EPOCH	1

#include "weak.pml"

/* The snapshot that is kept, under the lock. */
byte	kept_epoch;
byte	kept_takes;
bit	locked;

inline ASK(c)
{
#ifdef BROKEN_ACQUIRE
	LOAD(c, TAKES, takes);
#endif
	LOAD(c, EPOCH, epoch);
	atomic { !locked -> locked = 1 }
	if
	:: kept_epoch == epoch
	:: else ->
#ifndef BROKEN_ACQUIRE
		LOAD(c, TAKES, takes);
#endif
		kept_epoch = epoch;
		kept_takes = takes
	fi;
	takes = kept_takes;
	d_step {
		FLUSH(c);
		locked = 0
	}
}

proctype writer(byte c)
{
	byte takes, epoch, old;

	do
	:: old < 2 ->
		STORE(c, TAKES, old + 1);
#ifndef BROKEN_RELEASE
		FLUSH(c);
#endif
		SWAP(c, EPOCH, old + 1, old);
		ASK(c);
		assert(takes == epoch);
		old++
	:: else -> break
	od
}

proctype reader(byte c)
{
	byte takes, epoch;

	ASK(c);
	ASK(c)
}

init
{
	atomic {
		run writer(0);
		run reader(1)
	}
}
