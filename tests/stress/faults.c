/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A library to be loaded before the allocator that lets calls for memory fail.
 *
 * FAULT_CALL	mmap, munmap, mprotect, madvise, mremap, or any for all
 * FAULT_FIRST	the first call to fail, counted from 1
 * FAULT_LAST	the last one
 *
 * It reads the environment from /proc, as the first calls come before libc
 * knows its own.  faults_stop() ends the failures, faults_count() says how
 * many of the calls chosen there have been.
 */

#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void		faults_stop(void);
unsigned long	faults_count(void);

static char chosen[16];
static unsigned long first = -1UL, last;
static atomic_ulong count;
static atomic_bool known, stopped;

static unsigned long
number(const char *s)
{
	unsigned long n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + (unsigned long)(*s++ - '0');
	return (n);
}

static void
read_environment(void)
{
	static char text[65536];
	size_t used = 0;
	const char *s;
	long fd, n;

	known = true;
	fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/environ", O_RDONLY, 0);
	if (fd < 0)
		return;
	while (used < sizeof(text) - 1 && (n = syscall(SYS_read, fd,
	    text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	syscall(SYS_close, fd);
	for (s = text; s < text + used; s += strlen(s) + 1) {
		if (strncmp(s, "FAULT_CALL=", 11) == 0)
			strncpy(chosen, s + 11, sizeof(chosen) - 1);
		else if (strncmp(s, "FAULT_FIRST=", 12) == 0)
			first = number(s + 12);
		else if (strncmp(s, "FAULT_LAST=", 11) == 0)
			last = number(s + 11);
	}
}

static bool
must_fail(const char *call)
{
	unsigned long n;

	if (!known)
		read_environment();
	if (strcmp(chosen, call) != 0 && strcmp(chosen, "any") != 0)
		return (false);
	n = ++count;
	if (stopped || n < first || n > last)
		return (false);
	errno = ENOMEM;
	return (true);
}

void
faults_stop(void)
{
	stopped = true;
}

unsigned long
faults_count(void)
{
	return (count);
}

/* A mapping of a file is not the allocator's. */
void *
mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	if ((flags & MAP_ANONYMOUS) != 0 && must_fail("mmap"))
		return (MAP_FAILED);
	return ((void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset));
}

void *
mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	return (mmap(addr, len, prot, flags, fd, offset));
}

int
munmap(void *addr, size_t len)
{
	if (must_fail("munmap"))
		return (-1);
	return ((int)syscall(SYS_munmap, addr, len));
}

int
mprotect(void *addr, size_t len, int prot)
{
	if (must_fail("mprotect"))
		return (-1);
	return ((int)syscall(SYS_mprotect, addr, len, prot));
}

int
madvise(void *addr, size_t len, int advice)
{
	if (must_fail("madvise"))
		return (-1);
	return ((int)syscall(SYS_madvise, addr, len, advice));
}

void *
mremap(void *addr, size_t old, size_t new, int flags, ...)
{
	void *to = NULL;
	va_list ap;

	if ((flags & MREMAP_FIXED) != 0) {
		va_start(ap, flags);
		to = va_arg(ap, void *);
		va_end(ap);
	}
	if (must_fail("mremap"))
		return (MAP_FAILED);
	return ((void *)syscall(SYS_mremap, addr, old, new, flags, to));
}
