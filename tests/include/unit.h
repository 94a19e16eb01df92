/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What the tests of the insides share. */

#ifndef UNIT_H
#define UNIT_H

#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os_fake.h"

#include "random.h"
#define	MS	((uint64_t)1000000)

static inline uint64_t
unit_random(uint64_t *state)
{
	return (test_random(state));
}

/* From 0 to n - 1. */
static inline size_t
unit_below(uint64_t *state, size_t n)
{
	return ((size_t)(unit_random(state) % n));
}

/* Under the address sanitizer a test is skipped, and why. */
static inline void
unit_skip_sanitized(const char *why)
{
#ifdef __SANITIZE_ADDRESS__
	atf_tc_skip("the address sanitizer %s", why);
#else
	(void)why;
#endif
}

/* Whether another system's calls are made up by a program of this one. */
static inline bool
unit_is_emulated(void)
{
	return (getenv("BASALT_RUN") != NULL);
}

/* f must abort, and say what contains text. */
static inline void
unit_aborts(void (*f)(void), const char *text)
{
	char said[4096];
	int fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(fds));
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		if (dup2(fds[1], STDERR_FILENO) < 0)
			_exit(8);
		f();
		_exit(9);
	}
	close(fds[1]);
	while (len < sizeof(said) - 1 &&
	    (n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(fds[0]);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	    "it did not abort (status %#x)", (unsigned)status);
	ATF_CHECK_MSG(strstr(said, text) != NULL, "it said \"%s\", not \"%s\"",
	    said, text);
}

/* f, in a process of its own, must return. */
static inline void
unit_child(void (*f)(void))
{
	int status;
	pid_t pid;

	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		/* A new thread may get the name of one that is not here. */
		_bas_os_fake_hook(NULL);
		f();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the child ended with status %#x", (unsigned)status);
}

/* Whether f, in a process of its own, touches what it may not. */
static inline bool
unit_faults(void (*f)(void))
{
	const struct rlimit none = { 0, 0 };
	int status;
	pid_t pid;

	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		/* A window of addresses makes a large core. */
		if (setrlimit(RLIMIT_CORE, &none) != 0)
			_exit(1);
		signal(SIGSEGV, SIG_DFL);
		f();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/*
 * A thread that stops, for ever, where it first asks the OS for a call; it
 * has the locks that it holds there.  Before that it may get ready.
 */
struct unit_stuck {
	enum os_fake_call call;
	void		(*ready)(void);
	void		(*run)(void);
	pthread_t	thread;
	_Atomic bool	is;
};

static struct unit_stuck	unit_stuck;

static inline void
unit_stick(enum os_fake_call call, uintptr_t addr, size_t size)
{
	(void)addr;
	(void)size;
	if (call != unit_stuck.call ||
	    !pthread_equal(pthread_self(), unit_stuck.thread))
		return;
	unit_stuck.is = true;
	for (;;)
		pause();
}

static inline void *
unit_stuck_begin(void *arg)
{
	unit_stuck.thread = pthread_self();
	if (unit_stuck.ready != NULL)
		unit_stuck.ready();
	_bas_os_fake_hook(unit_stick);
	unit_stuck.run();
	return (arg);
}

static inline void
unit_stuck_in(enum os_fake_call call, void (*ready)(void), void (*run)(void))
{
	pthread_t thread;

	unit_stuck.call = call;
	unit_stuck.ready = ready;
	unit_stuck.run = run;
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, unit_stuck_begin,
	    NULL));
	while (!unit_stuck.is)
		sched_yield();
}

#endif /* UNIT_H */
