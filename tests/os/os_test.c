/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The OS that the other tests run on: it must do as they tell it. */
#include "../include/unit.h"

#include <errno.h>

#include "os/os.h"

#define	KIB	((size_t)1 << 10)
#define	MIB	((size_t)1 << 20)

static char	*p;

static char *
map(size_t size, size_t align)
{
	char *q = _bas_os_map(size, align);

	ATF_REQUIRE(q != NULL);
	ATF_REQUIRE_EQ(0, (uintptr_t)q % align);
	ATF_REQUIRE(_bas_os_fake_is_mapped((uintptr_t)q, size));
	return (q);
}

ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	char *q;
	size_t i;

	p = map(64 * KIB, 4 * KIB);
	for (i = 0; i < 64 * KIB; i++)
		ATF_REQUIRE_EQ(0, p[i]);
	memset(p, 1, 64 * KIB);
	q = map(64 * KIB, 4 * KIB);
	ATF_CHECK_EQ(p + 64 * KIB, q);
	ATF_CHECK_EQ(128 * KIB, _bas_os_fake_mapped());
	ATF_CHECK_EQ(0, _bas_os_unmap(p + 4 * KIB, 8 * KIB));
	ATF_CHECK(!_bas_os_fake_is_mapped((uintptr_t)p, 64 * KIB));
	ATF_CHECK_EQ(120 * KIB, _bas_os_fake_mapped());
	ATF_CHECK_EQ(p + 4 * KIB, map(4 * KIB, 4 * KIB));
	ATF_CHECK_EQ(0, p[4 * KIB]);
	ATF_CHECK_EQ(1, p[12 * KIB]);
	ATF_CHECK_EQ(NULL, _bas_os_map_at(p, 4 * KIB));
	ATF_CHECK_EQ(NULL, _bas_os_map_at(p + 4 * KIB, 8 * KIB));
	ATF_CHECK_EQ(p + 8 * KIB, _bas_os_map_at(p + 8 * KIB, 4 * KIB));
	ATF_CHECK(_bas_os_fake_is_mapped((uintptr_t)p, 128 * KIB));
	(void)map(4 * KIB, 8 * MIB);
	ATF_CHECK_EQ(NULL, _bas_os_map((size_t)1 << 40, 4 * KIB));
	ATF_CHECK_EQ(NULL, _bas_os_map((size_t)-1 & ~(4 * KIB - 1), MIB));
}

static void
touch_unmapped(void)
{
	(void)_bas_os_unmap(p, 4 * KIB);
	*(volatile char *)p = 1;
}

static void
touch_protected(void)
{
	*(volatile char *)p = 1;
}

/* Whether what is not there faults, down to the last of its pages. */
static void
need_small_pages(void)
{
	if (sysconf(_SC_PAGESIZE) > 4096)
		atf_tc_skip("the kernel's pages are larger than the fake's");
}

ATF_TC_WITHOUT_HEAD(unmapped_faults);
ATF_TC_BODY(unmapped_faults, tc)
{
	need_small_pages();
	p = map(4 * KIB, 4 * KIB);
	ATF_CHECK(unit_faults(touch_unmapped));
}

ATF_TC_WITHOUT_HEAD(protect);
ATF_TC_BODY(protect, tc)
{
	need_small_pages();
	p = map(4 * KIB, 4 * KIB);
	*p = 4;
	_bas_os_fake_fail(OS_FAKE_PROTECT, 1, 1);
	ATF_CHECK_EQ(0, _bas_os_protect(p, 4 * KIB, true));
	ATF_CHECK(unit_faults(touch_protected));
	ATF_CHECK_EQ(ENOMEM, _bas_os_protect(p, 4 * KIB, false));
	ATF_CHECK(unit_faults(touch_protected));
	ATF_CHECK_EQ(0, _bas_os_protect(p, 4 * KIB, false));
	ATF_CHECK_EQ(4, *p);
	ATF_CHECK(!unit_faults(touch_protected));
}

ATF_TC_WITHOUT_HEAD(purge);
ATF_TC_BODY(purge, tc)
{
	size_t i, zero = 0, same = 0, other = 0;

	p = map(96 * KIB, 4 * KIB);
	memset(p, 7, 96 * KIB);
	ATF_CHECK_EQ(0, _bas_os_purge(p, 48 * KIB, false));
	for (i = 0; i < 48 * KIB; i++)
		ATF_REQUIRE_EQ(0, p[i]);
	ATF_CHECK_EQ(0, _bas_os_purge(p + 48 * KIB, 48 * KIB, true));
	for (; i < 96 * KIB; i++) {
		zero += p[i] == 0;
		same += p[i] == 7;
		other += p[i] != 0 && p[i] != 7;
	}
	ATF_CHECK(zero > 0 && same > 0 && other > 0);
}

ATF_TC_WITHOUT_HEAD(remap);
ATF_TC_BODY(remap, tc)
{
	char *q;

	p = map(8 * KIB, 4 * KIB);
	memset(p, 7, 8 * KIB);
	q = map(16 * KIB, 4 * KIB);
	_bas_os_fake_fail(OS_FAKE_REMAP, 0, 1);
	ATF_CHECK_EQ(ENOSYS, _bas_os_remap(p, 8 * KIB, q, 16 * KIB));
	ATF_CHECK_EQ(0, q[0]);
	ATF_CHECK_EQ(0, _bas_os_remap(p, 8 * KIB, q, 16 * KIB));
	ATF_CHECK_EQ(7, q[8 * KIB - 1]);
	ATF_CHECK_EQ(0, q[8 * KIB]);
	ATF_CHECK(!_bas_os_fake_is_mapped((uintptr_t)p, 1));
	p = map(8 * KIB, 4 * KIB);
	_bas_os_fake_remap_unmaps(true);
	_bas_os_fake_fail(OS_FAKE_REMAP, 0, 1);
	ATF_CHECK_EQ(EFAULT, _bas_os_remap(p, 8 * KIB, q, 16 * KIB));
	ATF_CHECK(!_bas_os_fake_is_mapped((uintptr_t)q, 1));
	ATF_CHECK(_bas_os_fake_is_mapped((uintptr_t)p, 8 * KIB));
}

/* A failure comes when it was asked for, and costs nothing else. */
ATF_TC_WITHOUT_HEAD(fail);
ATF_TC_BODY(fail, tc)
{
	size_t mapped;
	unsigned i;

	_bas_os_fake_fail(OS_FAKE_MAP, 2, 3);
	for (i = 0; i < 10; i++) {
		mapped = _bas_os_fake_mapped();
		errno = 77;
		ATF_CHECK_EQ(i >= 2 && i < 5, _bas_os_map(4 * KIB, 4 * KIB)
		    == NULL);
		ATF_CHECK_EQ(77, errno);
		ATF_CHECK_EQ(i >= 2 && i < 5, mapped ==
		    _bas_os_fake_mapped());
	}
	ATF_CHECK_EQ(10, _bas_os_fake_count(OS_FAKE_MAP));
	p = map(4 * KIB, 4 * KIB);
	*p = 1;
	_bas_os_fake_fail(OS_FAKE_PURGE, 0, OS_FAKE_FOREVER);
	_bas_os_fake_fail(OS_FAKE_UNMAP, 0, 1);
	ATF_CHECK_EQ(EINVAL, _bas_os_purge(p, 4 * KIB, false));
	ATF_CHECK_EQ(ENOMEM, _bas_os_unmap(p, 4 * KIB));
	ATF_CHECK_EQ(1, *p);
	_bas_os_fake_reset();
	ATF_CHECK_EQ(0, _bas_os_purge(p, 4 * KIB, false));
	ATF_CHECK_EQ(0, *p);
}

ATF_TC_WITHOUT_HEAD(log);
ATF_TC_BODY(log, tc)
{
	const struct os_fake_event *event;

	p = map(64 * KIB, 16 * KIB);
	(void)_bas_os_purge(p + 4 * KIB, 8 * KIB, true);
	_bas_os_fake_fail(OS_FAKE_HUGIFY, 0, 1);
	(void)_bas_os_hugify(p, 64 * KIB, true);
	event = _bas_os_fake_event(0);
	ATF_REQUIRE(event != NULL);
	ATF_CHECK_EQ(OS_FAKE_MAP, event->call);
	ATF_CHECK_EQ((uintptr_t)p, event->addr);
	ATF_CHECK_EQ(16 * KIB, event->align);
	event = _bas_os_fake_event(1);
	ATF_REQUIRE(event != NULL);
	ATF_CHECK_EQ(OS_FAKE_PURGE, event->call);
	ATF_CHECK_EQ((uintptr_t)p + 4 * KIB, event->addr);
	ATF_CHECK_EQ(8 * KIB, event->size);
	ATF_CHECK(event->flag && event->error == 0);
	event = _bas_os_fake_event(2);
	ATF_REQUIRE(event != NULL);
	ATF_CHECK_EQ(EINVAL, event->error);
	ATF_CHECK_EQ(NULL, _bas_os_fake_event(3));
	_bas_os_fake_reset();
	ATF_CHECK_EQ(NULL, _bas_os_fake_event(0));
}

static void
map_part(void)
{
	(void)_bas_os_map(4 * KIB, 64 * KIB);
}

static void
purge_part(void)
{
	(void)_bas_os_purge(p + 4 * KIB, 64 * KIB, false);
}

static void
unmap_twice(void)
{
	(void)_bas_os_unmap(p, 64 * KIB);
	(void)_bas_os_unmap(p, 64 * KIB);
}

static void
purge_unmapped(void)
{
	(void)_bas_os_purge(p, MIB, false);
}

/* What a kernel would let pass, or round, ends a test. */
ATF_TC_WITHOUT_HEAD(strict);
ATF_TC_BODY(strict, tc)
{
	_bas_os_fake_page(64 * KIB);
	p = map(128 * KIB, 64 * KIB);
	unit_aborts(map_part, "os_fake: map");
	unit_aborts(purge_part, "os_fake: purge");
	unit_aborts(unmap_twice, "os_fake: unmap");
	unit_aborts(purge_unmapped, "os_fake: purge");
}

static unsigned	hooks;

static void
count_hook(enum os_fake_call call, uintptr_t addr, size_t size)
{
	ATF_CHECK_EQ(OS_FAKE_PURGE, call);
	ATF_CHECK_EQ((uintptr_t)p, addr);
	ATF_CHECK_EQ(4 * KIB, size);
	/* Before, not after. */
	ATF_CHECK_EQ(1, *p);
	hooks++;
}

ATF_TC_WITHOUT_HEAD(hook);
ATF_TC_BODY(hook, tc)
{
	p = map(4 * KIB, 4 * KIB);
	*p = 1;
	_bas_os_fake_hook(count_hook);
	(void)_bas_os_purge(p, 4 * KIB, false);
	_bas_os_fake_hook(NULL);
	(void)_bas_os_purge(p, 4 * KIB, false);
	ATF_CHECK_EQ(1, hooks);
}

ATF_TC_WITHOUT_HEAD(settings);
ATF_TC_BODY(settings, tc)
{
	uint64_t now, random;
	char buf[16];

	now = _bas_os_clock();
	ATF_CHECK_EQ(now, _bas_os_clock());
	_bas_os_fake_clock_advance(5);
	ATF_CHECK_EQ(now + 5, _bas_os_clock());
	_bas_os_fake_clock_set(3);
	ATF_CHECK_EQ(3, _bas_os_clock());
	_bas_os_fake_cpus(17);
	ATF_CHECK_EQ(17, _bas_os_cpus());
	_bas_os_fake_cpu_limit(20);
	ATF_CHECK_EQ(20, _bas_os_cpu_limit());
	_bas_os_fake_cpu(19);
	ATF_CHECK_EQ(19, _bas_os_cpu());
	_bas_os_fake_seed(1);
	random = _bas_os_random();
	ATF_CHECK(random != _bas_os_random());
	_bas_os_fake_seed(1);
	ATF_CHECK_EQ(random, _bas_os_random());
	ATF_CHECK_EQ(NULL, _bas_os_env("PATH"));
	_bas_os_fake_env("CONF", "abort:true");
	ATF_CHECK_STREQ("abort:true", _bas_os_env("CONF"));
	ATF_CHECK_EQ(NULL, _bas_os_env("PATH"));
	ATF_CHECK_EQ(-1, _bas_os_readlink("/link", buf, sizeof(buf)));
	_bas_os_fake_link("/link", "target");
	ATF_CHECK_EQ(6, _bas_os_readlink("/link", buf, sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "target", 6));
	ATF_CHECK_EQ(3, _bas_os_readlink("/link", buf, 3));
	_bas_os_fake_hugepage(32 * MIB, false);
	ATF_CHECK_EQ(32 * MIB, _bas_os_info.hugepage);
	ATF_CHECK(!_bas_os_info.thp);
}

ATF_TC_WITHOUT_HEAD(capture);
ATF_TC_BODY(capture, tc)
{
	char buf[8];

	_bas_os_fake_capture(buf, sizeof(buf));
	ATF_CHECK_STREQ("", buf);
	ATF_CHECK_EQ(0, _bas_os_write(2, "abc", 3));
	ATF_CHECK_EQ(0, _bas_os_write(2, "defghij", 7));
	ATF_CHECK_STREQ("abcdefg", buf);
	_bas_os_fake_fail(OS_FAKE_WRITE, 0, 1);
	ATF_CHECK_EQ(EIO, _bas_os_write(2, "x", 1));
}

static _Atomic uint32_t	word;
static _Atomic int	ended;

static void
count_end(void *arg)
{
	ended += arg == &word;
}

static void *
sleeper(void *arg)
{
	(void)_bas_os_thread_mark(&word);
	while (word == 0)
		_bas_os_wait(&word, 0);
	return (arg);
}

ATF_TC_WITHOUT_HEAD(threads);
ATF_TC_BODY(threads, tc)
{
	pthread_t thread[3];
	unsigned i;

	ATF_REQUIRE_EQ(0, _bas_os_thread_init(count_end));
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, sleeper,
		    NULL));
	while (_bas_os_fake_count(OS_FAKE_WAIT) < 3)
		sched_yield();
	word = 1;
	_bas_os_wake(&word, true);
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ATF_CHECK_EQ(3, ended);
	/* Not that value any more: no sleep. */
	_bas_os_wait(&word, 0);
}

static void *
dreamer(void *arg)
{
	_bas_os_wait_until(&word, 0, *(uint64_t *)arg);
	ended++;
	_bas_os_wake(&word, true);
	return (NULL);
}

/* A sleep ends when the clock is turned past its time. */
ATF_TC_WITHOUT_HEAD(wait_until);
ATF_TC_BODY(wait_until, tc)
{
	uint64_t when = _bas_os_clock() + 1000;

	_bas_os_wait_until(&word, 0, _bas_os_clock());
	_bas_os_wait_until(&word, 1, UINT64_MAX);
	_bas_os_fake_reset();
	_bas_os_fake_fail(OS_FAKE_THREAD_START, 0, 1);
	ATF_CHECK_EQ(EAGAIN, _bas_os_thread_start(dreamer, &when));
	ATF_REQUIRE_EQ(0, _bas_os_thread_start(dreamer, &when));
	while (_bas_os_fake_count(OS_FAKE_WAIT_UNTIL) == 0)
		sched_yield();
	ATF_CHECK_EQ(when, _bas_os_fake_deadline());
	_bas_os_fake_clock_advance(999);
	ATF_CHECK_EQ(0, ended);
	_bas_os_fake_clock_advance(1);
	while (ended == 0)
		sched_yield();
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_WAIT_UNTIL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, unmapped_faults);
	ATF_TP_ADD_TC(tp, protect);
	ATF_TP_ADD_TC(tp, purge);
	ATF_TP_ADD_TC(tp, remap);
	ATF_TP_ADD_TC(tp, fail);
	ATF_TP_ADD_TC(tp, log);
	ATF_TP_ADD_TC(tp, strict);
	ATF_TP_ADD_TC(tp, hook);
	ATF_TP_ADD_TC(tp, settings);
	ATF_TP_ADD_TC(tp, capture);
	ATF_TP_ADD_TC(tp, threads);
	ATF_TP_ADD_TC(tp, wait_until);
	return (atf_no_error());
}
