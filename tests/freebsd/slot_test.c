/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The glue of FreeBSD's libc, with all of the allocator under it, as this
 * process's malloc: the test calls what libthr calls there, in its order.
 */
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc_np.h"

#define	THREADS	4
#define	ROUNDS	40
#define	OBJECTS	500
#define	FORKS	60

void	_malloc_thread_cleanup(void);
void	_malloc_prefork(void);
void	_malloc_postfork(void);
void	_malloc_first_thread(void);

static _Atomic bool over;
static _Atomic unsigned long long done;

static uint64_t
number(const char *name)
{
	uint64_t epoch = 1, value = 0;
	size_t len = sizeof(epoch);

	if (mallctl("epoch", &epoch, &len, &epoch, len) != 0)
		return (UINT64_MAX);
	len = sizeof(value);
	if (mallctl(name, &value, &len, NULL, 0) == EINVAL) {
		len = sizeof(unsigned);
		if (mallctl(name, &value, &len, NULL, 0) != 0)
			return (UINT64_MAX);
	}
	return (value);
}

static uint64_t
threads(void)
{
	char name[] = "stats.arenas.4096.nthreads";

	return (number(name));
}

/* Of sizes that stacks, slabs, runs and spans hold. */
static void
churn(unsigned seed, unsigned n)
{
	static const size_t most[] = { 64, 1000, 20000, 300000, 3000000 };
	void *p[32] = { NULL };
	unsigned i, slot;

	for (i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		slot = (seed >> 8) % 32;
		free(p[slot]);
		p[slot] = malloc(1 + (seed >> 4) % most[(seed >> 16) %
		    (i % 64 == 0 ? 5 : 3)]);
		if (p[slot] == NULL)
			abort();
		memset(p[slot], (int)i, 1);
	}
	for (i = 0; i < 32; i++)
		free(p[i]);
}

static void *
life(void *arg)
{

	churn((unsigned)(uintptr_t)arg, OBJECTS);
	_malloc_thread_cleanup();
	return (NULL);
}

/* A thread that asks where its counts are is in the slow mode. */
static void *
life_slow(void *arg)
{
	uint64_t *allocated;
	size_t len = sizeof(allocated);

	if (mallctl("thread.allocatedp", &allocated, &len, NULL, 0) != 0)
		abort();
	return (life(arg));
}

/* Libraries are at their ends in an order that nobody chose. */
static void *
life_late(void *arg)
{
	unsigned i;
	void *p;

	(void)life(arg);
	p = calloc(1, 100);
	if (p == NULL || (p = realloc(p, 50000)) == NULL)
		abort();
	churn((unsigned)(uintptr_t)arg, OBJECTS);
	for (i = 0; i < 3; i++)
		_malloc_thread_cleanup();
	free(p);
	churn((unsigned)(uintptr_t)arg, OBJECTS);
	return (NULL);
}

static void *
life_idle(void *arg)
{

	_malloc_thread_cleanup();
	return (arg);
}

static void
rounds(void *(*f)(void *))
{
	pthread_t thread[THREADS];
	unsigned round, i;

	_malloc_first_thread();
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < THREADS; i++)
			ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, f,
			    (void *)(uintptr_t)(round * THREADS + i)));
		for (i = 0; i < THREADS; i++)
			ATF_REQUIRE_EQ(0, pthread_join(thread[i], NULL));
	}
}

/* What the C library keeps of threads is there after the first round. */
static void
ends(void *(*f)(void *))
{
	uint64_t before, after;

	churn(1, OBJECTS);
	rounds(f);
	(void)mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	before = number("stats.allocated");
	ATF_CHECK_EQ(1, threads());
	rounds(f);
	(void)mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	after = number("stats.allocated");
	ATF_CHECK_EQ(1, threads());
	ATF_CHECK_MSG(after <= before + 64 * 1024, "%ju bytes became %ju",
	    (uintmax_t)before, (uintmax_t)after);
}

ATF_TC(thread_end);
ATF_TC_HEAD(thread_end, tc)
{
	atf_tc_set_md_var(tc, "descr", "Threads that end leave nothing");
}
ATF_TC_BODY(thread_end, tc)
{

	ends(life);
}

ATF_TC(thread_end_slow);
ATF_TC_HEAD(thread_end_slow, tc)
{
	atf_tc_set_md_var(tc, "descr", "Nor those that take the slow paths");
}
ATF_TC_BODY(thread_end_slow, tc)
{

	ends(life_slow);
}

ATF_TC(thread_end_late);
ATF_TC_HEAD(thread_end_late, tc)
{
	atf_tc_set_md_var(tc, "descr", "Nor those that allocate, free and "
	    "end again after their end");
}
ATF_TC_BODY(thread_end_late, tc)
{

	ends(life_late);
}

ATF_TC(thread_end_idle);
ATF_TC_HEAD(thread_end_idle, tc)
{
	atf_tc_set_md_var(tc, "descr", "A thread may end without ever having "
	    "allocated");
}
ATF_TC_BODY(thread_end_idle, tc)
{

	ends(life_idle);
}

static void *
life_busy(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;

	while (!atomic_load(&over)) {
		churn(seed++, 100);
		(void)number("stats.allocated");
		atomic_fetch_add(&done, 1);
	}
	_malloc_thread_cleanup();
	return (NULL);
}

/* fork as libthr has it; the child's exit is 0 if all was well. */
static pid_t
fork_between(void)
{
	pid_t pid;

	_malloc_prefork();
	pid = fork();
	_malloc_postfork();
	return (pid);
}

static void
require_child(pid_t pid)
{
	int status;

	ATF_REQUIRE(pid > 0);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the child's status is %#x", (unsigned)status);
}

/*
 * It has one thread, since what the others had is given back; and may fork
 * again, to some depth.
 */
static _Noreturn void
child(unsigned depth)
{
	int status;
	pid_t pid;

	do {
		alarm(60);
		if (threads() != 1)
			_exit(2);
		churn(depth, OBJECTS);
		pid = fork_between();
	} while (pid == 0 && depth-- > 0);
	if (pid != 0 && (waitpid(pid, &status, 0) != pid || status != 0))
		_exit(3);
	churn(depth, OBJECTS);
	_exit(0);
}

ATF_TC(fork);
ATF_TC_HEAD(fork, tc)
{
	atf_tc_set_md_var(tc, "descr", "One function after a fork serves the "
	    "parent and the child, with threads at work");
}
ATF_TC_BODY(fork, tc)
{
	pthread_t thread[THREADS];
	unsigned i;
	pid_t pid;

	_malloc_first_thread();
	for (i = 0; i < THREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, life_busy,
		    (void *)(uintptr_t)i));
	for (i = 0; i < FORKS; i++) {
		churn(i, 100);
		pid = fork_between();
		if (pid == 0)
			child(1);
		require_child(pid);
		ATF_CHECK(threads() > 1);
	}
	atomic_store(&over, true);
	for (i = 0; i < THREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], NULL));
	ATF_CHECK(atomic_load(&done) > 0);
	ATF_CHECK_EQ(1, threads());
}

static void *
life_forking(void *arg)
{
	int status, bad = 0;
	unsigned i;
	pid_t pid;

	for (i = 0; i < FORKS / THREADS; i++) {
		churn((unsigned)(uintptr_t)arg, 50);
		pid = fork_between();
		if (pid == 0)
			child(0);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			bad++;
	}
	_malloc_thread_cleanup();
	return ((void *)(intptr_t)bad);
}

ATF_TC(fork_at_once);
ATF_TC_HEAD(fork_at_once, tc)
{
	atf_tc_set_md_var(tc, "descr", "Threads that fork at the same time");
}
ATF_TC_BODY(fork_at_once, tc)
{
	pthread_t thread[THREADS];
	unsigned i;
	void *bad;

	for (i = 0; i < THREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL,
		    life_forking, (void *)(uintptr_t)i));
	for (i = 0; i < THREADS; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &bad));
		ATF_CHECK_EQ(NULL, bad);
	}
	ATF_CHECK_EQ(1, threads());
}

ATF_TC(fork_fails);
ATF_TC_HEAD(fork_fails, tc)
{
	atf_tc_set_md_var(tc, "descr", "A fork that fails is over for the "
	    "parent too");
}
ATF_TC_BODY(fork_fails, tc)
{
	pthread_t thread;
	unsigned i;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, life_busy, NULL));
	for (i = 0; i < FORKS; i++) {
		_malloc_prefork();
		_malloc_postfork();
		churn(i, 100);
	}
	atomic_store(&over, true);
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	pid = fork_between();
	if (pid == 0)
		child(0);
	require_child(pid);
}

ATF_TC(background);
ATF_TC_HEAD(background, tc)
{
	atf_tc_set_md_var(tc, "descr", "There are no threads of our own");
}
ATF_TC_BODY(background, tc)
{
	bool on = true, was = true;
	size_t len = sizeof(was);

	ATF_CHECK_EQ(ENOENT, mallctl("background_thread", NULL, NULL, &on,
	    sizeof(on)));
	ATF_REQUIRE_EQ(0, mallctl("background_thread", &was, &len, NULL, 0));
	ATF_CHECK(!was);
	ATF_CHECK_EQ(0, number("stats.background_thread.num_threads"));
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, thread_end);
	ATF_TP_ADD_TC(tp, thread_end_slow);
	ATF_TP_ADD_TC(tp, thread_end_late);
	ATF_TP_ADD_TC(tp, thread_end_idle);
	ATF_TP_ADD_TC(tp, fork);
	ATF_TP_ADD_TC(tp, fork_at_once);
	ATF_TP_ADD_TC(tp, fork_fails);
	ATF_TP_ADD_TC(tp, background);
	return (atf_no_error());
}
