/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * fork with every lock closed, as a libc makes it that has basalt in its
 * tree.  tests/stress/tsan_fork.c has the storm of it.
 */
#include "forks.h"

ATF_TC_WITHOUT_HEAD(held);
ATF_TC_BODY(held, tc)
{
	uint64_t epoch;
	size_t size = sizeof(epoch);

	bas_free(bas_malloc(1));
	ATF_CHECK(all_are(true));
	_bas_fork_prepare();
	ATF_CHECK(all_are(false));
	_bas_fork_parent();
	ATF_CHECK(all_are(true));
	held_child(child_allocates);
	ATF_CHECK(all_are(true));
	ATF_CHECK_EQ(0, bas_mallctl("epoch", &epoch, &size, NULL, 0));
	bas_free(bas_malloc(1));
}

/* The library has not been called yet, and is ready in no child. */
ATF_TC_WITHOUT_HEAD(first);
ATF_TC_BODY(first, tc)
{
	_bas_fork_prepare();
	_bas_fork_parent();
	_bas_fork_prepare();
	_bas_fork_child();
	bas_free(bas_malloc(1));
	held_child(child_allocates);
}

/* The system call failed: the parent alone goes on. */
ATF_TC_WITHOUT_HEAD(fails);
ATF_TC_BODY(fails, tc)
{
	unsigned i;
	void *p;

	for (i = 0; i < 100; i++) {
		p = bas_malloc(i * 10 + 1);
		_bas_fork_prepare();
		_bas_fork_parent();
		bas_free(p);
	}
	held_child(child_allocates);
}

static struct lock	stray = LOCK_INITIALIZER(RANK_BIN);

static void
prepare_strayed(void)
{
	bas_free(bas_malloc(1));
	_bas_fork_prepare();
	_bas_fork_parent();
	/* A lock that is never taken need not be held either. */
	lock_take(&stray);
	lock_give(&stray);
	_bas_fork_prepare();
}

static void
take_meanwhile(void)
{
	_bas_fork_prepare();
	lock_take(&stray);
}

static void
allocate_meanwhile(void)
{
	bas_free(bas_malloc(1));
	_bas_fork_prepare();
	(void)_bas_base_alloc(64);
}

static void
close_backwards(void)
{
	_bas_lock_fork_close(RANK_FORK);
	_bas_lock_fork_close(RANK_BIN);
}

/* What is asserted of locks over a fork. */
ATF_TC_WITHOUT_HEAD(asserts);
ATF_TC_BODY(asserts, tc)
{
	unit_aborts(prepare_strayed, "a lock was left out");
	unit_aborts(take_meanwhile, "out of rank");
	unit_aborts(allocate_meanwhile, "out of rank");
	unit_aborts(close_backwards, "out of rank");
}

static uint64_t
ops(const struct lock *lock)
{
	struct lock_stats stats;

	_bas_lock_stats(lock, &stats);
	ATF_CHECK_EQ(0, stats.num_wait);
	ATF_CHECK_EQ(0, stats.max_num_thds);
	return (stats.num_ops);
}

static uint64_t	ops_parent;

static void
child_counts(void)
{
	struct lock_stats stats;

	_bas_lock_stats(&_bas_arena_get(0)->bins[9].lock, &stats);
	if (stats.num_ops != ops_parent || stats.num_wait != 0)
		_exit(1);
}

/* A fork is no use of any lock, in the child neither. */
ATF_TC_WITHOUT_HEAD(statistics);
ATF_TC_BODY(statistics, tc)
{
	struct arena *arena;
	uint64_t bin, pages, maintenance;

	bas_free(bas_malloc(100));
	arena = _bas_arena_get(0);
	bin = ops(&arena->bins[9].lock);
	pages = ops(&arena->pages.lock);
	maintenance = ops(&arena->maintenance);
	ops_parent = bin;
	held_child(child_counts);
	ATF_CHECK_EQ(bin, ops(&arena->bins[9].lock));
	ATF_CHECK_EQ(pages, ops(&arena->pages.lock));
	ATF_CHECK_EQ(maintenance, ops(&arena->maintenance));
}

/* What another thread has at hand when the others fork. */
static void	*others[1000];

static void *
hold_objects(void *arg)
{
	unsigned i;

	for (i = 0; i < 1000; i++)
		others[i] = bas_malloc(48);
	for (i = 0; i < 500; i++)
		bas_free(others[i]);
	ready = true;
	while (!done)
		sched_yield();
	return (arg);
}

static void
child_gives_back(void)
{
	size_t allocated;
	unsigned i;

	/* What the other thread's cache had is in no cache now. */
	for (i = 500; i < 1000; i++)
		bas_free(others[i]);
	(void)_bas_thread_flush();
	allocated = _bas_snapshot_total(offsetof(struct snapshot_totals,
	    allocated));
	if (allocated != 0)
		_exit(1);
	for (i = 0; i < 2; i++)
		if (_bas_arena_get(i)->nthreads != (i == 0) ||
		    _bas_arena_get(i)->pages.epoch != 0 ||
		    _bas_arena_allocated(_bas_arena_get(i)) != 0)
			_exit(2);
}

ATF_TC_WITHOUT_HEAD(caches);
ATF_TC_BODY(caches, tc)
{
	pthread_t thread;

	(void)_bas_tsd_cache();
	start(&thread, hold_objects, NULL);
	while (!ready)
		sched_yield();
	held_child(child_gives_back);
	done = true;
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK_EQ(1, _bas_arena_get(0)->nthreads);
}

/* Who frees what no cache takes looks after the cache as well. */
#define	RUN		((size_t)32 << 10)

static char	*run;
static unsigned	purges, unmarked;

static void
purge_seen(enum os_fake_call call, uintptr_t addr, size_t size)
{
	if (call != OS_FAKE_PURGE || addr >= (uintptr_t)run + RUN ||
	    addr + size <= (uintptr_t)run)
		return;
	purges++;
	if (_bas_tsd_cache()->busy != CACHE_BUSY)
		unmarked++;
}

ATF_TC_WITHOUT_HEAD(collects);
ATF_TC_BODY(collects, tc)
{
	ssize_t at_once = 0;
	unsigned i;
	void *big;

	(void)_bas_tsd_cache();
	(void)_bas_thread_bind(0);
	big = bas_malloc((size_t)8 << 20);
	ATF_REQUIRE_EQ(0, bas_mallctl("arena.0.dirty_decay_ms", NULL, NULL,
	    &at_once, sizeof(at_once)));
	for (i = 0; i < 2; i++)
		bas_free(run = bas_malloc(RUN));
	_bas_os_fake_hook(purge_seen);
	for (i = 0; i < 4 && purges == 0; i++) {
		_bas_os_fake_clock_advance(1000 * MS);
		bas_free(big);
		big = bas_malloc((size_t)8 << 20);
	}
	_bas_os_fake_hook(NULL);
	ATF_CHECK(purges != 0);
	ATF_CHECK_EQ(0, unmarked);
	bas_free(big);
}

ATF_TC_WITHOUT_HEAD(alike);
ATF_TC_BODY(alike, tc)
{
	pthread_t thread;
	int status;
	pid_t pid;

	(void)_bas_tsd_cache();
	start(&thread, hold_objects, NULL);
	while (!ready)
		sched_yield();
	prefork();
	pid = fork();
	postfork();
	if (pid == 0) {
		child_gives_back();
		/* And again, by who was a child itself. */
		prefork();
		pid = fork();
		postfork();
		child_allocates();
		if (pid != 0 && (waitpid(pid, &status, 0) != pid ||
		    status != 0))
			_exit(8);
		_exit(0);
	}
	ATF_REQUIRE(pid > 0);
	ATF_CHECK_EQ(2, _bas_arena_get(0)->nthreads +
	    _bas_arena_get(1)->nthreads);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
	done = true;
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
}

/*
 * A child that was made past the hooks, by a system call, while another
 * thread had prepared: it has everything locked, and mends.
 */
static void *
prepare_only(void *arg)
{
	_bas_fork_prepare();
	ready = true;
	while (!done)
		sched_yield();
	_bas_fork_parent();
	return (arg);
}

ATF_TC_WITHOUT_HEAD(past_the_hooks);
ATF_TC_BODY(past_the_hooks, tc)
{
	pthread_t thread;
	int status;
	pid_t pid;

	bas_free(bas_malloc(1));
	start(&thread, prepare_only, NULL);
	while (!ready)
		sched_yield();
	pid = fork();
	if (pid == 0) {
		_bas_fork_mend();
		child_allocates();
		/* From here on it is as any other. */
		_bas_fork_prepare();
		pid = fork();
		if (pid == 0)
			_bas_fork_child();
		else
			_bas_fork_parent();
		child_allocates();
		if (pid != 0 && (waitpid(pid, &status, 0) != pid ||
		    status != 0))
			_exit(8);
		_exit(0);
	}
	done = true;
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_REQUIRE(pid > 0);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
	held_child(child_allocates);
}

/* Arenas come, get hooks and go while others fork, two at a time. */
static void *
make_arenas(void *arg)
{
	extent_hooks_t *given = &_bas_hooks_default;
	size_t size = sizeof(unsigned);
	char name[40];
	unsigned i, n;

	for (i = 0; !done; i++) {
		if (bas_mallctl("arenas.create", &n, &size,
		    i % 2 == 0 ? &given : NULL,
		    i % 2 == 0 ? sizeof(given) : 0) != 0)
			return ((void *)1);
		(void)snprintf(name, sizeof(name), "arena.%u.destroy", n);
		if (i % 8 != 0 && bas_mallctl(name, NULL, NULL, NULL, 0) != 0)
			return ((void *)1);
		if (i >= 2000)
			break;
	}
	return (arg);
}

static void *
fork_some(void *arg)
{
	unsigned i;

	for (i = 0; i < 50; i++)
		held_child(child_allocates);
	return (arg);
}

ATF_TC_WITHOUT_HEAD(arenas);
ATF_TC_BODY(arenas, tc)
{
	pthread_t maker, forker;
	void *failed;

	bas_free(bas_malloc(1));
	start(&maker, make_arenas, NULL);
	start(&forker, fork_some, NULL);
	(void)fork_some(NULL);
	ATF_REQUIRE_EQ(0, pthread_join(forker, NULL));
	done = true;
	ATF_REQUIRE_EQ(0, pthread_join(maker, &failed));
	ATF_CHECK(failed == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, held);
	ATF_TP_ADD_TC(tp, first);
	ATF_TP_ADD_TC(tp, fails);
	ATF_TP_ADD_TC(tp, asserts);
	ATF_TP_ADD_TC(tp, statistics);
	ATF_TP_ADD_TC(tp, caches);
	ATF_TP_ADD_TC(tp, collects);
	ATF_TP_ADD_TC(tp, alike);
	ATF_TP_ADD_TC(tp, past_the_hooks);
	ATF_TP_ADD_TC(tp, arenas);
	return (atf_no_error());
}
