/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Functions of the program that heap profiles call: each once for what it is
 * for, with what there is to know; what they allocate is no sample.
 */

#include <sys/wait.h>

#include <errno.h>
#include <pthread.h>

#include "../include/profiles.h"

extern const char *malloc_conf;
const char *malloc_conf = "prof:true,lg_prof_sample:0,prof_accum:true";

/* The calls since the last look, and what the last one was told. */
static struct {
	unsigned	 samples, frees, dumps, stacks;
	const void	*p, *freed;
	size_t		 size, usable, freed_usable;
	unsigned	 n;
	bool		 here;		/* the stack is one of ours */
	char		 name[5000];
} seen;

/* Some of each kind, and all of it goes. */
static void
allocate(void)
{
	free(hide(malloc(1000)));
	free(hide(realloc(malloc(40 * KIB), 3 * MIB)));
	free(hide(strdup("allocated by the C library")));
}

static void
on_sample(const void *p, size_t size, void **frames, unsigned n,
    size_t usable)
{
	uintptr_t text = (uintptr_t)on_sample;
	unsigned i;

	seen.samples++;
	seen.p = p;
	seen.size = size;
	seen.usable = usable;
	seen.n = n;
	seen.here = false;
	for (i = 0; i < n; i++)
		if ((uintptr_t)frames[i] - text + 65536 < 131072)
			seen.here = true;
	/* It is the program's by now. */
	memset((void *)(uintptr_t)p, 0, usable);
	allocate();
}

static void
on_free(const void *p, size_t usable)
{
	seen.frees++;
	seen.freed = p;
	seen.freed_usable = usable;
	allocate();
}

static void
on_dump(const char *name)
{
	seen.dumps++;
	(void)snprintf(seen.name, sizeof(seen.name), "%s", name);
	allocate();
	errno = EDOM;
}

static void
on_stack(void **frames, unsigned *n, unsigned max)
{
	seen.stacks++;
	ATF_REQUIRE(max >= 2);
	frames[0] = (void *)0x1234567;
	frames[1] = (void *)0x89abcde;
	*n = 2;
	allocate();
}

static void
on_stack_none(void **frames, unsigned *n, unsigned max)
{
	(void)frames;
	(void)max;
	*n = 0;
}

static void *
hook_set(const char *what, void *f)
{
	size_t len = sizeof(f);
	char name[64];
	void *old;

	(void)snprintf(name, sizeof(name), "experimental.hooks.%s", what);
	ATF_REQUIRE_EQ(0, mallctl(name, &old, &len, &f, sizeof(f)));
	return (old);
}

static void
check_sample(const void *p, size_t size)
{
	ATF_CHECK_EQ(1, seen.samples);
	ATF_CHECK_EQ(p, seen.p);
	ATF_CHECK_EQ(size, seen.size);
	ATF_CHECK_EQ(malloc_usable_size((void *)(uintptr_t)p), seen.usable);
	ATF_CHECK(seen.n >= 2);
	ATF_CHECK(seen.here);
	ATF_CHECK_EQ(0, seen.frees);
	seen.samples = 0;
}

static void
check_free(const void *p, size_t usable)
{
	ATF_CHECK_EQ(1, seen.frees);
	ATF_CHECK_EQ(p, seen.freed);
	ATF_CHECK_EQ(usable, seen.freed_usable);
	ATF_CHECK_EQ(0, seen.samples);
	seen.frees = 0;
}

/* So many bytes were asked for. */
static void
check_object(void *p, size_t size)
{
	size_t usable = malloc_usable_size(p);

	check_sample(p, size);
	free(p);
	check_free(p, usable);
}

ATF_TC_WITHOUT_HEAD(samples);
ATF_TC_BODY(samples, tc)
{
	unsigned arena;
	size_t len = sizeof(arena);

	ATF_REQUIRE_EQ(0, mallctl("arenas.create", &arena, &len, NULL, 0));
	ATF_CHECK(hook_set("prof_sample", (void *)on_sample) == NULL);
	ATF_CHECK(hook_set("prof_sample_free", (void *)on_free) == NULL);
	check_object(hide(malloc(100)), 100);
	check_object(hide(malloc(40001)), 40001);
	check_object(hide(malloc(5 * MIB - 1)), 5 * MIB - 1);
	check_object(hide(calloc(5, 21)), 105);
	check_object(hide(calloc(5, 100000)), 500000);
	check_object(hide(aligned_alloc(256, 300)), 300);
	check_object(hide(memalign(64 * KIB, 300)), 300);
	check_object(hide(mallocx(99, MALLOCX_ZERO)), 99);
	check_object(hide(mallocx(99, MALLOCX_ARENA(arena))), 99);
	check_object(hide(mallocx(20001, MALLOCX_TCACHE_NONE)), 20001);
	ATF_CHECK(hook_set("prof_sample", NULL) == (void *)on_sample);
	ATF_CHECK(hook_set("prof_sample_free", NULL) == (void *)on_free);
	allocate();
	ATF_CHECK_EQ(0, seen.samples);
	ATF_CHECK_EQ(0, seen.frees);
}

/* A new size is a new object. */
ATF_TC_WITHOUT_HEAD(resizes);
ATF_TC_BODY(resizes, tc)
{
	static const size_t sizes[] = { 3000, 20001, 300001, 310001, 100001,
	    5 * MIB - 1, 9 * MIB - 1, 50, 20002 };
	size_t usable;
	unsigned i;
	void *p = hide(malloc(100)), *old;

	ATF_CHECK(hook_set("prof_sample", (void *)on_sample) == NULL);
	ATF_CHECK(hook_set("prof_sample_free", (void *)on_free) == NULL);
	for (i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		usable = malloc_usable_size(p);
		old = p;
		p = hide(i % 2 == 0 ? realloc(p, sizes[i / 2]) :
		    rallocx(p, sizes[i / 2] * 3 / 2, 0));
		ATF_CHECK_EQ(1, seen.frees);
		ATF_CHECK_EQ(old, seen.freed);
		ATF_CHECK_EQ(usable, seen.freed_usable);
		seen.frees = 0;
		check_sample(p, sizes[i / 2] * (2 + i % 2) / 2);
	}
}

/* In a child that it makes the function is called no more often. */
static void
on_sample_fork(const void *p, size_t size, void **frames, unsigned n,
    size_t usable)
{
	int status;
	pid_t pid;

	if (++seen.samples > 1)
		return;
	pid = fork();
	if (pid == 0) {
		on_sample(p, size, frames, n, usable);
		_exit(seen.samples == 2 ? 0 : 1);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
}

ATF_TC_WITHOUT_HEAD(child);
ATF_TC_BODY(child, tc)
{
	ATF_CHECK(hook_set("prof_sample", (void *)on_sample_fork) == NULL);
	free(hide(malloc(100)));
	ATF_CHECK_EQ(1, seen.samples);
}

static void *
freed(void *p)
{
	free(p);
	return (NULL);
}

/* A thread that does nothing else is as good as any. */
ATF_TC_WITHOUT_HEAD(other_thread);
ATF_TC_BODY(other_thread, tc)
{
	void *small = hide(malloc(100)), *large = hide(malloc(5 * MIB));
	size_t usable = malloc_usable_size(small);
	pthread_t thread;

	(void)hook_set("prof_sample_free", (void *)on_free);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, freed, large));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	/* Of what the C library does for threads nothing is known here. */
	ATF_CHECK(seen.frees >= 1);
	ATF_CHECK(seen.freed != small);
	seen.frees = 0;
	free(small);
	check_free(small, usable);
}

ATF_TC_WITHOUT_HEAD(dumps);
ATF_TC_BODY(dumps, tc)
{
	static char longest[3000];
	struct profile before;
	const char *name = longest;

	ATF_CHECK(hook_set("prof_dump", (void *)on_dump) == NULL);
	before = profile_now();
	ATF_CHECK_EQ(1, seen.dumps);
	ATF_CHECK_STREQ("heap", seen.name);
	profile_more(&before, 0, 0, 0, 0);
	/* The whole of it, however long. */
	memset(longest, '/', sizeof(longest) - 1);
	longest[0] = '.';
	longest[sizeof(longest) - 2] = 'x';
	profile_dump(name);
	ATF_CHECK_STREQ(longest, seen.name);
	ATF_REQUIRE_EQ(0, mallctl("prof.prefix", NULL, NULL, &name,
	    sizeof(name)));
	ATF_REQUIRE_EQ(0, mallctl("prof.dump", NULL, NULL, NULL, 0));
	ATF_CHECK(strncmp(longest, seen.name, sizeof(longest) - 1) == 0);
	ATF_CHECK(strstr(seen.name, ".0.m0.heap") != NULL);
	ATF_CHECK_EQ(0, access(seen.name, R_OK));
	/* Nor do dumps of memory that the function itself takes come. */
	seen.dumps = 0;
	(void)profile_switch("prof.gdump", true);
	errno = 0;
	free(hide(malloc(128 * MIB)));
	free(hide(malloc(100)));
	ATF_CHECK(seen.dumps >= 1 && seen.dumps <= 3);
	ATF_CHECK_EQ(0, errno);
}

ATF_TC_WITHOUT_HEAD(stacks);
ATF_TC_BODY(stacks, tc)
{
	prof_backtrace_hook_t own;
	void *frames[100], *p;
	unsigned n;

	p = hook_set("prof_backtrace", (void *)on_stack);
	ATF_REQUIRE(p != NULL);
	own = (prof_backtrace_hook_t)p;
	p = hide(malloc(100));
	ATF_CHECK_EQ(1, seen.stacks);
	ATF_CHECK(strstr(profile_read(NULL),
	    "\n@ 0x1234567 0x89abcde\n  t*: 1: ") != NULL);
	free(p);
	ATF_CHECK_EQ(1, seen.stacks);
	/* Ours, for who calls it from its own. */
	n = 0;
	own(frames, &n, 100);
	ATF_CHECK(n >= 2 && n <= 100);
	own(frames, &n, 1);
	ATF_CHECK_EQ(1, n);
	p = NULL;
	ATF_CHECK_EQ(EINVAL, mallctl("experimental.hooks.prof_backtrace",
	    NULL, NULL, &p, sizeof(p)));
	ATF_CHECK(hook_set("prof_backtrace", (void *)on_stack_none) ==
	    (void *)on_stack);
	/* To jeprof that would be the stack of the one before. */
	p = hide(malloc(100));
	ATF_CHECK(strstr(profile_read(NULL), "\n@\n") == NULL);
	free(p);
	ATF_CHECK(hook_set("prof_backtrace", (void *)own) ==
	    (void *)on_stack_none);
	free(hide(malloc(100)));
	ATF_CHECK_EQ(1, seen.stacks);
}

static void
on_stack_reset(void **frames, unsigned *n, unsigned max)
{
	if (seen.stacks == 0)
		profile_reset(40);
	on_stack(frames, n, max);
}

/* One that was drawn for a byte does not count for a TiB. */
ATF_TC_WITHOUT_HEAD(period);
ATF_TC_BODY(period, tc)
{
	struct profile now;
	void *p;

	(void)hook_set("prof_backtrace", (void *)on_stack_reset);
	p = hide(malloc(100));
	ATF_CHECK_EQ(1, seen.stacks);
	now = profile_sums_of("heap_v2/1099511627776\n", profile_read(NULL));
	ATF_CHECK_EQ(0, now.all_objects);
	free(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, samples);
	ATF_TP_ADD_TC(tp, resizes);
	ATF_TP_ADD_TC(tp, child);
	ATF_TP_ADD_TC(tp, other_thread);
	ATF_TP_ADD_TC(tp, dumps);
	ATF_TP_ADD_TC(tp, stacks);
	ATF_TP_ADD_TC(tp, period);
	return (atf_no_error());
}
