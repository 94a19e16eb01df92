/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The contract in os.h, kept by Linux.
 */
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/os_linux.h"
#include "os/os_posix.h"
#include "os/probe.h"
#include "os/tally.h"

/* Of Linux 6.1; an older one says that it does not know it. */
#ifndef MADV_COLLAPSE
#define	MADV_COLLAPSE	25
#endif

/* A libc's own sources do not see the kernel's headers. */
#define	FUTEX_WAIT_PRIVATE		(0 | 128)
#define	FUTEX_WAKE_PRIVATE		(1 | 128)
#define	FUTEX_WAIT_BITSET_PRIVATE	(9 | 128)
#define	FUTEX_BITSET_MATCH_ANY		0xffffffff

#ifndef MAP_FIXED_NOREPLACE
#define	MAP_FIXED_NOREPLACE	0x100000
#endif

/*
 * Calls of the clock by system call, the first ones.  The C library's reads a
 * page that the kernel shares, but its code is 64 KiB that a program which
 * allocates but once has in memory for nothing else.
 */
#define	CLOCK_EARLY	8

/* Beside what has initial values, not in a page of their own. */
#define	TOGETHER	__attribute__((section(".data")))

/* A set of processors as the kernel has it, for up to 8192 of them. */
#define	CPU_WORDS	(1024 / sizeof(unsigned long))

struct os_info _bas_os_info = {
	.page = 4096,
	.thp_mode = "not supported",
};

/* By system calls: the C library's may be cancelled, malloc not. */
bool
_bas_linux_text(const char *path, char *buf, size_t size)
{
	int saved = errno;
	long fd, n = -1;

	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = syscall(SYS_read, fd, buf, size - 1);
		(void)syscall(SYS_close, fd);
	}
	errno = saved;
	if (n < 0)
		return (false);
	buf[n] = '\0';
	return (true);
}

uint64_t
_bas_linux_number(const char **text)
{
	const char *p = *text;
	uint64_t value = 0;

	while (*p == ' ')
		p++;
	while (*p >= '0' && *p <= '9')
		value = value * 10 + (uint64_t)(*p++ - '0');
	*text = p;
	return (value);
}

/*
 * The page size comes from the kernel's auxiliary vector, so it needs
 * neither /proc nor /sys.  Without /sys huge pages count as absent.
 */
void
_bas_os_init(void)
{
	int saved = errno;
	unsigned long page;

	page = getauxval(AT_PAGESZ);
	if (page != 0)
		_bas_os_info.page = page;
	_bas_linux_thp_read(&_bas_os_info, LINUX_THP_DIR,
	    prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	errno = saved;
}

/* mmap cannot be asked. */
int
_bas_posix_align(size_t align)
{

	(void)align;
	return (0);
}

void *
_bas_os_map_at(void *addr, size_t size)
{
	void *got;

	got = _bas_posix_map(addr, size, MAP_FIXED_NOREPLACE);
	/* A kernel before 4.17 takes the flag for a mere hint. */
	if (got != NULL && got != addr) {
		(void)_bas_os_unmap(got, size);
		got = NULL;
	}
	return (got);
}

static int
advise(void *addr, size_t size, int advice)
{
	int saved = errno, error = 0;

	if (madvise(addr, size, advice) != 0) {
		error = errno;
		errno = saved;
	}
	return (error);
}

int
_bas_os_purge(void *addr, size_t size, bool lazy)
{

	tally(lazy ? TALLY_PURGE_LAZY : TALLY_PURGE);
	probe_page_purge(addr, size, lazy);
	return (advise(addr, size, lazy ? MADV_FREE : MADV_DONTNEED));
}

int
_bas_os_hugify(void *addr, size_t size, bool huge)
{

	tally(TALLY_HUGIFY);
	return (advise(addr, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE));
}

int
_bas_os_collapse(void *addr, size_t size)
{

	tally(TALLY_COLLAPSE);
	return (advise(addr, size, MADV_COLLAPSE));
}

int
_bas_os_remap(void *old, size_t oldsize, void *new, size_t newsize)
{
	int saved = errno, error = 0;
	void *got;

	(void)newsize;
	tally(TALLY_REMAP);
	got = mremap(old, oldsize, oldsize, MREMAP_MAYMOVE | MREMAP_FIXED,
	    new);
	if (got == MAP_FAILED) {
		error = errno;
		errno = saved;
	}
	return (error);
}

/*
 * A page's byte has other bits too, which are reserved.  An emulator of larger
 * pages may answer by its own of 4 KiB: there is room for as many, and what
 * it says then is of a part.
 */
size_t
_bas_os_resident(void *addr, size_t size)
{
	unsigned char vec[512];
	const size_t most = sizeof(vec) * 4096;
	size_t at, step, i, n = 0, page = _bas_os_info.page;
	int saved = errno;

	for (at = 0; at < size; at += step) {
		step = size - at < most ? size - at : most;
		if (syscall(SYS_mincore, (char *)addr + at, step, vec) != 0) {
			errno = saved;
			return (size);
		}
		for (i = 0; i * page < step; i++)
			n += vec[i] & 1;
	}
	return (n * page);
}

static TOGETHER _Atomic unsigned clock_calls;

/* False: the kernel lets nobody ask it so. */
static __attribute__((noinline)) bool
clock_early(struct timespec *ts)
{
	unsigned n = atomic_load_explicit(&clock_calls, memory_order_relaxed);
	int saved = errno;

	atomic_store_explicit(&clock_calls, n + 1, memory_order_relaxed);
	if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC_COARSE, ts) == 0)
		return (true);
	errno = saved;
	return (false);
}

/*
 * The coarse clock reads a page that the kernel shares: no system call but
 * for the first few.  One more or less of these is of no matter: relaxed.
 */
uint64_t
_bas_os_clock(void)
{
	struct timespec ts;

	if (atomic_load_explicit(&clock_calls, memory_order_relaxed) >=
	    CLOCK_EARLY || !clock_early(&ts))
		(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

/*
 * CPU quota of the control group, version 2 then 1, as whole processors,
 * rounded up; UINT_MAX: none.  Only the group that the process sees as
 * its root is read: that is the container's.
 */
static unsigned
quota_cpus(void)
{
	char text[64];
	const char *p = text;
	uint64_t quota, period;

	if (_bas_linux_text("/sys/fs/cgroup/cpu.max", text, sizeof(text))) {
		if (*p < '0' || *p > '9')
			return (UINT_MAX);
		quota = _bas_linux_number(&p);
		period = _bas_linux_number(&p);
	} else {
		if (!_bas_linux_text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
		    text, sizeof(text)) || *p == '-')
			return (UINT_MAX);
		quota = _bas_linux_number(&p);
		if (!_bas_linux_text("/sys/fs/cgroup/cpu/cpu.cfs_period_us",
		    text, sizeof(text)))
			return (UINT_MAX);
		p = text;
		period = _bas_linux_number(&p);
	}
	if (quota == 0 || period == 0)
		return (UINT_MAX);
	quota = (quota + period - 1) / period;
	return (quota > UINT_MAX ? UINT_MAX : (unsigned)quota);
}

/*
 * The processors that this process may run on, as words of a set; how many
 * words the kernel has filled.  The system call and not the C library's,
 * whose set has a fixed size.
 */
static unsigned
affinity(unsigned long set[CPU_WORDS])
{
	int saved = errno;
	long len;

	len = syscall(SYS_sched_getaffinity, 0,
	    CPU_WORDS * sizeof(set[0]), set);
	errno = saved;
	return (len <= 0 ? 0 : (unsigned)((size_t)len / sizeof(set[0])));
}

unsigned
_bas_os_cpus(void)
{
	unsigned long set[CPU_WORDS];
	unsigned n = affinity(set), cpus = 0, quota;

	while (n > 0)
		cpus += (unsigned)__builtin_popcountl(set[--n]);
	if (cpus == 0)
		cpus = 1;
	quota = quota_cpus();
	return (quota < cpus ? quota : cpus);
}

/*
 * The file lists ranges, "0-5,8-63": its last number counts.  The C
 * library's sysconf knows too, but in some versions it allocates.
 */
unsigned
_bas_os_cpu_limit(void)
{
	unsigned long set[CPU_WORDS];
	char text[256];
	const char *p = text;
	uint64_t last = 0;
	unsigned n;

	if (_bas_linux_text("/sys/devices/system/cpu/possible", text,
	    sizeof(text))) {
		while (*p >= '0' && *p <= '9') {
			last = _bas_linux_number(&p);
			if (*p == '-' || *p == ',')
				p++;
		}
		if (last < CPU_WORDS * sizeof(set[0]) * CHAR_BIT)
			return ((unsigned)last + 1);
	}
	for (n = affinity(set); n > 0; n--)
		if (set[n - 1] != 0)
			return (n * (unsigned)sizeof(set[0]) * CHAR_BIT -
			    (unsigned)__builtin_clzl(set[n - 1]));
	return (1);
}

void
_bas_os_wait(_Atomic uint32_t *word, uint32_t value)
{
	int saved = errno;

	tally(TALLY_WAIT);
	(void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL,
	    0);
	errno = saved;
}

/* With a set of bits the kernel takes the time as absolute. */
void
_bas_os_wait_until(_Atomic uint32_t *word, uint32_t value, uint64_t deadline)
{
	struct timespec ts;
	int saved = errno;

	tally(TALLY_WAIT);
	ts.tv_sec = (time_t)(deadline / 1000000000);
	ts.tv_nsec = (long)(deadline % 1000000000);
	(void)syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value,
	    deadline == UINT64_MAX ? NULL : &ts, NULL,
	    FUTEX_BITSET_MATCH_ANY);
	errno = saved;
}

void
_bas_os_wake(_Atomic uint32_t *word, bool all)
{
	int saved = errno;

	tally(TALLY_WAKE);
	(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, all ? INT_MAX : 1,
	    NULL, NULL, 0);
	errno = saved;
}

/*
 * As secure_getenv, whose page has neighbours that a small program does not
 * use.  Before the C library is ready there is none.
 */
const char *
_bas_os_env(const char *name)
{
	char **p;
	size_t len = strlen(name);
	int saved = errno;

	if (environ == NULL || getauxval(AT_SECURE) != 0) {
		errno = saved;
		return (NULL);
	}
	for (p = environ; *p != NULL; p++)
		if (**p == *name && strncmp(*p, name, len) == 0 &&
		    (*p)[len] == '=')
			return (*p + len + 1);
	return (NULL);
}

void
_bas_os_progname(char *buf, size_t size)
{
	const char *name = program_invocation_short_name;
	size_t len;

	/* Before the C library has read it there is none. */
	if (name == NULL)
		name = "";
	len = strlen(name);
	if (len >= size)
		len = size - 1;
	memcpy(buf, name, len);
	buf[len] = '\0';
}
