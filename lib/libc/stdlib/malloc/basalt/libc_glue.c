/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Where FreeBSD's libc and libthr meet the allocator: what a library asks
 * of pthreads (os/os_pthread.c) libthr tells by calling the four functions
 * at the end.  Nothing here or below calls a function of libthr, or needs to
 * know whether it is loaded: locks are words on which the kernel lets sleep.
 *
 * No start must come first: the first call, from wherever, finds a cache
 * without slots, and its slow path sets everything up.  A call needs only its
 * thread-local storage, made by the loader or the start of a static program.
 */
#include <errno.h>
#include <unistd.h>

#include "api/fork.h"
#include "os/os.h"
#include "os/self.h"
#include "thread/cache.h"

/* What libthr calls; libc_private.h declares it for the rest of libc. */
void	_malloc_thread_cleanup(void) __attribute__((visibility("default")));
void	_malloc_prefork(void) __attribute__((visibility("default")));
void	_malloc_postfork(void) __attribute__((visibility("default")));
void	_malloc_first_thread(void) __attribute__((visibility("default")));

_Thread_local struct self _bas_self = { .cache = &_bas_cache_none };

static void (*thread_end)(void *);
/* Written by who has locked everything. */
static pid_t forking;

/* Which cache is a thread's it says itself, so no mark is needed. */
int
_bas_os_thread_init(void (*f)(void *))
{

	thread_end = f;
	return (0);
}

int
_bas_os_thread_mark(void *arg)
{

	(void)arg;
	return (0);
}

/* libthr tells us, and a child of a process with one thread is whole. */
int
_bas_os_fork_init(void (*f)(void))
{

	(void)f;
	return (0);
}

/*
 * A thread has a stack and storage that libthr alone can make; libc must
 * work without it, and must not call it from an allocation.
 */
int
_bas_os_thread_start(void *(*f)(void *), void *arg)
{

	(void)f;
	(void)arg;
	return (ENOTSUP);
}

/*
 * A thread is at its end: its destructors have run.  What it still calls
 * after this goes to the heap, object by object, and leaves nothing behind.
 */
void
_malloc_thread_cleanup(void)
{
	struct cache *cache = self()->cache;

	if (cache->state == CACHE_SLOW)
		cache = cache->real;
	if (cache->state == CACHE_LIVE)
		thread_end(cache);
}

/*
 * Before fork in a process that has threads.  Several may fork at once: they
 * wait here for each other.
 */
void
_malloc_prefork(void)
{

	_bas_fork_prepare();
	forking = getpid();
}

/* After it, in the parent and in the child alike. */
void
_malloc_postfork(void)
{

	if (getpid() == forking)
		_bas_fork_parent();
	else
		_bas_fork_child();
}

/* A second thread is about to be made: nothing has waited for it. */
void
_malloc_first_thread(void)
{
}
