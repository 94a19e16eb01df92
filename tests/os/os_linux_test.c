/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The contract in os/os.h, as the kernel that we run on keeps it. */
#include "../include/unit.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "os/os.h"

#define	MIB	((size_t)1 << 20)

static size_t	page;

static char *
map(size_t size, size_t align)
{
	char *p;

	errno = 77;
	p = _bas_os_map(size, align);
	ATF_REQUIRE(p != NULL);
	ATF_REQUIRE_EQ(77, errno);
	ATF_REQUIRE_EQ(0, (uintptr_t)p % align);
	return (p);
}

static void
init(void)
{
	errno = 77;
	_bas_os_init();
	ATF_CHECK_EQ(77, errno);
	page = _bas_os_info.page;
	ATF_CHECK_EQ((size_t)sysconf(_SC_PAGESIZE), page);
}

/* Whether a range is mapped, without touching it. */
static bool
is_mapped(void *p, size_t size)
{
	unsigned char *vec = malloc(size / page);
	bool is;

	is = mincore(p, size, vec) == 0;
	free(vec);
	return (is);
}

ATF_TC_WITHOUT_HEAD(info);
ATF_TC_BODY(info, tc)
{
	const char *text = getenv("BASALT_PAGE");

	init();
	ATF_CHECK(text == NULL || strtoul(text, NULL, 10) == page);
	ATF_CHECK(_bas_os_info.hugepage % page == 0);
	ATF_CHECK(_bas_os_info.hugepage == 0 || _bas_os_info.thp);
	ATF_CHECK(!_bas_os_info.thp || _bas_os_info.thp_mode[0] != 'n');
}

ATF_TC_WITHOUT_HEAD(alignment);
ATF_TC_BODY(alignment, tc)
{
	size_t align, i;
	char *p;

	init();
	for (align = page; align <= 256 * MIB; align *= 2)
		for (i = 0; i < 3; i++) {
			p = map(3 * page, align);
			p[0] = p[3 * page - 1] = 1;
			ATF_CHECK(is_mapped(p, 3 * page));
			if (i < 2)
				ATF_CHECK_EQ(0, _bas_os_unmap(p, 3 * page));
		}
	ATF_CHECK_EQ(NULL, _bas_os_map(-page, 4 * MIB));
	ATF_CHECK_EQ(NULL, _bas_os_map((size_t)1 << 50, page));
}

/* Bytes of addresses that this process has; 0: not known. */
static size_t
mapped_bytes(void)
{
	char text[32] = "";
	int fd = open("/proc/self/statm", O_RDONLY);

	if (fd < 0)
		return (0);
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return (strtoul(text, NULL, 10) * page);
}

/* Nothing but what was asked for stays mapped. */
ATF_TC_WITHOUT_HEAD(trimmed);
ATF_TC_BODY(trimmed, tc)
{
	size_t before, size = 2 * MIB + page;
	unsigned i;

	init();
	before = unit_is_emulated() ? 0 : mapped_bytes();
	if (before == 0)
		atf_tc_skip("there is no /proc, or an emulator's");
	for (i = 1; i <= 4; i++) {
		(void)map(size, 64 * MIB);
		ATF_CHECK_EQ(before + i * size, mapped_bytes());
	}
}

ATF_TC_WITHOUT_HEAD(map_at);
ATF_TC_BODY(map_at, tc)
{
	char *p;

	init();
	p = map(8 * page, page);
	p[page] = 5;
	errno = 77;
	ATF_CHECK_EQ(NULL, _bas_os_map_at(p, page));
	ATF_CHECK_EQ(77, errno);
	ATF_CHECK_EQ(5, p[page]);
	ATF_CHECK_EQ(0, _bas_os_unmap(p + 2 * page, 2 * page));
	ATF_CHECK_EQ(NULL, _bas_os_map_at(p + 2 * page, 3 * page));
	ATF_CHECK_EQ(NULL, _bas_os_map_at(p + page, 2 * page));
	ATF_CHECK(!is_mapped(p + 2 * page, 2 * page));
	ATF_CHECK_EQ(p + 2 * page, _bas_os_map_at(p + 2 * page, 2 * page));
	ATF_CHECK_EQ(0, p[2 * page]);
	ATF_CHECK_EQ(5, p[page]);
	ATF_CHECK_EQ(NULL, _bas_os_map_at((void *)((uintptr_t)1 << 60),
	    page));
}

ATF_TC_WITHOUT_HEAD(unmap);
ATF_TC_BODY(unmap, tc)
{
	char *p;

	init();
	p = map(4 * page, page);
	errno = 77;
	ATF_CHECK_EQ(0, _bas_os_unmap(p, 4 * page));
	ATF_CHECK_EQ(EINVAL, _bas_os_unmap(p + 1, page));
	ATF_CHECK_EQ(77, errno);
}

ATF_TC_WITHOUT_HEAD(purge);
ATF_TC_BODY(purge, tc)
{
	size_t i;
	char *p;

	init();
	p = map(8 * page, page);
	memset(p, 9, 8 * page);
	ATF_CHECK_EQ(0, _bas_os_purge(p + page, 3 * page, false));
	for (i = 0; i < 8 * page; i++)
		ATF_REQUIRE_EQ(i / page >= 1 && i / page < 4 ? 0 : 9, p[i]);
	/* Lazily: zero or as it was, until it is written. */
	i = (size_t)_bas_os_purge(p + 4 * page, 4 * page, true);
	ATF_CHECK(i == 0 || i == EINVAL);
	for (i = 4 * page; i < 8 * page; i++)
		ATF_REQUIRE(p[i] == 0 || p[i] == 9);
	errno = 77;
	ATF_CHECK_EQ(0, _bas_os_unmap(p, 8 * page));
	ATF_CHECK(_bas_os_purge(p, page, false) != 0 || unit_is_emulated());
	ATF_CHECK_EQ(77, errno);
}

ATF_TC_WITHOUT_HEAD(hugify);
ATF_TC_BODY(hugify, tc)
{
	int error;
	char *p;

	init();
	p = map(4 * MIB, 2 * MIB);
	errno = 77;
	error = _bas_os_hugify(p, 4 * MIB, true);
	ATF_CHECK(error == 0 || !_bas_os_info.thp);
	memset(p, 3, 4 * MIB);
	error = _bas_os_hugify(p, 4 * MIB, false);
	ATF_CHECK(error == 0 || !_bas_os_info.thp);
	/* Whether it does or not, nothing is lost. */
	(void)_bas_os_collapse(p, 2 * MIB);
	ATF_CHECK_EQ(77, errno);
	ATF_CHECK(p[2 * MIB - 1] == 3 && p[4 * MIB - 1] == 3);
}

static volatile char *target;

static void
target_write(void)
{
	*target = 1;
}

static bool
write_faults(char *p)
{
	target = p;
	return (unit_faults(target_write));
}

ATF_TC_WITHOUT_HEAD(protect);
ATF_TC_BODY(protect, tc)
{
	char *p;

	init();
	p = map(4 * page, page);
	memset(p, 6, 4 * page);
	errno = 77;
	ATF_REQUIRE_EQ(0, _bas_os_protect(p + page, page, true));
	ATF_CHECK(!write_faults(p + page - 1));
	ATF_CHECK(write_faults(p + page));
	ATF_CHECK(write_faults(p + 2 * page - 1));
	ATF_CHECK(!write_faults(p + 2 * page));
	ATF_REQUIRE_EQ(0, _bas_os_protect(p + page, page, false));
	ATF_CHECK_EQ(6, p[page]);
	p[page] = 7;
	ATF_CHECK_EQ(0, _bas_os_unmap(p, 4 * page));
	ATF_CHECK_EQ(ENOMEM, _bas_os_protect(p, page, true));
	ATF_CHECK_EQ(77, errno);
}

ATF_TC_WITHOUT_HEAD(remap);
ATF_TC_BODY(remap, tc)
{
	char *old, *new;
	size_t i;

	init();
	old = map(4 * MIB, 2 * MIB);
	new = map(8 * MIB, 2 * MIB);
	for (i = 0; i < 4 * MIB; i += 512)
		old[i] = (char)(i / 512 * 7);
	errno = 77;
	ATF_REQUIRE_EQ(0, _bas_os_remap(old, 4 * MIB, new, 8 * MIB));
	ATF_CHECK_EQ(77, errno);
	for (i = 0; i < 4 * MIB; i += 512)
		ATF_REQUIRE_EQ((char)(i / 512 * 7), new[i]);
	for (; i < 8 * MIB; i += 512)
		ATF_REQUIRE_EQ(0, new[i]);
	ATF_CHECK(!is_mapped(old, 4 * MIB));
	ATF_CHECK_EQ(old, _bas_os_map_at(old, 4 * MIB));
}

/* Pages whose advice differs are several mappings to the kernel. */
ATF_TC_WITHOUT_HEAD(remap_parts);
ATF_TC_BODY(remap_parts, tc)
{
	char *old, *new, *at;
	int error;

	init();
	old = map(4 * MIB, 2 * MIB);
	new = map(8 * MIB, 2 * MIB);
	memset(old, 4, 4 * MIB);
	(void)_bas_os_hugify(old, 2 * MIB, false);
	error = _bas_os_remap(old, 4 * MIB, new, 8 * MIB);
	at = error == 0 ? new : old;
	ATF_CHECK_EQ(4, at[0]);
	ATF_CHECK_EQ(4, at[4 * MIB - 1]);
	ATF_CHECK(is_mapped(new + 4 * MIB, 4 * MIB));
}

ATF_TC_WITHOUT_HEAD(cpus);
ATF_TC_BODY(cpus, tc)
{
	cpu_set_t all, one;
	unsigned n;
	int i;

	init();
	errno = 77;
	n = _bas_os_cpus();
	ATF_CHECK_EQ(77, errno);
	ATF_CHECK(n >= 1 && n <= (unsigned)sysconf(_SC_NPROCESSORS_CONF));
	ATF_REQUIRE_EQ(0, sched_getaffinity(0, sizeof(all), &all));
	ATF_CHECK(n <= (unsigned)CPU_COUNT(&all));
	for (i = 0; !CPU_ISSET(i, &all); i++)
		;
	CPU_ZERO(&one);
	CPU_SET(i, &one);
	ATF_REQUIRE_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	ATF_CHECK_EQ(1, _bas_os_cpus());
}

/* Each processor that we may run on, by its own number. */
ATF_TC_WITHOUT_HEAD(cpu);
ATF_TC_BODY(cpu, tc)
{
	unsigned limit, i;
	cpu_set_t all, one;

	init();
	errno = 77;
	limit = _bas_os_cpu_limit();
	ATF_CHECK(_bas_os_cpu() < limit);
	ATF_CHECK_EQ(77, errno);
	ATF_CHECK(limit >= _bas_os_cpus());
	ATF_REQUIRE_EQ(0, sched_getaffinity(0, sizeof(all), &all));
	for (i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		ATF_REQUIRE_EQ(0, sched_setaffinity(0, sizeof(one), &one));
		ATF_CHECK_EQ(i, _bas_os_cpu());
		ATF_CHECK(i < limit);
	}
	/* It is of the machine and not of what we may use. */
	ATF_CHECK_EQ(limit, _bas_os_cpu_limit());
}

ATF_TC_WITHOUT_HEAD(clock);
ATF_TC_BODY(clock, tc)
{
	struct timespec ts;
	uint64_t first, last, now;
	unsigned i;

	init();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	first = last = _bas_os_clock();
	now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	ATF_CHECK(now - first < 1000 * MS || first - now < 1000 * MS);
	for (i = 0; last < first + 50 * MS; i++) {
		now = _bas_os_clock();
		ATF_REQUIRE(now >= last);
		last = now;
	}
}

ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	uint64_t seen = 0;
	unsigned i;

	for (i = 0; i < 64; i++)
		seen |= _bas_os_random();
	/* A bit that is never 1 in so many is stuck. */
	ATF_CHECK_EQ(UINT64_MAX, seen);
	ATF_CHECK(_bas_os_random() != _bas_os_random());
}

static _Atomic uint32_t	word;
static _Atomic unsigned	woken, ended;

static void *
sleeper(void *arg)
{
	while (word == 0)
		if (arg == NULL)
			_bas_os_wait(&word, 0);
		else
			_bas_os_wait_until(&word, 0, UINT64_MAX);
	woken++;
	return (arg);
}

ATF_TC_WITHOUT_HEAD(wait_wake);
ATF_TC_BODY(wait_wake, tc)
{
	pthread_t thread[3];
	unsigned i;

	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, sleeper,
		    NULL));
	errno = 77;
	_bas_os_wait(&word, 1);
	ATF_CHECK_EQ(0, woken);
	word = 1;
	_bas_os_wake(&word, true);
	ATF_CHECK_EQ(77, errno);
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ATF_CHECK_EQ(3, woken);
}

/* It returns when the time has come, and not long before. */
ATF_TC_WITHOUT_HEAD(wait_until);
ATF_TC_BODY(wait_until, tc)
{
	uint64_t from = _bas_os_clock();
	pthread_t thread;

	errno = 77;
	word = 0;
	while (_bas_os_clock() < from + 50 * MS)
		_bas_os_wait_until(&word, 0, from + 50 * MS);
	_bas_os_wait_until(&word, 0, 0);
	_bas_os_wait_until(&word, 1, UINT64_MAX);
	ATF_CHECK_EQ(77, errno);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, sleeper, &word));
	word = 1;
	_bas_os_wake(&word, true);
	pthread_join(thread, NULL);
	ATF_CHECK_EQ(1, woken);
}

static _Atomic(void *)	started;
static sigset_t		start_mask;

static void *
start(void *arg)
{
	volatile char deep[OS_THREAD_STACK - 8192];
	size_t i;

	for (i = 0; i < sizeof(deep); i += 512)
		deep[i] = 1;
	pthread_sigmask(SIG_SETMASK, NULL, &start_mask);
	started = arg;
	_bas_os_wake(&word, true);
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(thread_start);
ATF_TC_BODY(thread_start, tc)
{
	sigset_t mask;

	init();
	errno = 77;
	ATF_REQUIRE_EQ(0, _bas_os_thread_start(start, &started));
	ATF_CHECK_EQ(77, errno);
	while (started == NULL)
		sched_yield();
	ATF_CHECK_EQ(&started, started);
	ATF_CHECK(sigismember(&start_mask, SIGTERM));
	ATF_CHECK(sigismember(&start_mask, SIGPROF));
	ATF_CHECK(sigismember(&start_mask, SIGUSR1));
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	ATF_CHECK(!sigismember(&mask, SIGTERM));
}

/* Our own signals are as before where there is no thread. */
ATF_TC_WITHOUT_HEAD(no_thread);
ATF_TC_BODY(no_thread, tc)
{
	struct rlimit none = { 0, 0 };
	sigset_t mask;

	unit_skip_sanitized("needs memory of its own");
	if (unit_is_emulated())
		atf_tc_skip("the emulator lets no limit on addresses through");
	init();
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_AS, &none));
	errno = 77;
	ATF_CHECK(_bas_os_thread_start(start, &started) != 0);
	ATF_CHECK_EQ(77, errno);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	ATF_CHECK(!sigismember(&mask, SIGTERM));
}

static void
count_end(void *arg)
{
	ended += arg == &word;
}

static void *
marked(void *arg)
{
	if (arg != NULL)
		(void)_bas_os_thread_mark(&word);
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(thread_mark);
ATF_TC_BODY(thread_mark, tc)
{
	pthread_t thread;
	unsigned i;

	ATF_REQUIRE_EQ(0, _bas_os_thread_init(count_end));
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, marked,
		    i % 2 == 0 ? &word : NULL));
		pthread_join(thread, NULL);
	}
	ATF_CHECK_EQ(2, ended);
}

/* All keys are somebody's: no mark is set that is not ours. */
ATF_TC_WITHOUT_HEAD(no_keys);
ATF_TC_BODY(no_keys, tc)
{
	pthread_key_t key;

	while (pthread_key_create(&key, NULL) == 0)
		;
	ATF_CHECK(_bas_os_thread_init(count_end) != 0);
	ATF_CHECK(_bas_os_thread_mark(&word) != 0);
}

static void
exit_seen(void)
{
	_exit(5);
}

static void
fork_seen(void)
{
	ended++;
}

ATF_TC_WITHOUT_HEAD(fork_exit);
ATF_TC_BODY(fork_exit, tc)
{
	pid_t parent = getpid(), pid;
	int status;

	ATF_CHECK_EQ(parent, _bas_os_pid());
	ATF_REQUIRE_EQ(0, _bas_os_fork_init(fork_seen));
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		if (ended != 1 || _bas_os_pid() == parent ||
		    _bas_os_exit_init(exit_seen) != 0)
			_exit(1);
		exit(2);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
	ATF_CHECK_EQ(0, ended);
}

ATF_TC_WITHOUT_HEAD(files);
ATF_TC_BODY(files, tc)
{
	char buf[64];
	int fds[2];

	ATF_REQUIRE_EQ(0, pipe(fds));
	errno = 77;
	ATF_CHECK_EQ(0, _bas_os_write(fds[1], "text", 4));
	ATF_REQUIRE_EQ(4, read(fds[0], buf, sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "text", 4));
	ATF_CHECK_EQ(EBADF, _bas_os_write(-1, "text", 4));
	ATF_REQUIRE_EQ(0, symlink("target:of", "link"));
	errno = 77;
	ATF_CHECK_EQ(9, _bas_os_readlink("link", buf, sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "target:of", 9));
	ATF_CHECK_EQ(4, _bas_os_readlink("link", buf, 4));
	ATF_CHECK_EQ(-1, _bas_os_readlink("none", buf, sizeof(buf)));
	ATF_CHECK_EQ(77, errno);
	ATF_REQUIRE_EQ(0, setenv("BASALT_TEST_ENV", "value", 1));
	ATF_CHECK_STREQ("value", _bas_os_env("BASALT_TEST_ENV"));
	ATF_CHECK_EQ(NULL, _bas_os_env("BASALT_TEST_NO_SUCH"));
	_bas_os_progname(buf, sizeof(buf));
	ATF_CHECK_STREQ("os_linux_test", buf);
	_bas_os_progname(buf, 4);
	ATF_CHECK_STREQ("os_", buf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, info);
	ATF_TP_ADD_TC(tp, alignment);
	ATF_TP_ADD_TC(tp, trimmed);
	ATF_TP_ADD_TC(tp, map_at);
	ATF_TP_ADD_TC(tp, unmap);
	ATF_TP_ADD_TC(tp, purge);
	ATF_TP_ADD_TC(tp, hugify);
	ATF_TP_ADD_TC(tp, protect);
	ATF_TP_ADD_TC(tp, remap);
	ATF_TP_ADD_TC(tp, remap_parts);
	ATF_TP_ADD_TC(tp, cpus);
	ATF_TP_ADD_TC(tp, cpu);
	ATF_TP_ADD_TC(tp, clock);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, wait_wake);
	ATF_TP_ADD_TC(tp, wait_until);
	ATF_TP_ADD_TC(tp, thread_start);
	ATF_TP_ADD_TC(tp, no_thread);
	ATF_TP_ADD_TC(tp, thread_mark);
	ATF_TP_ADD_TC(tp, no_keys);
	ATF_TP_ADD_TC(tp, fork_exit);
	ATF_TP_ADD_TC(tp, files);
	return (atf_no_error());
}
