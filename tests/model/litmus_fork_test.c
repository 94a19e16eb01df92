/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The like of litmus_test, of what a fork has to do with. */
#include "../include/names.h"
#include "../include/unit.h"

#include <sys/mman.h>

#include "api/fork.h"
#include "heap/arena.h"
#include "os/os.h"
#include "page/purge.h"
#include "thread/cache.h"

/* reopen.pml: who is refused since a fork has closed an arena is heard. */
static void *
closed_run(void *arg)
{

	_bas_arenas_decay(0, 1);
	return (arg);
}

ATF_TC_WITHOUT_HEAD(closed);
ATF_TC_BODY(closed, tc)
{
	pthread_t thread;

	bas_free(bas_malloc(1));
	/* Its slabs are to be thinned. */
	atomic_store(&_bas_arena_get(0)->thin_due, 0);
	(void)_bas_purge_claim(UINT64_MAX, 0);
	_bas_fork_prepare();
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, closed_run, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK_EQ(UINT64_MAX, purge_due());
	_bas_fork_parent();
	ATF_CHECK(purge_due() <= _bas_os_clock());
}

/* fork.pml: a child finds no new head with the slot's old content. */
#define	FORKS		150
#define	FORK_CLASS	5
#define	FORK_SLOTS	7

/* Head and slots on pages of their own: each is frozen at another time. */
static struct cache	*fork_cache;
static void		**fork_slots;
static _Atomic bool	fork_over;

static void *
fork_put(void *arg)
{
	void *const old = (void *)1;
	uintptr_t n = 2;
	unsigned i;

	while (!fork_over) {
		for (i = 0; i < FORK_SLOTS; i++) {
			/* Nobody's, until the put has been seen. */
			fork_slots[1 + i] = old;
			cache_order();
			if (!cache_put(fork_cache, FORK_CLASS, (void *)n++))
				return ("the stack is full too early");
		}
		for (i = 0; i < FORK_SLOTS; i++)
			if (cache_take(fork_cache, FORK_CLASS) == NULL)
				return ("the stack is empty too early");
		fork_cache->left[FORK_CLASS] = 1000;
	}
	(void)arg;
	return (NULL);
}

static void
fork_check(void)
{
	void **head = fork_cache->head[FORK_CLASS], **slot;

	if (head < &fork_slots[1] || head > &fork_slots[1 + FORK_SLOTS])
		_exit(2);
	for (slot = &fork_slots[1]; slot < head; slot++)
		if (*slot == (void *)1)
			_exit(3);
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(fork);
ATF_TC_BODY(fork, tc)
{
	size_t page = (size_t)getpagesize();
	pthread_t thread;
	void *wrong;
	unsigned i;
	int status;
	pid_t pid;
	char *p;

	p = mmap(NULL, 4 * page + sizeof(*fork_cache), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	fork_slots = (void **)p;
	fork_cache = (struct cache *)(p + 2 * page);
	fork_cache->limit[FORK_CLASS] = &fork_slots[1 + FORK_SLOTS];
	fork_cache->head[FORK_CLASS] = &fork_slots[1];
	fork_cache->left[FORK_CLASS] = 1000;
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, fork_put, NULL));
	for (i = 0; i < FORKS; i++) {
		pid = fork();
		ATF_REQUIRE(pid >= 0);
		if (pid == 0)
			fork_check();
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "fork %u: status %#x", i, (unsigned)status);
	}
	fork_over = true;
	ATF_REQUIRE_EQ(0, pthread_join(thread, &wrong));
	ATF_CHECK_MSG(wrong == NULL, "%s", (const char *)wrong);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, closed);
	ATF_TP_ADD_TC(tp, fork);
	return (atf_no_error());
}
