/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the contract in os.h says of threads and fork, by what POSIX gives
 * to a library that stands beside a libc.  In a libc its own glue does it.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "os/os.h"
#include "os/self.h"

_Thread_local struct self _bas_self = { .cache = &_bas_cache_none };

/* Beside what has initial values, not in a page of their own. */
#define	TOGETHER	__attribute__((section(".data")))

static TOGETHER pthread_key_t thread_key;
/* A program may have used up all keys before we came. */
static TOGETHER bool thread_keyed;

/*
 * The least stack that the C library knows of has room for the program's
 * thread-local variables in some versions only; where it has not, the
 * default has.  The signals are blocked before the thread is there: one
 * that came first would run the program's handler on so small a stack.
 */
int
_bas_os_thread_start(void *(*f)(void *), void *arg)
{
	int saved = errno, error;
	pthread_attr_t attr;
	sigset_t all, was;
	pthread_t thread;
	long least;

	error = pthread_attr_init(&attr);
	if (error != 0)
		return (error);
	least = sysconf(_SC_THREAD_STACK_MIN);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, OS_THREAD_STACK +
	    (least > PTHREAD_STACK_MIN ? (size_t)least :
	    (size_t)PTHREAD_STACK_MIN));
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	error = pthread_create(&thread, &attr, f, arg);
	if (error == EINVAL) {
		(void)pthread_attr_destroy(&attr);
		(void)pthread_attr_init(&attr);
		(void)pthread_attr_setdetachstate(&attr,
		    PTHREAD_CREATE_DETACHED);
		error = pthread_create(&thread, &attr, f, arg);
	}
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	(void)pthread_attr_destroy(&attr);
	errno = saved;
	return (error);
}

int
_bas_os_thread_init(void (*f)(void *))
{

	int error;

	error = pthread_key_create(&thread_key, f);
	thread_keyed = error == 0;
	return (error);
}

int
_bas_os_thread_mark(void *arg)
{

	return (thread_keyed ? pthread_setspecific(thread_key, arg) : EAGAIN);
}

int
_bas_os_fork_init(void (*f)(void))
{

	return (pthread_atfork(NULL, NULL, f));
}
