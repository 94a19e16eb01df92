/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * os_freebsd.c, and os_posix.c as FreeBSD has it, compiled here over a kernel
 * that notes what it is asked and answers what the test says.  Whether FreeBSD answers so, only it can show.
 */
#include <atf-c.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os_freebsd.c"
#include "os/os_posix.c"

static struct {
	/* What it answers. */
	int		error;
	size_t		sizes[PAGE_SIZES];
	int		nsizes;
	int		page, maxid, ncpus, cpu, setid;
	cpuset_t	set;
	const char	*progname;
	ssize_t		random, written;
	/* What it was asked last. */
	void		*addr;
	size_t		size;
	int		flags, advice, op;
	unsigned long	value;
	void		*first, *second;
	struct _umtx_time when;
	clockid_t	clock;
	char		text[64];
	int		calls;
} kernel;

/* All fail with kernel.error, if it is not 0. */
static int
answer(void)
{

	kernel.calls++;
	if (kernel.error != 0)
		errno = kernel.error;
	return (kernel.error == 0 ? 0 : -1);
}

void *
kernel_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t at)
{

	(void)prot;
	ATF_CHECK_EQ(-1, fd);
	ATF_CHECK_EQ(0, at);
	kernel.addr = addr;
	kernel.size = size;
	kernel.flags = flags;
	return (answer() == 0 ? addr : MAP_FAILED);
}

int
kernel_madvise(void *addr, size_t size, int advice)
{

	kernel.addr = addr;
	kernel.size = size;
	kernel.advice = advice;
	return (answer());
}

int
elf_aux_info(int which, void *value, int size)
{
	int *n = value;

	ATF_REQUIRE_EQ((int)sizeof(*n), size);
	*n = which == AT_PAGESZ ? kernel.page : kernel.ncpus;
	return (*n == 0 ? ENOENT : 0);
}

int
getpagesizes(size_t *sizes, int n)
{

	if (answer() != 0)
		return (-1);
	ATF_REQUIRE(n >= kernel.nsizes);
	memcpy(sizes, kernel.sizes, sizeof(kernel.sizes));
	return (kernel.nsizes);
}

int
cpuset_getaffinity(int level, int which, long id, size_t size, cpuset_t *set)
{

	ATF_CHECK_EQ(CPU_LEVEL_WHICH, level);
	ATF_CHECK_EQ(CPU_WHICH_PID, which);
	ATF_CHECK_EQ(-1, id);
	ATF_CHECK_EQ(sizeof(*set), size);
	*set = kernel.set;
	return (answer());
}

int
kernel_count(const cpuset_t *set)
{
	int n = 0;
	size_t i;

	for (i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		n += __builtin_popcountl(set->bits[i]);
	return (n);
}

int
kernel_getcpu(void)
{

	return (answer() == 0 ? kernel.cpu : -1);
}

int
sysctlbyname(const char *name, void *old, size_t *len, const void *new,
    size_t newlen)
{

	ATF_CHECK_STREQ("kern.smp.maxid", name);
	ATF_CHECK_EQ(sizeof(int), *len);
	ATF_CHECK(new == NULL && newlen == 0);
	memcpy(old, &kernel.maxid, sizeof(int));
	return (answer());
}

int
_umtx_op(void *word, int op, unsigned long value, void *first, void *second)
{

	kernel.addr = word;
	kernel.op = op;
	kernel.value = value;
	kernel.first = first;
	kernel.second = second;
	if (second != NULL)
		kernel.when = *(struct _umtx_time *)second;
	return (answer());
}

int
kernel_gettime(clockid_t clock, struct timespec *ts)
{

	kernel.clock = clock;
	ts->tv_sec = 5;
	ts->tv_nsec = 7;
	return (0);
}

ssize_t
kernel_random(void *buf, size_t size, unsigned flags)
{

	ATF_CHECK_EQ(GRND_NONBLOCK, flags);
	memset(buf, 0x5a, size);
	return (answer() == 0 ? kernel.random : -1);
}

/* Takes kernel.written bytes at most, and is interrupted the first time. */
int
kernel_syscall(int number, ...)
{
	const char *buf;
	size_t len;
	va_list ap;
	int fd;

	va_start(ap, number);
	fd = va_arg(ap, int);
	buf = va_arg(ap, const char *);
	len = va_arg(ap, size_t);
	va_end(ap);
	ATF_CHECK_EQ(SYS_write, number);
	ATF_CHECK_EQ(2, fd);
	if (answer() != 0) {
		if (kernel.error == EINTR)
			kernel.error = 0;
		return (-1);
	}
	if (len > (size_t)kernel.written)
		len = (size_t)kernel.written;
	strncat(kernel.text, buf, len);
	return ((int)len);
}

int
issetugid(void)
{

	return (kernel.setid);
}

const char *
getprogname(void)
{

	return (kernel.progname);
}

size_t
kernel_strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from), n = len < size ? len : size - 1;

	ATF_REQUIRE(size > 0);
	memcpy(to, from, n);
	to[n] = '\0';
	return (len);
}

static void
check_pages(int page, const size_t *sizes, int n, size_t superpage)
{

	memset(&kernel, 0, sizeof(kernel));
	_bas_os_info.hugepage = 0;
	kernel.page = page;
	memcpy(kernel.sizes, sizes, (size_t)n * sizeof(*sizes));
	kernel.nsizes = n;
	_bas_os_init();
	ATF_CHECK_EQ((size_t)page, _bas_os_info.page);
	ATF_CHECK_EQ(superpage, _bas_os_info.hugepage);
	/* Advice gets none. */
	ATF_CHECK_EQ(0, _bas_os_info.hugepages);
	ATF_CHECK(!_bas_os_info.thp);
}

#define	K	((size_t)1 << 10)
#define	M	((size_t)1 << 20)

ATF_TC_WITHOUT_HEAD(pages);
ATF_TC_BODY(pages, tc)
{
	static const size_t amd64[] = { 4 * K, 2 * M, K * M };
	static const size_t arm64[] = { 4 * K, 64 * K, 2 * M, K * M };
	static const size_t arm64_16k[] = { 16 * K, 2 * M, 32 * M };

	check_pages(4096, amd64, 3, 2 * M);
	check_pages(4096, arm64, 4, 2 * M);
	check_pages(16384, arm64_16k, 3, 2 * M);
	/* Superpages are switched off, or only small ones there. */
	check_pages(4096, amd64, 1, 0);
	check_pages(4096, arm64, 2, 64 * K);
	/* Neither vector nor kernel say anything. */
	_bas_os_info.page = 4096;
	_bas_os_info.hugepage = 0;
	kernel.page = 0;
	kernel.error = ENOENT;
	errno = 123;
	_bas_os_init();
	ATF_CHECK_EQ(4096, _bas_os_info.page);
	ATF_CHECK_EQ(0, _bas_os_info.hugepage);
	ATF_CHECK_EQ(123, errno);
}

ATF_TC_WITHOUT_HEAD(align);
ATF_TC_BODY(align, tc)
{
	size_t shift;

	_bas_os_info.page = 4096;
	_bas_os_info.hugepage = 2 * M;
	for (shift = 0; shift <= 12; shift++)
		ATF_CHECK_EQ(0, _bas_posix_align((size_t)1 << shift));
	for (; shift < 47; shift++)
		ATF_CHECK_EQ(shift == 21 ? MAP_ALIGNED_SUPER :
		    MAP_ALIGNED((int)shift), _bas_posix_align((size_t)1 <<
		    shift));
	_bas_os_info.hugepage = 0;
	ATF_CHECK_EQ(MAP_ALIGNED(21), _bas_posix_align(2 * M));
}

ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	char *p = (char *)(16 * M);

	memset(&kernel, 0, sizeof(kernel));
	errno = 123;
	ATF_CHECK_EQ((void *)p, _bas_os_map_at(p, 2 * M));
	ATF_CHECK_EQ(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_EXCL,
	    kernel.flags);
	/* Lazy: the kernel may.  Otherwise fresh pages, in one call. */
	ATF_CHECK_EQ(0, _bas_os_purge(p, M, true));
	ATF_CHECK_EQ(MADV_FREE, kernel.advice);
	kernel.calls = 0;
	kernel.advice = -1;
	ATF_CHECK_EQ(0, _bas_os_purge(p + M, M, false));
	ATF_CHECK_EQ(1, kernel.calls);
	ATF_CHECK_EQ(-1, kernel.advice);
	ATF_CHECK_EQ((void *)(p + M), kernel.addr);
	ATF_CHECK_EQ(M, kernel.size);
	ATF_CHECK_EQ(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, kernel.flags);
	kernel.error = ENOMEM;
	ATF_CHECK_EQ(ENOMEM, _bas_os_purge(p, M, true));
	ATF_CHECK_EQ(ENOMEM, _bas_os_purge(p, M, false));
	/* There are no such calls. */
	kernel.calls = 0;
	ATF_CHECK_EQ(ENOSYS, _bas_os_remap(p, M, p + 2 * M, M));
	ATF_CHECK(_bas_os_hugify(p, 2 * M, true) != 0);
	ATF_CHECK(_bas_os_collapse(p, 2 * M) != 0);
	ATF_CHECK_EQ(0, kernel.calls);
	ATF_CHECK_EQ(123, errno);
}

ATF_TC_WITHOUT_HEAD(wait);
ATF_TC_BODY(wait, tc)
{
	_Atomic uint32_t word = 0;

	memset(&kernel, 0, sizeof(kernel));
	kernel.error = ETIMEDOUT;
	errno = 123;
	_bas_os_wait(&word, 2);
	ATF_CHECK_EQ((uintptr_t)&word, (uintptr_t)kernel.addr);
	ATF_CHECK_EQ(UMTX_OP_WAIT_UINT_PRIVATE, kernel.op);
	ATF_CHECK_EQ(2, kernel.value);
	ATF_CHECK(kernel.first == NULL && kernel.second == NULL);
	_bas_os_wait_until(&word, 3, UINT64_MAX);
	ATF_CHECK_EQ(3, kernel.value);
	ATF_CHECK(kernel.first == NULL && kernel.second == NULL);
	_bas_os_wait_until(&word, 4, UINT64_C(9000000011));
	ATF_CHECK_EQ(UMTX_OP_WAIT_UINT_PRIVATE, kernel.op);
	ATF_CHECK_EQ(4, kernel.value);
	ATF_CHECK_EQ(sizeof(struct _umtx_time), (size_t)kernel.first);
	ATF_CHECK_EQ(9, kernel.when._timeout.tv_sec);
	ATF_CHECK_EQ(11, kernel.when._timeout.tv_nsec);
	ATF_CHECK_EQ(UMTX_ABSTIME, kernel.when._flags);
	ATF_CHECK_EQ(CLOCK_MONOTONIC, kernel.when._clockid);
	_bas_os_wake(&word, false);
	ATF_CHECK_EQ(UMTX_OP_WAKE_PRIVATE, kernel.op);
	ATF_CHECK_EQ(1, kernel.value);
	_bas_os_wake(&word, true);
	ATF_CHECK_EQ(INT_MAX, kernel.value);
	ATF_CHECK_EQ(123, errno);
	ATF_CHECK_EQ(UINT64_C(5000000007), _bas_os_clock());
	ATF_CHECK_EQ(CLOCK_MONOTONIC_FAST, kernel.clock);
}

ATF_TC_WITHOUT_HEAD(processors);
ATF_TC_BODY(processors, tc)
{

	memset(&kernel, 0, sizeof(kernel));
	errno = 123;
	kernel.set.bits[0] = 5;
	kernel.set.bits[15] = 1;
	kernel.maxid = 1023;
	kernel.cpu = 960;
	ATF_CHECK_EQ(3, _bas_os_cpus());
	ATF_CHECK_EQ(960, _bas_os_cpu());
	ATF_CHECK_EQ(1024, _bas_os_cpu_limit());
	memset(&kernel.set, 0, sizeof(kernel.set));
	ATF_CHECK_EQ(1, _bas_os_cpus());
	kernel.error = ENOENT;
	kernel.ncpus = 6;
	ATF_CHECK_EQ(1, _bas_os_cpus());
	ATF_CHECK_EQ(0, _bas_os_cpu());
	ATF_CHECK_EQ(6, _bas_os_cpu_limit());
	kernel.ncpus = 0;
	ATF_CHECK_EQ(1, _bas_os_cpu_limit());
	ATF_CHECK_EQ(123, errno);
}

ATF_TC_WITHOUT_HEAD(process);
ATF_TC_BODY(process, tc)
{
	char name[8];

	memset(&kernel, 0, sizeof(kernel));
	ATF_REQUIRE_EQ(0, setenv("BASALT_OS_TEST", "yes", 1));
	ATF_CHECK_STREQ("yes", _bas_os_env("BASALT_OS_TEST"));
	kernel.setid = 1;
	ATF_CHECK_EQ(NULL, _bas_os_env("BASALT_OS_TEST"));
	_bas_os_progname(name, sizeof(name));
	ATF_CHECK_STREQ("", name);
	kernel.progname = "a-long-name";
	_bas_os_progname(name, sizeof(name));
	ATF_CHECK_STREQ("a-long-", name);
	errno = 123;
	kernel.random = sizeof(uint64_t);
	ATF_CHECK_EQ(UINT64_C(0x5a5a5a5a5a5a5a5a), _bas_os_random());
	kernel.error = EAGAIN;
	ATF_CHECK(_bas_os_random() != UINT64_C(0x5a5a5a5a5a5a5a5a));
	ATF_CHECK_EQ(123, errno);
}

ATF_TC_WITHOUT_HEAD(message);
ATF_TC_BODY(message, tc)
{

	memset(&kernel, 0, sizeof(kernel));
	errno = 123;
	kernel.written = 4;
	kernel.error = EINTR;
	ATF_CHECK_EQ(0, _bas_os_write(2, "a message\n", 10));
	ATF_CHECK_STREQ("a message\n", kernel.text);
	ATF_CHECK_EQ(4, kernel.calls);
	kernel.error = EBADF;
	ATF_CHECK_EQ(EBADF, _bas_os_write(2, "a message\n", 10));
	ATF_CHECK_EQ(123, errno);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, pages);
	ATF_TP_ADD_TC(tp, align);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, wait);
	ATF_TP_ADD_TC(tp, processors);
	ATF_TP_ADD_TC(tp, process);
	ATF_TP_ADD_TC(tp, message);
	return (atf_no_error());
}
