/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a child of fork finds of threads that it has not: thread/cache.h, and
 * any structure under a lock.  See fork.md, "The argument from order".
 *
 * Two threads store, and the processor lets others see that in any order.
 * Words lie on pages; the kernel marks the pages read-only one by one, has the
 * old translations dropped, and keeps who faults waiting.  One thread puts
 * and takes objects, is in a slow path, and then both change what a lock
 * guards.
 *
 * Checked in the child: what is below a head was put there, unless the cache
 * is marked busy; what a free lock guards is whole.
 *
 * BROKEN_PUT		the compiler stores the head before the slot
 * BROKEN_BEGIN		the compiler marks the cache busy too late
 * BROKEN_END		the compiler takes the mark away too early
 * BROKEN_GIVE		the compiler gives the lock too early
 * BROKEN_WAIT		the kernel does not wait for stores by old translations
 * BROKEN_FAULT		the kernel does not keep waiting who faults
 */

#define	CPUS	2
#define	WORDS	7

/* Each on the page that is its number modulo PAGES. */
#define	PAGES	3
#define	HEAD	0		/* how many slots are filled */
#define	SLOT	1		/* 0 is what was there before */
#define	BUSY	3
#define	TOP	4		/* the slot after that */
#define	LOCK	2
#define	THIS	5		/* equal, unless one of them is changing */
#define	THAT	6

#include "weak.pml"

bit	marked[PAGES];
bit	dropped;		/* old translations */
bit	over;			/* the fork */
bit	locked;			/* as the threads see it */

/*
 * To a page that is marked: by an old translation, or a fault.  A store after
 * the fork is none that the child could see, and ends what we look at.
 */
inline PUT(c, w, v)
{
	atomic {
		if
		:: !marked[(w) % PAGES] -> STORE(c, w, v)
		:: marked[(w) % PAGES] && !dropped -> STORE(c, w, v)
		:: marked[(w) % PAGES] ->
#ifdef BROKEN_FAULT
			/* It has its copy, and goes on. */
			skip
#else
			goto end
#endif
		fi
	}
}

/* The change of what the lock guards. */
inline CHANGE(c, v)
{
	atomic { !locked -> locked = 1 }
	PUT(c, LOCK, 1);
	PUT(c, THIS, v);
#ifdef BROKEN_GIVE
	PUT(c, LOCK, 0);
	PUT(c, THAT, v);
#else
	PUT(c, THAT, v);
	PUT(c, LOCK, 0);
#endif
	/* Release and acquire, for the other thread. */
	d_step {
		FLUSH(c);
		locked = 0
	}
}

/* Who holds the lock may have stopped for good: no end is wrong. */
proctype owner(byte c)
{
	/* A put, a take, and a put again. */
#ifdef BROKEN_PUT
	PUT(c, HEAD, 1);
	PUT(c, SLOT, 1);
#else
	PUT(c, SLOT, 1);
	PUT(c, HEAD, 1);
#endif
	PUT(c, HEAD, 0);
	PUT(c, SLOT, 2);
	PUT(c, HEAD, 1);
	/* A slow path, in no order that others would understand. */
#ifndef BROKEN_BEGIN
	PUT(c, BUSY, 1);
	PUT(c, HEAD, 2);
#else
	PUT(c, HEAD, 2);
	PUT(c, BUSY, 1);
#endif
#ifndef BROKEN_END
	PUT(c, TOP, 1);
	PUT(c, BUSY, 0);
#else
	PUT(c, BUSY, 0);
	PUT(c, TOP, 1);
#endif
end_lock:
	CHANGE(c, 1);
end:	skip
}

proctype other(byte c)
{
end_lock:
	CHANGE(c, 2);
end:	skip
}

/* What it has copied is what the words are when the fork is over. */
proctype kernel()
{
	byte page;

	do
	:: !marked[0] -> marked[0] = 1
	:: !marked[1] -> marked[1] = 1
	:: !marked[2] -> marked[2] = 1
	:: marked[0] && marked[1] && marked[2] -> break
	od;
	dropped = 1;
#ifndef BROKEN_WAIT
	nlate == 0;
#endif
	atomic {
		assert(word[BUSY] || word[HEAD] < 1 || word[SLOT] != 0);
		assert(word[BUSY] || word[HEAD] < 2 || word[TOP] != 0);
		assert(word[LOCK] || word[THIS] == word[THAT]);
		over = 1
	}
}

init
{
	atomic {
		run owner(0);
		run other(1);
		run kernel()
	}
}
