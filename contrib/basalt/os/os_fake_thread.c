/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads, and the end of things, for os_fake.c: the real ones.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/os_fake.h"
#include "os/self.h"

_Thread_local struct self _bas_self = { .cache = &_bas_cache_none };

static _Atomic uint64_t wait_deadline;
static pthread_key_t thread_key;

void
_bas_os_wait(_Atomic uint32_t *word, uint32_t value)
{
	int saved = errno;

	(void)_bas_os_fake_begin(OS_FAKE_WAIT);
	(void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL,
	    0);
	errno = saved;
}

/*
 * Nobody wakes a sleeper when the clock is turned: it looks each
 * millisecond of real time.
 */
void
_bas_os_wait_until(_Atomic uint32_t *word, uint32_t value, uint64_t deadline)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	int saved = errno;
	long error = -1;

	wait_deadline = deadline;
	(void)_bas_os_fake_begin(OS_FAKE_WAIT_UNTIL);
	while (error != 0 && *word == value && _bas_os_clock() < deadline)
		error = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value,
		    &ms, NULL, 0);
	errno = saved;
}

uint64_t
_bas_os_fake_deadline(void)
{

	return (wait_deadline);
}

void
_bas_os_wake(_Atomic uint32_t *word, bool all)
{
	int saved = errno;

	(void)_bas_os_fake_begin(OS_FAKE_WAKE);
	(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, all ? INT_MAX : 1,
	    NULL, NULL, 0);
	errno = saved;
}

int
_bas_os_thread_start(void *(*f)(void *), void *arg)
{
	int error = _bas_os_fake_begin(OS_FAKE_THREAD_START), saved = errno;
	pthread_t thread;

	if (error == 0)
		error = _bas_os_fake_begin(OS_FAKE_THREAD_BUSY);
	if (error == 0)
		error = pthread_create(&thread, NULL, f, arg);
	if (error == 0)
		(void)pthread_detach(thread);
	errno = saved;
	return (error);
}

int
_bas_os_thread_init(void (*f)(void *))
{
	int error = _bas_os_fake_begin(OS_FAKE_THREAD_INIT);

	return (error != 0 ? error : pthread_key_create(&thread_key, f));
}

int
_bas_os_thread_mark(void *arg)
{
	int error = _bas_os_fake_begin(OS_FAKE_THREAD_MARK);

	return (error != 0 ? error : pthread_setspecific(thread_key, arg));
}

int
_bas_os_fork_init(void (*f)(void))
{
	int error = _bas_os_fake_begin(OS_FAKE_FORK_INIT);

	return (error != 0 ? error : pthread_atfork(NULL, NULL, f));
}

int
_bas_os_exit_init(void (*f)(void))
{
	int error = _bas_os_fake_begin(OS_FAKE_EXIT_INIT);

	return (error != 0 ? error : atexit(f) == 0 ? 0 : ENOMEM);
}
