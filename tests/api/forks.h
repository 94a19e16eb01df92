/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Forks with every lock closed, as a libc makes them. */

#ifndef FORKS_H
#define	FORKS_H

#include "../include/forkhooks.h"
#include "../include/unit.h"

#include <stdio.h>

#include "api/init.h"
#include "heap/arena.h"
#include "malloc_np.h"
#include "meta/base.h"
#include "os/os.h"
#include "page/extent.h"
#include "page/hooks.h"
#include "thread/gate.h"
#include "thread/tsd.h"
#include "watch/snapshot.h"

/* What a thread has come to, and may go on after. */
static _Atomic bool	ready, done;

/* f in a child must return. */
static inline void
held_child(void (*f)(void))
{
	int status;
	pid_t pid;

	_bas_fork_prepare();
	pid = fork();
	if (pid == 0) {
		_bas_os_fake_hook(NULL);
		_bas_fork_child();
		f();
		_exit(0);
	}
	_bas_fork_parent();
	ATF_REQUIRE(pid > 0);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the child ended with status %#x", (unsigned)status);
}

static inline void
start(pthread_t *thread, void *(*f)(void *), void *arg)
{
	ATF_REQUIRE_EQ(0, pthread_create(thread, NULL, f, arg));
}

static inline unsigned
control_get(const char *name)
{
	size_t size = sizeof(unsigned);
	unsigned n = 0;

	if (bas_mallctl(name, &n, &size, NULL, 0) != 0)
		abort();
	return (n);
}

static inline bool
is_open(const struct lock *lock)
{
	return (!lock_is_held(lock) && !lock_is_closed(lock));
}

/* One lock of each kind, but the background's. */
static inline bool
all_are(bool open)
{
	struct arena *arena = _bas_arena_get(0);

	return (is_open(_bas_init_lock()) == open &&
	    is_open(_bas_snapshot_lock()) == open &&
	    is_open(_bas_tsd_lock()) == open &&
	    is_open(_bas_arenas_lock()) == open &&
	    is_open(_bas_base_lock()) == open &&
	    is_open(&_bas_extents.lock) == open &&
	    is_open(&arena->maintenance) == open &&
	    is_open(&arena->pages.lock) == open &&
	    is_open(&arena->bins[1].lock) == open &&
	    is_open(&arena->bins[_bas_arena_nbins()].lock) == open &&
	    gate_is_closed() != open);
}

static inline void
child_allocates(void)
{
	unsigned i;
	void *p;

	if (!all_are(true))
		_exit(1);
	for (i = 1; i < 30000; i += 7) {
		p = bas_malloc(i);
		if (p == NULL)
			_exit(2);
		memset(p, 1, i);
		bas_free(p);
	}
	if (control_get("arenas.create") < 2)
		_exit(3);
}

#endif /* FORKS_H */
