/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "meta/pagemap.h"
#include "os/os.h"

#define	LEAF	((uintptr_t)1 << LEAF_SHIFT)
#define	BASE	(0x123 * LEAF)

static struct huge	*fake_huge = (struct huge *)0x1000;

static void *
at(uintptr_t address)
{
	return ((void *)address);
}

/* Every address there can be may be asked for. */
ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	const uintptr_t odd[] = { 0, 1, 4096, BASE, UINT32_MAX,
	    ROOT_LEAVES * LEAF - 1, ROOT_LEAVES * LEAF, UINTPTR_MAX / 2,
	    UINTPTR_MAX / 2 + 1, UINTPTR_MAX };
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		ATF_CHECK_EQ(0, pagemap_class(at(odd[i])));
		ATF_CHECK_EQ(NULL, pagemap_huge(at(odd[i])));
	}
	ATF_CHECK_EQ(0, pagemap_class(&i));
	ATF_CHECK_EQ(0, _bas_pagemap_mapped());
}

ATF_TC_WITHOUT_HEAD(classes);
ATF_TC_BODY(classes, tc)
{
	ATF_REQUIRE(_bas_pagemap_cover(BASE, HUGE));
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_MAP));
	ATF_REQUIRE(_bas_pagemap_cover(BASE + HUGE, HUGE));
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_MAP));
	_bas_pagemap_set_class(BASE + 3 * PAGE, 4, 77);
	ATF_CHECK_EQ(0, pagemap_class(at(BASE + 3 * PAGE - 1)));
	ATF_CHECK_EQ(77, pagemap_class(at(BASE + 3 * PAGE)));
	ATF_CHECK_EQ(77, pagemap_class(at(BASE + 7 * PAGE - 1)));
	ATF_CHECK_EQ(0, pagemap_class(at(BASE + 7 * PAGE)));
	/* The same place in other leaves is none of ours. */
	ATF_CHECK_EQ(0, pagemap_class(at(BASE + LEAF + 3 * PAGE)));
	ATF_CHECK_EQ(0, pagemap_class(at(3 * PAGE)));
	_bas_pagemap_set_class(BASE + 3 * PAGE, 4, 0);
	ATF_CHECK_EQ(0, pagemap_class(at(BASE + 5 * PAGE)));
}

ATF_TC_WITHOUT_HEAD(huges);
ATF_TC_BODY(huges, tc)
{
	ATF_REQUIRE(_bas_pagemap_cover(BASE, LEAF));
	_bas_pagemap_set_huge(BASE + 5 * HUGE, fake_huge);
	_bas_pagemap_set_huge(BASE + LEAF - HUGE, fake_huge);
	ATF_CHECK_EQ(NULL, pagemap_huge(at(BASE + 5 * HUGE - 1)));
	ATF_CHECK_EQ(fake_huge, pagemap_huge(at(BASE + 5 * HUGE)));
	ATF_CHECK_EQ(fake_huge, pagemap_huge(at(BASE + 6 * HUGE - 1)));
	ATF_CHECK_EQ(NULL, pagemap_huge(at(BASE + 6 * HUGE)));
	ATF_CHECK_EQ(fake_huge, pagemap_huge(at(BASE + LEAF - 1)));
	_bas_pagemap_set_huge(BASE + 5 * HUGE, NULL);
	ATF_CHECK_EQ(NULL, pagemap_huge(at(BASE + 5 * HUGE)));
}

/* A range over the end of a leaf needs both. */
ATF_TC_WITHOUT_HEAD(cover_two);
ATF_TC_BODY(cover_two, tc)
{
	size_t one;

	ATF_REQUIRE(_bas_pagemap_cover(BASE, 1));
	one = _bas_pagemap_mapped();
	ATF_CHECK(one >= sizeof(struct pagemap_leaf));
	ATF_REQUIRE(_bas_pagemap_cover(BASE + 2 * LEAF - HUGE, 2 * HUGE));
	ATF_CHECK_EQ(3 * one, _bas_pagemap_mapped());
	_bas_pagemap_set_class(BASE + 2 * LEAF - PAGE, 1, 3);
	_bas_pagemap_set_class(BASE + 2 * LEAF, 1, 4);
	ATF_CHECK_EQ(3, pagemap_class(at(BASE + 2 * LEAF - 1)));
	ATF_CHECK_EQ(4, pagemap_class(at(BASE + 2 * LEAF)));
	ATF_CHECK_EQ(_bas_os_fake_mapped(), _bas_pagemap_mapped());
}

/* A byte a page and a pointer a superpage, by pages, and the root's. */
ATF_TC_WITHOUT_HEAD(resident);
ATF_TC_BODY(resident, tc)
{
	ATF_CHECK_EQ(PAGE, _bas_pagemap_resident(0));
	ATF_REQUIRE(_bas_pagemap_cover((uintptr_t)1 << 40, HUGE));
	ATF_CHECK_EQ(3 * PAGE, _bas_pagemap_resident(HUGE));
	ATF_CHECK_EQ(3 * PAGE, _bas_pagemap_resident(8 * HUGE));
	ATF_CHECK_EQ(4 * PAGE, _bas_pagemap_resident(9 * HUGE));
	ATF_REQUIRE(_bas_pagemap_cover((uintptr_t)1 << 41, HUGE));
	ATF_CHECK_EQ(5 * PAGE, _bas_pagemap_resident(9 * HUGE));
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	ATF_CHECK(_bas_pagemap_cover(ROOT_LEAVES * LEAF - HUGE, HUGE));
	ATF_CHECK(!_bas_pagemap_cover(ROOT_LEAVES * LEAF - HUGE, 2 * HUGE));
	ATF_CHECK(!_bas_pagemap_cover(UINTPTR_MAX - HUGE + 1, 2 * HUGE));
	ATF_CHECK_EQ(_bas_os_fake_mapped(), _bas_pagemap_mapped());
}

ATF_TC_WITHOUT_HEAD(cover_fails);
ATF_TC_BODY(cover_fails, tc)
{
	_bas_os_fake_fail(OS_FAKE_MAP, 0, 1);
	ATF_CHECK(!_bas_pagemap_cover(BASE, HUGE));
	ATF_CHECK_EQ(0, pagemap_class(at(BASE)));
	ATF_CHECK_EQ(0, _bas_pagemap_mapped());
	ATF_CHECK(_bas_pagemap_cover(BASE, HUGE));
}

/* The leaf that stands for all that are not there is never written. */
ATF_TC_WITHOUT_HEAD(none_stays);
ATF_TC_BODY(none_stays, tc)
{
	const unsigned char *p = (const unsigned char *)&_bas_pagemap.none;
	size_t i;

	ATF_REQUIRE(_bas_pagemap_cover(0, LEAF));
	ATF_REQUIRE(_bas_pagemap_cover(BASE, LEAF));
	_bas_pagemap_set_class(0, HUGE_PAGES, 9);
	_bas_pagemap_set_class(BASE, HUGE_PAGES, 9);
	_bas_pagemap_set_huge(BASE, fake_huge);
	for (i = 0; i < sizeof(_bas_pagemap.none); i++)
		ATF_REQUIRE_EQ(0, p[i]);
}

static void
cover_first(enum os_fake_call call, uintptr_t addr, size_t size)
{
	(void)call;
	(void)addr;
	(void)size;
	_bas_os_fake_hook(NULL);
	ATF_REQUIRE(_bas_pagemap_cover(BASE, HUGE));
	_bas_pagemap_set_class(BASE, 1, 5);
}

/* Another thread installs the leaf first: that one counts. */
ATF_TC_WITHOUT_HEAD(race_lost);
ATF_TC_BODY(race_lost, tc)
{
	_bas_os_fake_hook(cover_first);
	ATF_CHECK(_bas_pagemap_cover(BASE, HUGE));
	ATF_CHECK_EQ(5, pagemap_class(at(BASE)));
	ATF_CHECK_EQ(2, _bas_os_fake_count(OS_FAKE_MAP));
	ATF_CHECK_EQ(_bas_os_fake_mapped(), _bas_pagemap_mapped());
}

static _Atomic int	go;

static void *
cover(void *arg)
{
	uintptr_t i;

	while (!go)
		;
	for (i = 0; i < 64; i++) {
		if (!_bas_pagemap_cover(BASE + i * LEAF, HUGE))
			return (arg);
		_bas_pagemap_set_class(BASE + i * LEAF + (uintptr_t)arg *
		    PAGE, 1, (unsigned)(uintptr_t)arg);
	}
	return (NULL);
}

/* Threads that race for a leaf use the same one; the others' go back. */
ATF_TC_WITHOUT_HEAD(race);
ATF_TC_BODY(race, tc)
{
	pthread_t thread[4];
	void *wrong;
	uintptr_t i, k;

	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, cover,
		    at(i + 1)));
	go = 1;
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], &wrong);
		ATF_CHECK_EQ(NULL, wrong);
	}
	for (i = 0; i < 64; i++)
		for (k = 1; k <= 4; k++)
			ATF_REQUIRE_EQ(k, pagemap_class(at(BASE + i * LEAF +
			    k * PAGE)));
	ATF_CHECK_EQ(_bas_os_fake_mapped(), _bas_pagemap_mapped());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, classes);
	ATF_TP_ADD_TC(tp, huges);
	ATF_TP_ADD_TC(tp, cover_two);
	ATF_TP_ADD_TC(tp, resident);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, cover_fails);
	ATF_TP_ADD_TC(tp, none_stays);
	ATF_TP_ADD_TC(tp, race_lost);
	ATF_TP_ADD_TC(tp, race);
	return (atf_no_error());
}
