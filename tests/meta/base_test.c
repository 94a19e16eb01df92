/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "malloc_machdep.h"
#include "meta/base.h"
#include "os/os.h"
#include "util/options.h"

#define	CHUNK	((size_t)1 << MACH_HUGE_SHIFT)
#define	NMAX	3000

static struct base_stats s;

static void *
alloc(size_t size)
{
	void *p;

	p = _bas_base_alloc(size);
	ATF_REQUIRE(p != NULL);
	ATF_REQUIRE_EQ(0, (uintptr_t)p % (size >= MACH_CACHE_LINE ?
	    MACH_CACHE_LINE : 16));
	memset(p, 0x66, size);
	return (p);
}

/* The start of a process needs nothing from the OS. */
ATF_TC_WITHOUT_HEAD(first);
ATF_TC_BODY(first, tc)
{
	(void)alloc(80000);
	(void)alloc(100);
	ATF_CHECK_EQ(0, _bas_os_fake_count(OS_FAKE_MAP));
	(void)alloc(80000);
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_MAP));
}

/* What is given back serves the next of its size, and no other. */
ATF_TC_WITHOUT_HEAD(reuse);
ATF_TC_BODY(reuse, tc)
{
	void *a = alloc(100), *b = alloc(200);

	ATF_CHECK_EQ(0, _bas_base_unused(100));
	_bas_base_free(a, 100);
	_bas_base_free(b, 200);
	ATF_CHECK_EQ(1, _bas_base_unused(100));
	ATF_CHECK_EQ(1, _bas_base_unused(195));
	ATF_CHECK_EQ(b, alloc(195));
	ATF_CHECK_EQ(1, _bas_base_unused(100));
	ATF_CHECK_EQ(0, _bas_base_unused(195));
	ATF_CHECK_EQ(0, _bas_base_unused(CHUNK));
	ATF_CHECK_EQ(a, alloc(112));
	ATF_CHECK(alloc(100) != a);
}

ATF_TC_WITHOUT_HEAD(stats);
ATF_TC_BODY(stats, tc)
{
	size_t first;
	void *p;

	_bas_base_stats(&s);
	ATF_CHECK_EQ(0, s.allocated);
	first = s.mapped;
	p = alloc(50);
	_bas_base_stats(&s);
	ATF_CHECK_EQ(64, s.allocated);
	_bas_base_free(p, 50);
	_bas_base_stats(&s);
	ATF_CHECK_EQ(0, s.allocated);
	ATF_CHECK_EQ(64, s.resident);
	ATF_CHECK_EQ(first, s.mapped);
	(void)alloc(3 * CHUNK);
	_bas_base_stats(&s);
	ATF_CHECK_EQ(first + 3 * CHUNK, s.mapped);
	ATF_CHECK(s.allocated <= s.resident && s.resident <= s.mapped);
	ATF_CHECK_EQ(0, s.nthp);
}

ATF_TC_WITHOUT_HEAD(thp);
ATF_TC_BODY(thp, tc)
{
	_bas_options.metadata_thp = METADATA_THP_ALWAYS;
	(void)alloc(3 * CHUNK);
	_bas_base_stats(&s);
	ATF_CHECK_EQ(3, s.nthp);
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_HUGIFY));
	_bas_os_fake_fail(OS_FAKE_HUGIFY, 0, 1);
	(void)alloc(CHUNK);
	_bas_base_stats(&s);
	ATF_CHECK_EQ(3, s.nthp);
}

/* Automatic: from the fourth chunk on. */
ATF_TC_WITHOUT_HEAD(thp_auto);
ATF_TC_BODY(thp_auto, tc)
{
	_bas_options.metadata_thp = METADATA_THP_AUTO;
	(void)alloc(CHUNK);
	(void)alloc(3 * CHUNK);
	_bas_base_stats(&s);
	ATF_CHECK_EQ(0, s.nthp);
	(void)alloc(CHUNK);
	_bas_base_stats(&s);
	ATF_CHECK_EQ(1, s.nthp);
}

/* Where a chunk is too much, a small piece may do; then there is none. */
ATF_TC_WITHOUT_HEAD(map_fails);
ATF_TC_BODY(map_fails, tc)
{
	unsigned n = 0;

	_bas_os_fake_page(65536);
	(void)alloc(120000);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, 1);
	(void)alloc(20000);
	ATF_CHECK_EQ(2, _bas_os_fake_count(OS_FAKE_MAP));
	_bas_base_stats(&s);
	ATF_CHECK(s.mapped < CHUNK);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_base_alloc(1000) != NULL)
		ATF_REQUIRE(++n < 1000);
	ATF_CHECK_EQ(NULL, _bas_base_alloc(1000));
	_bas_os_fake_reset();
	(void)alloc(1000);
}

struct piece {
	unsigned char	*p;
	size_t		size;
};

ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	static struct piece piece[NMAX];
	uint64_t state = 1;
	unsigned round;
	size_t i, k, live = 0;

	for (round = 0; round < 100000; round++) {
		i = unit_below(&state, NMAX);
		if (piece[i].p == NULL) {
			piece[i].size = 16 + unit_below(&state, 500);
			piece[i].p = alloc(piece[i].size);
			memset(piece[i].p, (int)i, piece[i].size);
			live += (piece[i].size + 15) / 16 * 16;
			continue;
		}
		for (k = 0; k < piece[i].size; k++)
			ATF_REQUIRE_EQ((unsigned char)i, piece[i].p[k]);
		_bas_base_free(piece[i].p, piece[i].size);
		live -= (piece[i].size + 15) / 16 * 16;
		piece[i].p = NULL;
	}
	_bas_base_stats(&s);
	ATF_CHECK_EQ(live, s.allocated);
	ATF_CHECK(s.mapped < 2 * CHUNK);
}

static void *
churn(void *arg)
{
	unsigned char *p[20] = { 0 };
	uint64_t state = (uintptr_t)arg;
	size_t i, k, size;
	unsigned round;

	for (round = 0; round < 20000; round++) {
		i = unit_below(&state, 20);
		size = 32 + i * 8;
		if (p[i] == NULL) {
			p[i] = _bas_base_alloc(size);
			memset(p[i], (int)(uintptr_t)arg, size);
			continue;
		}
		for (k = 0; k < size; k++)
			if (p[i][k] != (unsigned char)(uintptr_t)arg)
				return (arg);
		_bas_base_free(p[i], size);
		p[i] = NULL;
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(threads);
ATF_TC_BODY(threads, tc)
{
	pthread_t thread[4];
	void *wrong;
	uintptr_t i;

	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, churn,
		    (void *)(i + 1)));
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], &wrong);
		ATF_CHECK_EQ(NULL, wrong);
	}
}

static void
fill(void)
{
	(void)_bas_base_alloc(1000000);
}

static unsigned char	*kept;

static void
mended(void)
{
	unsigned char *p;
	unsigned i;

	_bas_base_mend();
	for (i = 0; i < 100; i++) {
		p = _bas_base_alloc(100);
		if (p == NULL)
			_exit(1);
		memset(p, 0, 100);
	}
	for (i = 0; i < 100; i++)
		if (kept[i] != 0x66)
			_exit(2);
	_bas_base_free(kept, 100);
	if (_bas_base_alloc(100) != kept)
		_exit(3);
}

/* In a child whose parent's other thread was getting a chunk. */
ATF_TC_WITHOUT_HEAD(mend);
ATF_TC_BODY(mend, tc)
{
	kept = alloc(100);
	unit_stuck_in(OS_FAKE_MAP, NULL, fill);
	unit_child(mended);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, first);
	ATF_TP_ADD_TC(tp, reuse);
	ATF_TP_ADD_TC(tp, stats);
	ATF_TP_ADD_TC(tp, thp);
	ATF_TP_ADD_TC(tp, thp_auto);
	ATF_TP_ADD_TC(tp, map_fails);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, threads);
	ATF_TP_ADD_TC(tp, mend);
	return (atf_no_error());
}
