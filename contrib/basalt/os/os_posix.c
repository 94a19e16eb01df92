/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What Linux and FreeBSD share of the contract in os.h: nearly all of it is
 * of POSIX.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/os_posix.h"
#include "os/probe.h"
#include "os/tally.h"

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

	tally(TALLY_MAP);
	addr = mmap(hint, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	errno = saved;
	if (addr == MAP_FAILED)
		return (NULL);
	probe_page_map(addr, size);
	return (addr);
}

/* Linux and FreeBSD read it without a system call. */
uint64_t
_bas_os_clock_exact(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

/*
 * Aligned memory: first as it comes, since a kernel that cannot be asked
 * places a mapping next to the last one and so an aligned size often is
 * aligned; then with room to cut off on both sides.
 */
void *
_bas_os_map(size_t size, size_t align)
{
	char *addr, *start;
	size_t room, head;

	addr = _bas_posix_map(NULL, size, _bas_posix_align(align));
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

	tally(TALLY_UNMAP);
	probe_page_unmap(addr, size);
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

	tally(TALLY_PROTECT);
	if (mprotect(addr, size, none ? PROT_NONE :
	    PROT_READ | PROT_WRITE) != 0) {
		error = errno;
		errno = saved;
	}
	return (error);
}

unsigned
_bas_os_cpu(void)
{
	int saved = errno, cpu;

	cpu = sched_getcpu();
	errno = saved;
	return (cpu < 0 ? 0 : (unsigned)cpu);
}

/* Early in the system's start the kernel may have nothing random yet. */
uint64_t
_bas_os_random(void)
{
	struct timespec ts;
	uint64_t value;
	int saved = errno;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(value)) {
		(void)clock_gettime(CLOCK_MONOTONIC, &ts);
		value = (uint64_t)ts.tv_nsec * 0x9e3779b97f4a7c15 ^
		    (uintptr_t)&value;
	}
	errno = saved;
	return (value);
}

/*
 * All of it, or as much as the descriptor takes.  By number: under its name
 * the call is a cancellation point, which malloc is not, and in FreeBSD's
 * libc leads to libthr.
 */
int
_bas_os_write(int fd, const void *buf, size_t len)
{
	int saved = errno, error = 0;
	const char *p = buf;
	long n;

	while (len > 0 && error == 0) {
		n = syscall(SYS_write, fd, p, len);
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
