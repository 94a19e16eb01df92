/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Functions that are called as bytes go by.  Each test is a process, so what
 * one sets the others do not see.
 */
#include <atf-c.h>
#include <errno.h>
#include <malloc_np.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#define	KIB	((size_t)1024)
#define	HOOK	"experimental.hooks.thread_event"
#define	ACTIVITY "experimental.thread.activity_callback"

struct activity {
	void	(*call)(void *, uint64_t, uint64_t);
	void	*arg;
};

static _Atomic unsigned	nallocs, nfrees, depth, ncalls;
static uint64_t		last_allocated, last_freed;

static void
hear(bool is_alloc, uint64_t allocated, uint64_t freed)
{
	void *p;

	ATF_CHECK_EQ(0, depth);
	depth++;
	if (is_alloc)
		nallocs++;
	else
		nfrees++;
	last_allocated = allocated;
	last_freed = freed;
	/* It may allocate, and is not called for that in between. */
	p = malloc(64 * KIB);
	ATF_CHECK(p != NULL);
	free(p);
	depth--;
}

static void
count(bool is_alloc, uint64_t allocated, uint64_t freed)
{
	(void)allocated;
	(void)freed;
	if (is_alloc)
		nallocs++;
	else
		nfrees++;
}

static int
hook_add(user_hook_t call, uint64_t interval, bool is_alloc_only)
{
	user_hook_object_t hook = { call, interval, is_alloc_only };

	return (mallctl(HOOK, NULL, NULL, &hook, sizeof(hook)));
}

static uint64_t
thread_count(const char *name)
{
	uint64_t value;
	size_t len = sizeof(value);

	ATF_REQUIRE_EQ(0, mallctl(name, &value, &len, NULL, 0));
	return (value);
}

ATF_TC_WITHOUT_HEAD(hook);
ATF_TC_BODY(hook, tc)
{
	void *p;
	unsigned i;

	p = malloc(100);
	free(p);
	ATF_REQUIRE_EQ(0, hook_add(count, 10 * KIB, false));
	for (i = 0; i < 1000; i++) {
		p = malloc(KIB);
		ATF_REQUIRE(p != NULL);
		free(p);
		/* Ten calls for each, to the very one. */
		ATF_REQUIRE_EQ((i + 1) / 10, nallocs);
		ATF_REQUIRE_EQ((i + 1) / 10, nfrees);
	}
	/* One call, however much it is. */
	p = malloc(1000 * KIB);
	ATF_CHECK_EQ(101, nallocs);
	p = realloc(p, 5000 * KIB);
	ATF_CHECK_EQ(102, nallocs);
	ATF_CHECK_EQ(101, nfrees);
	free(p);
	ATF_CHECK_EQ(102, nfrees);
}

ATF_TC_WITHOUT_HEAD(hook_numbers);
ATF_TC_BODY(hook_numbers, tc)
{
	uint64_t before;
	void *p;

	ATF_REQUIRE_EQ(0, hook_add(hear, 1, true));
	before = thread_count("thread.allocated");
	errno = 77;
	p = malloc(4 * KIB);
	ATF_CHECK_EQ(77, errno);
	ATF_CHECK_EQ(1, nallocs);
	ATF_CHECK_EQ(before + 4 * KIB, last_allocated);
	/* What it allocates itself counts, for the next call. */
	ATF_CHECK_EQ(before + 68 * KIB, thread_count("thread.allocated"));
	before = thread_count("thread.deallocated");
	free(p);
	/* It allocated: that is seen at the end of this call. */
	ATF_CHECK_EQ(2, nallocs);
	ATF_CHECK_EQ(0, nfrees);
	ATF_CHECK_EQ(before + 4 * KIB, last_freed);
}

ATF_TC_WITHOUT_HEAD(hook_errors);
ATF_TC_BODY(hook_errors, tc)
{
	user_hook_object_t hook = { count, 1000, true };
	size_t len = sizeof(hook);

	ATF_CHECK_EQ(EINVAL, mallctl(HOOK, NULL, NULL, NULL, 0));
	ATF_CHECK_EQ(EINVAL, mallctl(HOOK, NULL, NULL, &hook, 1));
	ATF_CHECK_EQ(EPERM, mallctl(HOOK, &hook, &len, NULL, 0));
	ATF_CHECK_EQ(EINVAL, hook_add(NULL, 1000, true));
	ATF_CHECK_EQ(EINVAL, hook_add(count, 0, true));
	ATF_CHECK_EQ(0, hook_add(count, 1000, true));
	ATF_CHECK_EQ(0, hook_add(count, 2000, true));
	ATF_CHECK_EQ(0, hook_add(count, 3000, false));
	ATF_CHECK_EQ(0, hook_add(count, 4000, true));
	ATF_CHECK_EQ(EAGAIN, hook_add(count, 5000, true));
	free(malloc(32 * KIB));
	ATF_CHECK_EQ(4, nallocs);
	ATF_CHECK_EQ(1, nfrees);
}

#define	NTHREADS	4

static _Atomic unsigned	ready, go;

/* A thread that was there before, and goes on until it is heard. */
static void *
churn(void *arg)
{
	unsigned before, i;

	(void)arg;
	free(malloc(100));
	ready++;
	while (go == 0)
		sched_yield();
	before = nallocs;
	for (i = 0; i < 10000000 && nallocs < before + 10; i++)
		free(malloc(100));
	return (nallocs < before + 10 ? &ready : NULL);
}

ATF_TC_WITHOUT_HEAD(hook_threads);
ATF_TC_BODY(hook_threads, tc)
{
	pthread_t thread[NTHREADS];
	void *wrong;
	unsigned i;

	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, churn,
		    NULL));
	while (ready < NTHREADS)
		sched_yield();
	ATF_REQUIRE_EQ(0, hook_add(count, 1000, true));
	go = 1;
	for (i = 0; i < NTHREADS; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &wrong));
		ATF_CHECK_MSG(wrong == NULL, "a thread is not heard");
	}
}

static void
active(void *arg, uint64_t allocated, uint64_t freed)
{
	ATF_CHECK_EQ(&ncalls, arg);
	ATF_CHECK(allocated >= last_allocated && freed >= last_freed);
	last_allocated = allocated;
	last_freed = freed;
	ncalls++;
	free(malloc(100 * KIB));
}

ATF_TC_WITHOUT_HEAD(activity);
ATF_TC_BODY(activity, tc)
{
	struct activity new = { active, &ncalls }, old;
	size_t len = sizeof(old);
	unsigned i, before;

	ATF_REQUIRE_EQ(0, mallctl(ACTIVITY, &old, &len, &new, sizeof(new)));
	ATF_CHECK(old.call == NULL && old.arg == NULL);
	for (i = 0; i < 20000; i++)
		free(malloc(KIB));
	/* By slow paths, of which there are fewer than of calls. */
	ATF_CHECK_MSG(ncalls >= 20, "%u calls", ncalls);
	ATF_CHECK(last_allocated >= 10000 * KIB);
	before = ncalls;
	free(malloc(8 * KIB * KIB));
	ATF_CHECK(ncalls > before);
	new.call = NULL;
	ATF_REQUIRE_EQ(0, mallctl(ACTIVITY, &old, &len, &new, sizeof(new)));
	ATF_CHECK(old.call == active && old.arg == &ncalls);
	before = ncalls;
	for (i = 0; i < 20000; i++)
		free(malloc(KIB));
	ATF_CHECK_EQ(before, ncalls);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hook);
	ATF_TP_ADD_TC(tp, hook_numbers);
	ATF_TP_ADD_TC(tp, hook_errors);
	ATF_TP_ADD_TC(tp, hook_threads);
	ATF_TP_ADD_TC(tp, activity);
	return (atf_no_error());
}
