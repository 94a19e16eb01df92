/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The contract with the kernel: everything that basalt asks of it.
 *
 * One of os_linux.c, os_freebsd.c and os_fake.c (tests) keeps it, the
 * first two with what os_posix.c gives.  Unless said otherwise a call is
 * safe in any thread, allocates nothing, leaves errno as it was and
 * returns 0 or an errno value.  Sizes and addresses of memory calls are
 * multiples of the OS page.
 */
#ifndef BASALT_OS_H
#define	BASALT_OS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "malloc_machdep.h"

struct os_info {
	size_t	page;		/* bytes of the kernel's page, 4K to 64K */
	/* Bytes of what one entry of its second table maps; 0: none. */
	size_t	hugepage;
	/*
	 * Sizes of huge pages that advice may get, bit n for 2^n bytes: the
	 * largest up to a superpage, and those of the machine above.
	 */
	uint64_t hugepages;
	bool	thp;		/* huge pages may be asked for by advice */
	/* The system's policy: always, madvise, never, not supported. */
	const char *thp_mode;
};

/* Written once by _bas_os_init, then only read. */
extern struct os_info _bas_os_info;

void	_bas_os_init(void);

/* Largest huge page of 1 to max bytes that advice may get; 0: none. */
static inline size_t
os_hugepage(size_t max)
{
	uint64_t set = _bas_os_info.hugepages;

	set &= UINT64_MAX >> __builtin_clzll(max);
	return (set == 0 ? 0 : (size_t)1 << (63 - __builtin_clzll(set)));
}

/*
 * Memory.  A mapping is private, readable, writable and zero; its address
 * is a multiple of align (a power of two).  NULL where there is none.
 */
void	*_bas_os_map(size_t size, size_t align);
/* Exactly at addr, replacing nothing; NULL where that cannot be had. */
void	*_bas_os_map_at(void *addr, size_t size);
int	 _bas_os_unmap(void *addr, size_t size);
/*
 * Give the pages' memory back and keep the addresses.  Not lazy: the
 * pages read as zeros from now on.  Lazy: their contents are undefined
 * until written.
 */
int	 _bas_os_purge(void *addr, size_t size, bool lazy);
/*
 * Bytes of a mapping that there is memory for; all of it where the OS does
 * not tell.
 */
size_t	 _bas_os_resident(void *addr, size_t size);
/* Ask for (or against) huge pages behind a range. */
int	 _bas_os_hugify(void *addr, size_t size, bool huge);
/*
 * Put huge pages behind a range that has contents, now; its pages are
 * copied.  An error where the kernel cannot or will not: all is as it was.
 */
int	 _bas_os_collapse(void *addr, size_t size);
/*
 * No access, or again reading and writing; what the pages hold stays.
 * It may cut a mapping in three, so the kernel may be out of mappings
 * (ENOMEM), on the way back too.
 */
int	 _bas_os_protect(void *addr, size_t size, bool none);
/*
 * Move the pages of old to new, without copying them.  new is a mapping
 * of newsize bytes, which the pages replace; what they do not fill stays
 * zero.  The addresses of old are unmapped.  ENOSYS where the kernel has
 * no such call.  On any error old is as it was, but the first oldsize
 * bytes of new may be unmapped.
 */
int	 _bas_os_remap(void *old, size_t oldsize, void *new, size_t newsize);

/* Nanoseconds of a clock that never goes back; may step by some ms. */
uint64_t _bas_os_clock(void);
/*
 * The same without steps, for how long something takes: the two are not
 * compared with each other.
 */
uint64_t _bas_os_clock_exact(void);
/* Processors that this process may use: affinity, then CPU quota; >= 1. */
unsigned _bas_os_cpus(void);
/*
 * The processor that the caller runs on, from 0; another by the time it
 * looks.  And how many numbers there are for them: the largest of any
 * that the machine may ever have and 1, so _bas_os_cpu() is below; where
 * the kernel does not tell, of those that this process may use.
 */
unsigned _bas_os_cpu(void);
unsigned _bas_os_cpu_limit(void);
uint64_t _bas_os_random(void);

/* Sleep while *word is value; may wake early.  Wake one or all of them. */
void	_bas_os_wait(_Atomic uint32_t *word, uint32_t value);
void	_bas_os_wake(_Atomic uint32_t *word, bool all);
/* As _bas_os_wait, but not past a time of _bas_os_clock; UINT64_MAX: none. */
void	_bas_os_wait_until(_Atomic uint32_t *word, uint32_t value,
	    uint64_t deadline);

/*
 * A thread of our own that runs f(arg): all signals blocked, detached, and
 * with OS_THREAD_STACK bytes of stack or a few more.  The C library may
 * allocate, so no lock may be held.  EAGAIN or ENOMEM: there is none;
 * ENOTSUP: there never is; EBUSY: not now, as it would wait for who may wait
 * for the caller, and that is nobody's error.
 */
#define	OS_THREAD_STACK	((size_t)64 << 10)
int	_bas_os_thread_start(void *(*f)(void *), void *arg);
/* Call f(arg) in each thread that has called _bas_os_thread_mark(arg). */
int	_bas_os_thread_init(void (*f)(void *));
int	_bas_os_thread_mark(void *arg);
/* Call f in the child of every fork(). */
int	_bas_os_fork_init(void (*f)(void));
int	_bas_os_exit_init(void (*f)(void));
int	_bas_os_pid(void);

int	_bas_os_write(int fd, const void *buf, size_t len);
/* The value of an environment variable; NULL: none, or set-uid. */
const char *_bas_os_env(const char *name);
/* The target of a symbolic link, not terminated; its length or -1. */
ssize_t	_bas_os_readlink(const char *path, char *buf, size_t size);
void	_bas_os_progname(char *buf, size_t size);
_Noreturn void _bas_os_abort(void);

#endif /* !BASALT_OS_H */
