/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Control names about pointers, and about what the program is called for. */

#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "../include/names.h"
#include "heap/sizeclass.h"

struct query {
	void	*slabcur;
	size_t	nfree, nregs, size, bin_nfree, bin_nregs;
};

static void
query(const void *p, struct query *q)
{
	size_t len = sizeof(*q);

	ATF_REQUIRE_EQ(48, len);
	ATF_REQUIRE_EQ(0, bas_mallctl("experimental.utilization.query", q,
	    &len, &p, sizeof(p)));
}

ATF_TC_WITHOUT_HEAD(utilization);
ATF_TC_BODY(utilization, tc)
{
	const unsigned class = sizeclass_of(1000);
	struct query before, q;
	void *p, *big, *end;
	int here;

	p = bas_malloc(1000);
	ATF_REQUIRE(p != NULL);
	query(p, &q);
	ATF_CHECK_EQ(sizeclass_nregs(class), q.nregs);
	ATF_CHECK_EQ(sizeclass_slab_size(class), q.size);
	ATF_CHECK(q.nfree < q.nregs);
	ATF_CHECK(q.bin_nregs >= q.nregs);
	ATF_CHECK(q.bin_nfree >= q.nfree);
	/* A flush gives back all but p. */
	bas_free(bas_malloc(1000));
	ATF_REQUIRE_EQ(0, bas_mallctl("thread.tcache.flush", NULL, NULL,
	    NULL, 0));
	query(p, &before);
	ATF_CHECK_EQ(before.nregs - 1, before.nfree);
	ATF_CHECK_EQ(before.bin_nregs - 1, before.bin_nfree);
	ATF_CHECK((uintptr_t)p - (uintptr_t)before.slabcur < before.size);

	big = bas_malloc(3000000);
	ATF_REQUIRE(big != NULL);
	query(big, &q);
	ATF_CHECK_EQ(NULL, q.slabcur);
	ATF_CHECK_EQ(0, q.nfree);
	ATF_CHECK_EQ(1, q.nregs);
	ATF_CHECK_EQ(ROUNDUP((size_t)3000000, 4096), q.size);
	ATF_CHECK_EQ(0, q.bin_nfree + q.bin_nregs);

	query((char *)big + 17, &before);
	ATF_CHECK_EQ(0, memcmp(&q, &before, sizeof(q)));

	/* Not ours, or nothing there; and further inside a large one. */
	memset(&before, 0, sizeof(before));
	query(&here, &q);
	ATF_CHECK_EQ(0, memcmp(&q, &before, sizeof(q)));
	query(NULL, &q);
	ATF_CHECK_EQ(0, memcmp(&q, &before, sizeof(q)));
	end = (char *)big + 8192;
	query(end, &q);
	ATF_CHECK_EQ(0, memcmp(&q, &before, sizeof(q)));
	bas_free(big);
	query(big, &q);
	ATF_CHECK_EQ(0, memcmp(&q, &before, sizeof(q)));
	bas_free(p);
}

ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	struct { size_t nfree, nregs, size; } answers[3];
	void *ptrs[3] = { bas_malloc(64), bas_malloc(100000), NULL };
	struct query q;
	size_t len;

	len = sizeof(q) - 1;
	ATF_CHECK_EQ(EINVAL, bas_mallctl("experimental.utilization.query",
	    &q, &len, ptrs, sizeof(ptrs[0])));
	len = sizeof(q);
	ATF_CHECK_EQ(EINVAL, bas_mallctl("experimental.utilization.query",
	    &q, &len, NULL, 0));
	ATF_CHECK_EQ(EINVAL, bas_mallctl("experimental.utilization.query",
	    NULL, NULL, ptrs, sizeof(ptrs[0])));
	len = sizeof(answers);
	ATF_CHECK_EQ(0, bas_mallctl("experimental.utilization.batch_query",
	    answers, &len, ptrs, sizeof(ptrs)));
	ATF_CHECK_EQ(sizeclass_nregs(sizeclass_of(64)), answers[0].nregs);
	ATF_CHECK_EQ(1, answers[1].nregs);
	ATF_CHECK(answers[1].size >= 100000);
	ATF_CHECK_EQ(0, answers[2].size);
	ATF_CHECK_EQ(EINVAL, bas_mallctl(
	    "experimental.utilization.batch_query", answers, &len, ptrs,
	    sizeof(ptrs[0])));
	ATF_CHECK_EQ(EINVAL, bas_mallctl(
	    "experimental.utilization.batch_query", answers, &len, ptrs,
	    sizeof(ptrs) - 1));
	len = 0;
	ATF_CHECK_EQ(EINVAL, bas_mallctl(
	    "experimental.utilization.batch_query", answers, &len, ptrs, 0));
	bas_free(ptrs[0]);
	bas_free(ptrs[1]);
}

ATF_TC_WITHOUT_HEAD(lookup);
ATF_TC_BODY(lookup, tc)
{
	size_t len = sizeof(unsigned);
	void *p = bas_malloc(10), *none = NULL, *wild = (void *)-4096;
	unsigned i, own;

	ATF_REQUIRE_EQ(0, bas_mallctl("thread.arena", &own, &len, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("arenas.lookup", &i, &len, &p,
	    sizeof(p)));
	ATF_CHECK_EQ(own, i);
	ATF_CHECK_EQ(EINVAL, bas_mallctl("arenas.lookup", &i, &len, &none,
	    sizeof(none)));
	ATF_CHECK_EQ(EINVAL, bas_mallctl("arenas.lookup", &i, &len, &wild,
	    sizeof(wild)));
	ATF_CHECK_EQ(EINVAL, bas_mallctl("arenas.lookup", &i, &len, NULL,
	    0));
	p = &len;
	ATF_CHECK_EQ(EINVAL, bas_mallctl("arenas.lookup", &i, &len, &p,
	    sizeof(p)));
}

/* The most that was in use, though by now it is less. */
ATF_TC_WITHOUT_HEAD(peak);
ATF_TC_BODY(peak, tc)
{
	size_t len = sizeof(uint64_t), i;
	static void *blocks[2000];
	uint64_t most;

	ATF_REQUIRE_EQ(0, bas_mallctl("thread.peak.reset", NULL, NULL, NULL,
	    0));
	ATF_CHECK_EQ(0, bas_mallctl("thread.peak.read", &most, &len, NULL,
	    0));
	ATF_CHECK_EQ(0, most);
	for (i = 0; i < 2000; i++)
		blocks[i] = bas_malloc(1000);
	for (i = 0; i < 2000; i++)
		bas_free(blocks[i]);
	ATF_CHECK_EQ(0, bas_mallctl("thread.peak.read", &most, &len, NULL,
	    0));
	ATF_CHECK(most > 1500000 && most <= 2100000);
	ATF_CHECK_EQ(0, bas_mallctl("thread.peak.reset", NULL, NULL, NULL,
	    0));
	ATF_CHECK_EQ(0, bas_mallctl("thread.peak.read", &most, &len, NULL,
	    0));
	ATF_CHECK_EQ(0, most);
	blocks[0] = bas_malloc((size_t)8 << 20);
	ATF_CHECK_EQ(0, bas_mallctl("thread.peak.read", &most, &len, NULL,
	    0));
	ATF_CHECK(most >= (size_t)8 << 20);
	bas_free(blocks[0]);
}

struct batch {
	void	**ptrs;
	size_t	num, size;
	int	flags;
};

/* Of each kind: small, of pages; zero, aligned; of an arena. */
ATF_TC_WITHOUT_HEAD(batch);
ATF_TC_BODY(batch, tc)
{
	static void *ptrs[1000];
	static const size_t sizes[] = { 10, 1000, 20000, 3000000 };
	struct batch batch = { ptrs, 0, 0, 0 };
	size_t len, got, i, j, k, ulen = sizeof(unsigned);
	unsigned arena, of;

	ATF_REQUIRE_EQ(0, bas_mallctl("arenas.create", &arena, &ulen, NULL,
	    0));
	for (i = 0; i < 4; i++) {
		batch.num = sizes[i] < 10000 ? 1000 : 5;
		batch.size = sizes[i];
		/* Zeros on multiples of 64, from that arena. */
		batch.flags = (int)((arena + 1) << 20 | 0x40 | 6);
		len = sizeof(got);
		ATF_REQUIRE_EQ(0, bas_mallctl("experimental.batch_alloc",
		    &got, &len, &batch, sizeof(batch)));
		ATF_REQUIRE_EQ(batch.num, got);
		for (j = 0; j < got; j++) {
			ATF_REQUIRE_EQ(0, (uintptr_t)ptrs[j] % 64);
			for (k = 0; k < sizes[i]; k++)
				ATF_REQUIRE_EQ(0, ((char *)ptrs[j])[k]);
			memset(ptrs[j], 1, sizes[i]);
			ATF_REQUIRE_EQ(0, bas_mallctl("arenas.lookup", &of,
			    &ulen, &ptrs[j], sizeof(ptrs[j])));
			ATF_REQUIRE_EQ(arena, of);
		}
		for (j = 0; j < got; j++)
			bas_free(ptrs[j]);
	}
	/* As far as memory reaches: nowhere. */
	batch.size = SIZE_MAX;
	ATF_CHECK_EQ(0, bas_mallctl("experimental.batch_alloc", &got, &len,
	    &batch, sizeof(batch)));
	ATF_CHECK_EQ(0, got);
	ATF_CHECK_EQ(EINVAL, bas_mallctl("experimental.batch_alloc", &got,
	    &len, NULL, 0));
}

static size_t
slots(size_t size)
{
	size_t n, len = sizeof(n);

	ATF_REQUIRE_EQ(0, bas_mallctl(
	    "thread.tcache.ncached_max.read_sizeclass", &n, &len, &size,
	    sizeof(size)));
	return (n);
}

static int
slots_write(const char *list)
{

	return (bas_mallctl("thread.tcache.ncached_max.write", NULL, NULL,
	    &list, sizeof(list)));
}

ATF_TC_WITHOUT_HEAD(cache_bounds);
ATF_TC_BODY(cache_bounds, tc)
{
	static const char *const bad[] = { "", "1", "1-2", "1-2:", "1-2:3|x",
	    "8-4:1", "a-b:c", "1-2:3,4-5:6", "-1-2:3",
	    "1-99999999999999999999:3" };
	size_t old, new = 3000, none = 0, len = sizeof(old), i, huge, n;
	char long_list[1100];
	bool off = false;

	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.max", &old, &len, &new,
	    sizeof(new)));
	ATF_CHECK(old > 3000);
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.max", &new, &len, NULL,
	    0));
	ATF_CHECK_EQ(sizeclass_size(sizeclass_of(3000)), new);
	ATF_CHECK_EQ(0, slots(20000));
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.max", NULL, NULL, &none,
	    sizeof(none)));
	ATF_CHECK_EQ(0, slots(16));
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.max", NULL, NULL, &old,
	    sizeof(old)));
	ATF_CHECK(slots(16) > 0);

	n = slots(500);
	ATF_CHECK_EQ(0, slots_write("64-128:17|1000-2000:0"));
	ATF_CHECK_EQ(17, slots(64));
	ATF_CHECK_EQ(17, slots(128));
	ATF_CHECK_EQ(0, slots(1500));
	ATF_CHECK_EQ(n, slots(500));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(EINVAL, slots_write(bad[i]), "%s", bad[i]);
	/* One mistake, and nothing of it is in force. */
	ATF_CHECK_EQ(EINVAL, slots_write("64-128:5|1000-"));
	ATF_CHECK_EQ(17, slots(64));
	memset(long_list, '1', sizeof(long_list));
	long_list[sizeof(long_list) - 1] = '\0';
	ATF_CHECK_EQ(EINVAL, slots_write(long_list));
	ATF_CHECK_EQ(EINVAL, slots_write(NULL));
	huge = (size_t)1 << 40;
	ATF_CHECK_EQ(EINVAL, bas_mallctl(
	    "thread.tcache.ncached_max.read_sizeclass", &n, &len, &huge,
	    sizeof(huge)));
	ATF_CHECK_EQ(EINVAL, bas_mallctl(
	    "thread.tcache.ncached_max.read_sizeclass", &n, &len, NULL, 0));
	ATF_REQUIRE_EQ(0, bas_mallctl("thread.tcache.enabled", NULL, NULL,
	    &off, sizeof(off)));
	ATF_CHECK_EQ(ENOENT, slots_write("64-128:5"));
}

ATF_TC_WITHOUT_HEAD(caches);
ATF_TC_BODY(caches, tc)
{
	unsigned a, b, c, wrong = 4000;
	size_t len = sizeof(a);

	ATF_CHECK_EQ(0, bas_mallctl("tcache.create", &a, &len, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("tcache.create", &b, &len, NULL, 0));
	ATF_CHECK_EQ(0, a);
	ATF_CHECK_EQ(1, b);
	ATF_CHECK_EQ(0, bas_mallctl("tcache.flush", NULL, NULL, &a,
	    sizeof(a)));
	ATF_CHECK_EQ(0, bas_mallctl("tcache.destroy", NULL, NULL, &a,
	    sizeof(a)));
	ATF_CHECK_EQ(EFAULT, bas_mallctl("tcache.destroy", NULL, NULL, &a,
	    sizeof(a)));
	ATF_CHECK_EQ(EFAULT, bas_mallctl("tcache.flush", NULL, NULL, &wrong,
	    sizeof(wrong)));
	ATF_CHECK_EQ(0, bas_mallctl("tcache.create", &c, &len, NULL, 0));
	ATF_CHECK_EQ(a, c);
}

static void
say_and_leave(const char *message)
{

	_exit(strstr(message, ": free(): ") != NULL ? 42 : 43);
}

static void
come_back(const char *message)
{

	(void)message;
}

static int
free_twice(void (*hook)(const char *))
{
	pid_t child;
	int status;
	void *p;

	child = fork();
	ATF_REQUIRE(child >= 0);
	if (child == 0) {
		if (bas_mallctl("experimental.hooks.safety_check_abort",
		    NULL, NULL, &hook, sizeof(hook)) != 0)
			_exit(1);
		p = bas_malloc(3000000);
		bas_free(p);
		bas_free(p);
		_exit(2);
	}
	ATF_REQUIRE_EQ(child, waitpid(child, &status, 0));
	return (status);
}

ATF_TC_WITHOUT_HEAD(safety_check_abort);
ATF_TC_BODY(safety_check_abort, tc)
{
	int status;

	status = free_twice(say_and_leave);
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(42, WEXITSTATUS(status));
	status = free_twice(come_back);
	ATF_CHECK(WIFSIGNALED(status));
	ATF_CHECK_EQ(SIGABRT, WTERMSIG(status));
}

ATF_TC_WITHOUT_HEAD(profiles);
ATF_TC_BODY(profiles, tc)
{
	bool b = true, off = false, on = true;
	size_t len = sizeof(b), lg, zlen = sizeof(lg);

	ATF_CHECK_EQ(0, bas_mallctl("prof.active", &b, &len, &off,
	    sizeof(off)));
	ATF_CHECK(!b);
	ATF_CHECK_EQ(ENOENT, bas_mallctl("prof.active", NULL, NULL, &on,
	    sizeof(on)));
	ATF_CHECK_EQ(ENOENT, bas_mallctl("prof.gdump", NULL, NULL, &off,
	    sizeof(off)));
	ATF_CHECK_EQ(ENOENT, bas_mallctl("thread.prof.active", NULL, NULL,
	    &off, sizeof(off)));
	ATF_CHECK_EQ(0, bas_mallctl("prof.lg_sample", &lg, &zlen, NULL, 0));
	ATF_CHECK_EQ(19, lg);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, utilization);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, lookup);
	ATF_TP_ADD_TC(tp, peak);
	ATF_TP_ADD_TC(tp, batch);
	ATF_TP_ADD_TC(tp, cache_bounds);
	ATF_TP_ADD_TC(tp, caches);
	ATF_TP_ADD_TC(tp, safety_check_abort);
	ATF_TP_ADD_TC(tp, profiles);
	return (atf_no_error());
}
