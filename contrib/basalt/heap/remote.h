/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A bin's inbox: objects that a thread freed while the bin was locked.
 *
 * A stack without lock: anyone pushes a chain, the holder of the bin's
 * lock takes all of it.  Since nothing is ever popped singly, a head that
 * comes back (ABA) does no harm.  The chain runs through the objects'
 * first words; each is checked like any free when it is drained.
 */
#ifndef BASALT_REMOTE_H
#define	BASALT_REMOTE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "os/tally.h"

struct remote {
	/*
	 * Release when a chain is pushed, acquire when it is taken: who
	 * drains sees the links and the objects' last use, of all chains,
	 * since each push but the first reads the one before.
	 */
	_Atomic(void *)	first;
};

static inline void *
remote_next(void *object)
{

	return (*(void **)object);
}

static inline void
remote_link(void *object, void *next)
{

	*(void **)object = next;
}

static inline void
remote_push(struct remote *remote, void *first, void *last)
{
	void *head;

	tally_write(TALLY_INBOX, remote);
	head = atomic_load_explicit(&remote->first, memory_order_relaxed);
	do
		remote_link(last, head);
	while (!atomic_compare_exchange_weak_explicit(&remote->first, &head,
	    first, memory_order_release, memory_order_relaxed));
}

/* Relaxed: a push that is missed waits for the next one to drain. */
static inline bool
remote_is_empty(const struct remote *remote)
{

	return (atomic_load_explicit(&remote->first, memory_order_relaxed) ==
	    NULL);
}

static inline void *
remote_drain(struct remote *remote)
{

	if (remote_is_empty(remote))
		return (NULL);
	tally_write(TALLY_INBOX, remote);
	return (atomic_exchange_explicit(&remote->first, NULL,
	    memory_order_acquire));
}

#endif /* !BASALT_REMOTE_H */
