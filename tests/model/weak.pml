/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Memory that shows a processor's stores late and out of order, as arm64's
 * does.  Spin's own memory is orderly, so each store is put aside first; the
 * process memory() lets others see it at any time, before or after those that
 * the same thread made earlier or later.  Two stores to one word stay in
 * order.
 *
 * The includer defines CPUS and WORDS.  What the operations of C are here:
 *
 *	relaxed or plain store	STORE
 *	release store		FLUSH, then STORE
 *	release fence		FLUSH
 *	sequential fence	FLUSH
 *	load			LOAD; loads are in the order of the program,
 *				so a model that leaves out an acquire must take
 *				the later load first itself
 *	exchange and the like	SWAP on memory itself, after FLUSH if release
 */

typedef aside {
	bit	is[WORDS];
	byte	value[WORDS];
};

byte	word[WORDS];
aside	late[CPUS];
byte	nlate;

inline SHOW(c, w)
{
	word[w] = late[c].value[w];
	late[c].is[w] = 0;
	late[c].value[w] = 0;
	nlate--
}

inline STORE(c, w, v)
{
	d_step {
		if
		:: late[c].is[w] -> word[w] = late[c].value[w]
		:: else -> nlate++
		fi;
		late[c].is[w] = 1;
		late[c].value[w] = v
	}
}

#define	LOADED(c, w)	(late[c].is[w] -> late[c].value[w] : word[w])

inline LOAD(c, w, to)
{
	to = LOADED(c, w)
}

/* In the order of the words: any other order memory() takes before. */
inline FLUSH(c)
{
	d_step {
		flushed = 0;
		do
		:: flushed < WORDS ->
			if
			:: late[c].is[flushed] -> SHOW(c, flushed)
			:: else
			fi;
			flushed++
		:: else -> break
		od;
		flushed = 0
	}
}

/* Within d_step: the thread's own earlier store to the word comes first. */
inline SETTLE(c, w)
{
	if
	:: late[c].is[w] -> SHOW(c, w)
	:: else
	fi
}

inline SWAP(c, w, v, old)
{
	d_step {
		SETTLE(c, w);
		old = word[w];
		word[w] = v
	}
}

/* If it is from, it becomes to; old is what it was. */
inline CAS(c, w, from, to, old)
{
	d_step {
		SETTLE(c, w);
		old = word[w];
		if
		:: old == from -> word[w] = to
		:: else
		fi
	}
}

hidden byte flushed;

active proctype memory()
{
	byte c, w;

end:	do
	:: atomic { nlate > 0 ->
		select (c : 0 .. CPUS - 1);
		select (w : 0 .. WORDS - 1);
		if
		:: late[c].is[w] -> SHOW(c, w)
		:: else
		fi;
		c = 0;
		w = 0
	   }
	od
}
