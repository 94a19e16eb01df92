/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>

#include "threads.h"

#include "thread/object.h"

static struct cache	caches[8];

/* One arena a thread while there are any, then as even as can be. */
ATF_TC_WITHOUT_HEAD(even);
ATF_TC_BODY(even, tc)
{
	unsigned i;

	_bas_options.narenas = 4;
	_bas_arenas_init();
	for (i = 0; i < 8; i++)
		ATF_REQUIRE(_bas_bind(&caches[i]) != NULL);
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(2, _bas_arena_get(i)->nthreads);
	for (i = 0; i < 8; i += 2)
		_bas_unbind(&caches[i]);
	for (i = 0; i < 8; i += 2) {
		ATF_CHECK_EQ(NULL, caches[i].arena);
		ATF_REQUIRE(_bas_bind(&caches[i]) != NULL);
	}
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(2, _bas_arena_get(i)->nthreads);
	for (i = 0; i < 8; i++) {
		_bas_unbind(&caches[i]);
		_bas_unbind(&caches[i]);
	}
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(0, _bas_arena_get(i)->nthreads);
}

/* A program with few threads has few arenas. */
ATF_TC_WITHOUT_HEAD(few);
ATF_TC_BODY(few, tc)
{
	unsigned i;

	_bas_options.narenas = 4;
	_bas_arenas_init();
	for (i = 0; i < 8; i++) {
		ATF_REQUIRE(_bas_bind(&caches[0]) != NULL);
		_bas_unbind(&caches[0]);
	}
	ATF_CHECK(_bas_arena_get(0) != NULL);
	ATF_CHECK_EQ(NULL, _bas_arena_get(1));
}

ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	_bas_options.narenas = 2;
	_bas_arenas_init();
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_base_alloc(16) != NULL)
		;
	ATF_CHECK_EQ(NULL, _bas_bind(&caches[0]));
	ATF_CHECK_EQ(NULL, caches[0].arena);
	_bas_unbind(&caches[0]);
	_bas_os_fake_reset();
	ATF_CHECK(_bas_bind(&caches[0]) != NULL);
}

static unsigned
nthreads(unsigned i)
{
	return (_bas_arena_get(i) == NULL ? 0 : _bas_arena_get(i)->nthreads);
}

/* To an arena by its number, and to which not. */
ATF_TC_WITHOUT_HEAD(by_number);
ATF_TC_BODY(by_number, tc)
{
	unsigned i;
	void *p;

	(void)threads_init(4);
	ATF_CHECK_EQ(0, _bas_thread_arena());
	ATF_CHECK_EQ(0, _bas_thread_bind(0));
	ATF_CHECK_EQ(1, nthreads(0));
	/* An automatic one is made for the asking. */
	ATF_CHECK_EQ(NULL, _bas_arena_get(2));
	ATF_CHECK_EQ(0, _bas_thread_bind(2));
	ATF_CHECK_EQ(2, _bas_thread_arena());
	ATF_CHECK_EQ(0, nthreads(0));
	ATF_CHECK_EQ(1, nthreads(2));
	ATF_CHECK_EQ(EFAULT, _bas_thread_bind(4));
	ATF_CHECK_EQ(EFAULT, _bas_thread_bind(4096));
	ATF_CHECK_EQ(EFAULT, _bas_thread_bind(UINT32_MAX));
	ATF_CHECK_EQ(2, _bas_thread_arena());
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	ATF_CHECK_EQ(0, _bas_thread_bind(i));
	ATF_CHECK_EQ(1, nthreads(i));
	ATF_CHECK_EQ(0, nthreads(2));
	p = threads_take(10);
	ATF_CHECK_EQ(_bas_arena_get(i), _bas_arena_of(p));
	threads_put(10, p);
	ATF_CHECK(!_bas_thread_flush());
	ATF_CHECK_EQ(0, _bas_arena_allocated(_bas_arena_get(i)));
	/* With a thread it stays; without, it goes. */
	ATF_CHECK_EQ(EFAULT, _bas_arena_destroy(i));
	ATF_CHECK_EQ(0, _bas_thread_bind(1));
	ATF_CHECK_EQ(0, _bas_arena_destroy(i));
	ATF_CHECK_EQ(EFAULT, _bas_thread_bind(i));
	ATF_CHECK_EQ(1, _bas_thread_arena());
	ATF_CHECK_EQ(1, nthreads(1));
}

ATF_TC_WITHOUT_HEAD(by_number_fails);
ATF_TC_BODY(by_number_fails, tc)
{
	(void)threads_init(2);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_base_alloc(16) != NULL)
		;
	ATF_CHECK_EQ(EAGAIN, _bas_thread_bind(1));
	ATF_CHECK_EQ(0, _bas_thread_arena());
	ATF_CHECK_EQ(1, nthreads(0));
	_bas_os_fake_reset();
	ATF_CHECK_EQ(0, _bas_thread_bind(1));
}

/* The thread that ends is counted out where it is, not where it was. */
static void *
bind_and_end(void *arg)
{
	unsigned *i = arg;

	(void)_bas_tsd_cache();
	if (_bas_thread_bind(*i) != 0)
		return ("it cannot be bound");
	threads_put(20, threads_take(20));
	return (nthreads(*i) == 1 ? NULL : "it is not counted");
}

ATF_TC_WITHOUT_HEAD(counted_out);
ATF_TC_BODY(counted_out, tc)
{
	unsigned i;

	(void)threads_init(2);
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	threads_run(bind_and_end, &i);
	ATF_CHECK_EQ(0, nthreads(i));
	ATF_CHECK_EQ(1, nthreads(0));
	ATF_CHECK_EQ(0, nthreads(1));
	ATF_CHECK_EQ(0, _bas_arena_destroy(i));
}

/* The arena of the thread after its next slow path on that processor. */
static unsigned
arena_on(unsigned cpu)
{
	struct origin from;

	_bas_os_fake_cpu(cpu);
	if (!_bas_origin_own(&from) || from.own->arena != from.arena)
		return (UINT32_MAX);
	return (from.arena->index);
}

ATF_TC_WITHOUT_HEAD(percpu);
ATF_TC_BODY(percpu, tc)
{
	unsigned i;

	_bas_options.percpu_arena = PERCPU_CPU;
	_bas_os_fake_cpu_limit(6);
	_bas_os_fake_cpu(3);
	(void)threads_init(0);
	/* For all that there are, not for those of today's affinity. */
	ATF_CHECK_EQ(6, _bas_arena_count());
	ATF_CHECK_EQ(6, _bas_options.narenas);
	ATF_CHECK_EQ(3, _bas_thread_arena());
	for (i = 0; i < 6; i++) {
		ATF_CHECK_EQ(i, arena_on(i));
		ATF_CHECK_EQ(1, nthreads(i));
		ATF_CHECK_EQ(0, nthreads(i == 0 ? 3 : i - 1));
	}
	/* A number that nobody had told of. */
	ATF_CHECK_EQ(1, arena_on(7));
	/* One does not choose, but for what is one's own. */
	ATF_CHECK_EQ(EPERM, _bas_thread_bind(0));
	ATF_CHECK_EQ(0, _bas_thread_bind(1));
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	ATF_CHECK_EQ(6, i);
	ATF_CHECK_EQ(0, _bas_thread_bind(6));
	ATF_CHECK_EQ(6, arena_on(2));
	ATF_CHECK_EQ(1, nthreads(6));
	ATF_CHECK_EQ(0, nthreads(1));
}

/* Hardware threads of a core share; the odd one has a core of its own. */
ATF_TC_WITHOUT_HEAD(phycpu);
ATF_TC_BODY(phycpu, tc)
{
	_bas_options.percpu_arena = PERCPU_CORE;
	_bas_os_fake_cpu_limit(7);
	_bas_os_fake_cpus(2);
	(void)threads_init(0);
	ATF_CHECK_EQ(4, _bas_arena_count());
	ATF_CHECK_EQ(0, arena_on(0));
	ATF_CHECK_EQ(3, arena_on(3));
	ATF_CHECK_EQ(0, arena_on(4));
	ATF_CHECK_EQ(2, arena_on(6));
}

/* More arenas than processors were asked for: they stay, unused. */
ATF_TC_WITHOUT_HEAD(percpu_more);
ATF_TC_BODY(percpu_more, tc)
{
	_bas_options.percpu_arena = PERCPU_CPU;
	_bas_os_fake_cpu_limit(2);
	(void)threads_init(5);
	ATF_CHECK_EQ(5, _bas_arena_count());
	ATF_CHECK_EQ(1, arena_on(3));
}

/* A fork may find another thread between two arenas. */
static void
recount(void)
{
	struct cache *own = _bas_tsd_cache();

	_bas_arenas_mend();
	_bas_tsd_mend();
	if (nthreads(0) != 1 || nthreads(1) != 0 || own->arena->index != 0)
		_exit(1);
}

ATF_TC_WITHOUT_HEAD(forked);
ATF_TC_BODY(forked, tc)
{
	(void)threads_init(2);
	ATF_REQUIRE(_bas_bind(&caches[0]) != NULL);
	_bas_arena_get(0)->nthreads++;
	ATF_CHECK_EQ(1, nthreads(1));
	unit_child(recount);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, even);
	ATF_TP_ADD_TC(tp, few);
	ATF_TP_ADD_TC(tp, no_memory);
	ATF_TP_ADD_TC(tp, by_number);
	ATF_TP_ADD_TC(tp, by_number_fails);
	ATF_TP_ADD_TC(tp, counted_out);
	ATF_TP_ADD_TC(tp, percpu);
	ATF_TP_ADD_TC(tp, phycpu);
	ATF_TP_ADD_TC(tp, percpu_more);
	ATF_TP_ADD_TC(tp, forked);
	return (atf_no_error());
}
