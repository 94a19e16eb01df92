/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What POSIX systems share of the contract in os.h.
 */
#include <sys/mman.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/os_posix.h"

static pthread_key_t thread_key;
/* A program may have used up all keys before we came. */
static bool thread_keyed;

/*
 * Memory at hint or, where that is taken, elsewhere.  Not MAP_NORESERVE:
 * with it the kernel would grant more than the machine could ever hold,
 * and kill who comes to use it, where it can say no now.
 */
void *
_bas_posix_map(void *hint, size_t size, int flags)
{
	int saved = errno;
	void *addr;

	addr = mmap(hint, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	errno = saved;
	return (addr == MAP_FAILED ? NULL : addr);
}

/*
 * Aligned memory: first as it comes, since the kernel places a mapping
 * next to the last one and so an aligned size often is aligned; then
 * with room to cut off on both sides.
 */
void *
_bas_os_map(size_t size, size_t align)
{
	char *addr, *start;
	size_t room, head;

	addr = _bas_posix_map(NULL, size, 0);
	if (addr == NULL || ((uintptr_t)addr & (align - 1)) == 0)
		return (addr);
	(void)_bas_os_unmap(addr, size);
	room = size + align - _bas_os_info.page;
	if (room < size)
		return (NULL);
	addr = _bas_posix_map(NULL, room, 0);
	if (addr == NULL)
		return (NULL);
	head = -(uintptr_t)addr & (align - 1);
	start = addr + head;
	if (head != 0)
		(void)_bas_os_unmap(addr, head);
	if (room - head - size != 0)
		(void)_bas_os_unmap(start + size, room - head - size);
	return (start);
}

int
_bas_os_unmap(void *addr, size_t size)
{
	int saved = errno, error = 0;

	if (munmap(addr, size) != 0) {
		error = errno;
		errno = saved;
	}
	return (error);
}

int
_bas_os_protect(void *addr, size_t size, bool none)
{
	int saved = errno, error = 0;

	if (mprotect(addr, size, none ? PROT_NONE :
	    PROT_READ | PROT_WRITE) != 0) {
		error = errno;
		errno = saved;
	}
	return (error);
}

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

int
_bas_os_exit_init(void (*f)(void))
{

	return (atexit(f) == 0 ? 0 : ENOMEM);
}

int
_bas_os_pid(void)
{

	return (getpid());
}

/* All of it, or as much as the descriptor takes. */
int
_bas_os_write(int fd, const void *buf, size_t len)
{
	int saved = errno, error = 0;
	const char *p = buf;
	ssize_t n;

	while (len > 0 && error == 0) {
		n = write(fd, p, len);
		if (n < 0) {
			error = errno == EINTR ? 0 : errno;
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
	errno = saved;
	return (error);
}

ssize_t
_bas_os_readlink(const char *path, char *buf, size_t size)
{
	int saved = errno;
	ssize_t n;

	n = readlink(path, buf, size);
	errno = saved;
	return (n);
}

_Noreturn void
_bas_os_abort(void)
{

	abort();
}
