/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * As much of FreeBSD's headers as os_freebsd.c needs, for a system that has
 * other ones: names, with values that are FreeBSD's where a test could tell,
 * and functions that os_freebsd_test.c plays.
 */
#ifndef KERNEL_H
#define	KERNEL_H

#include <sys/mman.h>
#include <sys/random.h>
#include <sys/types.h>

#include <sched.h>
#include <stddef.h>
#include <time.h>

#define	AT_PAGESZ		6
#define	AT_NCPUS		19
int	elf_aux_info(int, void *, int);

#define	MAP_EXCL		0x00004000
#define	MAP_ALIGNED(n)		((n) << 24)
#define	MAP_ALIGNED_SUPER	MAP_ALIGNED(1)
void	*kernel_mmap(void *, size_t, int, int, int, off_t);
int	kernel_madvise(void *, size_t, int);
int	getpagesizes(size_t *, int);
#define	mmap			kernel_mmap
#define	madvise			kernel_madvise

typedef struct { unsigned long bits[16]; } cpuset_t;
#define	CPU_LEVEL_WHICH		3
#define	CPU_WHICH_PID		2
#undef CPU_COUNT
#define	CPU_COUNT(set)		kernel_count(set)
int	cpuset_getaffinity(int, int, long, size_t, cpuset_t *);
int	kernel_count(const cpuset_t *);
int	kernel_getcpu(void);
#define	sched_getcpu		kernel_getcpu
int	sysctlbyname(const char *, void *, size_t *, const void *, size_t);

#define	UMTX_OP_WAIT_UINT_PRIVATE 15
#define	UMTX_OP_WAKE_PRIVATE	16
#define	UMTX_ABSTIME		0x01
struct _umtx_time {
	struct timespec	_timeout;
	unsigned	_flags;
	unsigned	_clockid;
};
int	_umtx_op(void *, int, unsigned long, void *, void *);

#define	CLOCK_MONOTONIC_FAST	12
int	kernel_gettime(clockid_t, struct timespec *);
#define	clock_gettime		kernel_gettime
ssize_t	kernel_random(void *, size_t, unsigned);
#define	getrandom		kernel_random
int	kernel_syscall(int, ...);
#define	syscall			kernel_syscall
int	issetugid(void);
const char *getprogname(void);
size_t	kernel_strlcpy(char *, const char *, size_t);
#define	strlcpy			kernel_strlcpy

#endif /* !KERNEL_H */
