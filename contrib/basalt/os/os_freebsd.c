/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The contract in os.h, kept by FreeBSD, for a library beside libc and for
 * libc itself.  Nothing that is called here allocates.
 */
#include <sys/types.h>
#include <sys/auxv.h>
#include <sys/cpuset.h>
#include <sys/mman.h>
#include <sys/sysctl.h>
#include <sys/umtx.h>

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/os_posix.h"
#include "os/probe.h"

/* The kernel knows of fewer sizes of pages. */
#define	PAGE_SIZES	8

struct os_info _bas_os_info = {
	.page = 4096,
	.thp_mode = "not supported",
};

/*
 * The page size is in the auxiliary vector, which libc has read before it
 * runs any code of a program; so are the sizes of superpages, and
 * getpagesizes asks the kernel only where they are not.  A kernel whose
 * superpages are switched off names none.
 *
 * Superpages come by themselves where memory is aligned and filled: no
 * advice has them made, so none can be had by advice.
 */
void
_bas_os_init(void)
{
	size_t sizes[PAGE_SIZES];
	int saved = errno, page, n;

	if (elf_aux_info(AT_PAGESZ, &page, sizeof(page)) == 0)
		_bas_os_info.page = (size_t)page;
	n = getpagesizes(sizes, PAGE_SIZES);
	/* In rising order: the largest that is not above our superpage. */
	while (--n > 0)
		if (sizes[n] <= (size_t)1 << MACH_HUGE_SHIFT) {
			_bas_os_info.hugepage = sizes[n];
			break;
		}
	errno = saved;
}

/*
 * The kernel aligns to any power of two from its page on.  For a superpage
 * it is asked for the place that it likes best, since it may know better
 * which physical memory goes with which addresses; it is free to give
 * another one, which _bas_os_map finds out.
 */
int
_bas_posix_align(size_t align)
{

	if (align <= _bas_os_info.page)
		return (0);
	if (align == _bas_os_info.hugepage)
		return (MAP_ALIGNED_SUPER);
	return (MAP_ALIGNED(__builtin_ctzl(align)));
}

void *
_bas_os_map_at(void *addr, size_t size)
{

	return (_bas_posix_map(addr, size, MAP_FIXED | MAP_EXCL));
}

/*
 * MADV_DONTNEED is a hint here, and what it was given for keeps its
 * contents.  Fresh pages in the place of the old ones are zero for certain.
 */
int
_bas_os_purge(void *addr, size_t size, bool lazy)
{
	int saved = errno, error = 0;

	probe_page_purge(addr, size, lazy);
	if (lazy ? madvise(addr, size, MADV_FREE) != 0 :
	    mmap(addr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
		error = errno;
		errno = saved;
	}
	return (error);
}

int
_bas_os_hugify(void *addr, size_t size, bool huge)
{

	(void)addr;
	(void)size;
	(void)huge;
	return (EOPNOTSUPP);
}

int
_bas_os_collapse(void *addr, size_t size)
{

	(void)addr;
	(void)size;
	return (EOPNOTSUPP);
}

/* Nobody asks who cannot move pages. */
size_t
_bas_os_resident(void *addr, size_t size)
{

	(void)addr;
	return (size);
}

int
_bas_os_remap(void *old, size_t oldsize, void *new, size_t newsize)
{

	(void)old;
	(void)oldsize;
	(void)new;
	(void)newsize;
	return (ENOSYS);
}

/* The fast clock steps with the timer and reads a page of the kernel's. */
uint64_t
_bas_os_clock(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC_FAST, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

/* The process's own set, which the one of its jail has been cut to. */
unsigned
_bas_os_cpus(void)
{
	int saved = errno, n = 0;
	cpuset_t set;

	if (cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1,
	    sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	errno = saved;
	return (n > 0 ? (unsigned)n : 1);
}

/* A kernel for one processor has no kern.smp. */
unsigned
_bas_os_cpu_limit(void)
{
	int saved = errno, last, n = 1;
	size_t len = sizeof(last);

	if (sysctlbyname("kern.smp.maxid", &last, &len, NULL, 0) == 0)
		n = last + 1;
	else if (elf_aux_info(AT_NCPUS, &n, sizeof(n)) != 0)
		n = 1;
	errno = saved;
	return (n > 0 ? (unsigned)n : 1);
}

/*
 * The kernel's sleep on a word, as libthr's own locks use it; it is no
 * cancellation point, and asks for no thread library to be there.
 */
void
_bas_os_wait(_Atomic uint32_t *word, uint32_t value)
{
	int saved = errno;

	(void)_umtx_op(word, UMTX_OP_WAIT_UINT_PRIVATE, value, NULL, NULL);
	errno = saved;
}

/* The precise clock is ahead of the fast one, so this may wake early. */
void
_bas_os_wait_until(_Atomic uint32_t *word, uint32_t value, uint64_t deadline)
{
	struct _umtx_time when;
	int saved = errno;

	if (deadline == UINT64_MAX) {
		_bas_os_wait(word, value);
		return;
	}
	when._timeout.tv_sec = (time_t)(deadline / 1000000000);
	when._timeout.tv_nsec = (long)(deadline % 1000000000);
	when._flags = UMTX_ABSTIME;
	when._clockid = CLOCK_MONOTONIC;
	/* Two arguments in one: how long the time is, then where. */
	(void)_umtx_op(word, UMTX_OP_WAIT_UINT_PRIVATE, value,
	    (void *)sizeof(when), &when);
	errno = saved;
}

void
_bas_os_wake(_Atomic uint32_t *word, bool all)
{
	int saved = errno;

	(void)_umtx_op(word, UMTX_OP_WAKE_PRIVATE, all ? INT_MAX : 1, NULL,
	    NULL);
	errno = saved;
}

/* Set-uid, set-gid, or was so before it changed its ids. */
const char *
_bas_os_env(const char *name)
{

	return (issetugid() != 0 ? NULL : getenv(name));
}

void
_bas_os_progname(char *buf, size_t size)
{
	const char *name = getprogname();

	/* Before the C library has read it there is none. */
	(void)strlcpy(buf, name == NULL ? "" : name, size);
}
