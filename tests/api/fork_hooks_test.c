/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Forks with every lock closed, while a user's hook or the C library has a
 * thread of ours in its hands.
 */
#include "forks.h"

int	 __wrap__bas_os_thread_start(void *(*)(void *), void *);
int	 __real__bas_os_thread_start(void *(*)(void *), void *);

/* A hook that is in the middle of something, with maintenance held. */
static extent_hooks_t	hooks;
static unsigned		hooked;
static _Atomic bool	in_hook, leave_hook;
static const char	*hook_wrong;
static void		(*hook_does)(void);

static bool
hook_purge(extent_hooks_t *own, void *p, size_t size, size_t offset,
    size_t length, unsigned arena)
{
	if (!in_hook) {
		in_hook = true;
		hook_does();
	}
	return (_bas_hooks_default.purge_forced(&_bas_hooks_default, p, size,
	    offset, length, arena) || own != &hooks);
}

static void
hooked_make(void)
{
	extent_hooks_t *given = &hooks;
	size_t size = sizeof(hooked);
	char name[40];
	void *p;

	hooks = _bas_hooks_default;
	hooks.purge_forced = hook_purge;
	hooks.purge_lazy = NULL;
	hooks.dalloc = NULL;
	ATF_REQUIRE_EQ(0, bas_mallctl("arenas.create", &hooked, &size,
	    &given, sizeof(given)));
	(void)snprintf(name, sizeof(name), "arena.%u.dirty_decay_ms", hooked);
	(void)_bas_thread_bind(hooked);
	p = bas_malloc(100000);
	bas_free(p);
	(void)_bas_thread_flush();
	(void)_bas_thread_bind(0);
}

static void *
purge_hooked(void *arg)
{
	char name[40];

	(void)snprintf(name, sizeof(name), "arena.%u.purge", hooked);
	if (bas_mallctl(name, NULL, NULL, NULL, 0) != 0)
		hook_wrong = "no purge";
	return (arg);
}

/*
 * While the others wait for it, what holds their locks: all that a hook
 * may ask for must be to be had.
 */
static void
hook_asks(void)
{
	uint64_t epoch = 1;
	size_t size = sizeof(epoch);

	while (!gate_is_closed())
		sched_yield();
	if (bas_mallctl("epoch", &epoch, &size, &epoch, sizeof(epoch)) != 0)
		hook_wrong = "no epoch";
	bas_free(bas_malloc(100));
	bas_free(bas_malloc(100000));
	if (control_get("arenas.create") == 0)
		hook_wrong = "no arena";
	(void)control_get("tcache.create");
}

ATF_TC_WITHOUT_HEAD(hook);
ATF_TC_BODY(hook, tc)
{
	pthread_t thread;

	bas_free(bas_malloc(1));
	hooked_make();
	hook_does = hook_asks;
	start(&thread, purge_hooked, NULL);
	while (!in_hook)
		sched_yield();
	held_child(child_allocates);
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK_MSG(hook_wrong == NULL, "%s", hook_wrong);
	ATF_CHECK(all_are(true));
}

/* A hook that forks: what it holds itself stays held, in the child too. */
static void
hook_forks(void)
{
	int status;
	pid_t pid;

	_bas_fork_prepare();
	pid = fork();
	if (pid == 0) {
		_bas_fork_child();
		if (!_bas_arena_is_held(_bas_arena_get(hooked)))
			_exit(1);
		bas_free(bas_malloc(100));
		_exit(0);
	}
	_bas_fork_parent();
	if (!_bas_arena_is_held(_bas_arena_get(hooked)))
		hook_wrong = "it is not held any more";
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		hook_wrong = "the child went wrong";
}

ATF_TC_WITHOUT_HEAD(in_hook_itself);
ATF_TC_BODY(in_hook_itself, tc)
{
	bas_free(bas_malloc(1));
	hooked_make();
	hook_does = hook_forks;
	(void)purge_hooked(NULL);
	ATF_CHECK(in_hook);
	ATF_CHECK_MSG(hook_wrong == NULL, "%s", hook_wrong);
	ATF_CHECK(!_bas_arena_is_held(_bas_arena_get(hooked)));
	held_child(child_allocates);
}

/* A slow path that waits for who forks: it is not waited for for ever. */
static void *
hook_alloc_stays(extent_hooks_t *own, void *at, size_t size, size_t align,
    bool *zero, bool *commit, unsigned arena)
{
	in_hook = true;
	while (!leave_hook && own == &hooks)
		sched_yield();
	return (_bas_hooks_default.alloc(&_bas_hooks_default, at, size, align,
	    zero, commit, arena));
}

static void *
allocate_hooked(void *arg)
{
	(void)_bas_thread_bind(hooked);
	bas_free(bas_malloc(100));
	return (arg);
}

static void *
turn_clock(void *arg)
{
	while (!done) {
		_bas_os_fake_clock_advance(MS);
		sched_yield();
	}
	return (arg);
}

static void
child_allocates_hooked(void)
{
	child_allocates();
	leave_hook = true;
	(void)_bas_thread_bind(hooked);
	bas_free(bas_malloc(100));
}

ATF_TC_WITHOUT_HEAD(impatient);
ATF_TC_BODY(impatient, tc)
{
	extent_hooks_t *given = &hooks;
	size_t size = sizeof(hooked);
	pthread_t thread, clock;

	bas_free(bas_malloc(1));
	hooks = _bas_hooks_default;
	hooks.alloc = hook_alloc_stays;
	ATF_REQUIRE_EQ(0, bas_mallctl("arenas.create", &hooked, &size,
	    &given, sizeof(given)));
	start(&thread, allocate_hooked, NULL);
	while (!in_hook)
		sched_yield();
	ATF_CHECK(_bas_tsd_is_busy());
	start(&clock, turn_clock, NULL);
	held_child(child_allocates_hooked);
	done = leave_hook = true;
	ATF_REQUIRE_EQ(0, pthread_join(clock, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK(!_bas_tsd_is_busy());
}

/*
 * Background threads are started with their lock held, and the C library
 * may wait there for what the caller of prepare holds.
 */
static _Atomic bool	start_stays;

int
__wrap__bas_os_thread_start(void *(*f)(void *), void *arg)
{
	ready = true;
	while (start_stays)
		sched_yield();
	return (__real__bas_os_thread_start(f, arg));
}

static void *
background_start(void *arg)
{
	bool on = true;

	(void)bas_mallctl("background_thread", NULL, NULL, &on, sizeof(on));
	return (arg);
}

static void
child_background(void)
{
	uint64_t n = 0;
	size_t size = sizeof(n);

	start_stays = false;
	(void)background_start(NULL);
	if (bas_mallctl("epoch", NULL, NULL, &n, sizeof(n)) != 0 ||
	    bas_mallctl("stats.background_thread.num_threads", &n, &size,
	    NULL, 0) != 0 || n != 1)
		_exit(1);
}

ATF_TC_WITHOUT_HEAD(background);
ATF_TC_BODY(background, tc)
{
	pthread_t thread;

	bas_free(bas_malloc(1));
	start_stays = true;
	start(&thread, background_start, NULL);
	while (!ready)
		sched_yield();
	held_child(child_background);
	start_stays = false;
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hook);
	ATF_TP_ADD_TC(tp, in_hook_itself);
	ATF_TP_ADD_TC(tp, impatient);
	ATF_TP_ADD_TC(tp, background);
	return (atf_no_error());
}
