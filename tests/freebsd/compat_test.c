/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The allocm family, which only old programs of FreeBSD call: compiled here,
 * over the functions that end in x.
 */
#include <sys/cdefs.h>

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

/* Versions are for the linker of libc to give. */
#define	__sym_compat(name, function, version)				\
	_Static_assert(sizeof(#name #version) > 2, #function)
#define	__mallocx	mallocx
#define	__rallocx	rallocx
#define	__xallocx	xallocx
#define	__sallocx	sallocx
#define	__dallocx	dallocx
#define	__nallocx	nallocx
#include "malloc_compat.c"

#define	ZERO	0x40
#define	ARENA(a)	(((a) + 1) << ALLOCM_ARENA_SHIFT)

ATF_TC_WITHOUT_HEAD(allocate);
ATF_TC_BODY(allocate, tc)
{
	size_t usable = 0, n;
	unsigned char *c;
	void *p = NULL;
	int i;

	ATF_REQUIRE_EQ(ALLOCM_SUCCESS, __allocm_1_3(&p, &usable, 1000, ZERO));
	ATF_CHECK(usable >= 1000);
	ATF_CHECK_EQ(malloc_usable_size(p), usable);
	for (c = p, n = 0; n < usable; n++)
		ATF_REQUIRE_EQ(0, c[n]);
	ATF_CHECK_EQ(ALLOCM_SUCCESS, __sallocm_1_3(p, &n, 0));
	ATF_CHECK_EQ(usable, n);
	ATF_CHECK_EQ(ALLOCM_SUCCESS, __nallocm_1_3(&n, 1000, 0));
	ATF_CHECK_EQ(usable, n);
	ATF_CHECK_EQ(ALLOCM_SUCCESS, __dallocm_1_3(p, 0));
	/* The alignment's logarithm; where the size is, is the caller's wish. */
	for (i = 4; i < 20; i++) {
		ATF_REQUIRE_EQ(ALLOCM_SUCCESS, __allocm_1_3(&p, NULL, 1, i));
		ATF_CHECK_EQ(0, (uintptr_t)p & (((uintptr_t)1 << i) - 1));
		ATF_CHECK_EQ(ALLOCM_SUCCESS, __dallocm_1_3(p, 0));
	}
}

ATF_TC_WITHOUT_HEAD(fail);
ATF_TC_BODY(fail, tc)
{
	void *p = &p, *was = p;
	size_t n = 7;

	ATF_CHECK_EQ(ALLOCM_ERR_OOM, __allocm_1_3(&p, &n, SIZE_MAX / 2, 0));
	ATF_CHECK_EQ(ALLOCM_ERR_OOM, __nallocm_1_3(&n, SIZE_MAX, 0));
	ATF_CHECK_EQ(was, p);
	ATF_CHECK_EQ(7, n);
	ATF_REQUIRE_EQ(ALLOCM_SUCCESS, __allocm_1_3(&p, NULL, 100, 0));
	memset(p, 1, 100);
	was = p;
	ATF_CHECK_EQ(ALLOCM_ERR_OOM, __rallocm_1_3(&p, NULL, SIZE_MAX / 2,
	    SIZE_MAX, 0));
	ATF_CHECK_EQ(was, p);
	ATF_CHECK_EQ(1, ((char *)p)[99]);
	ATF_CHECK_EQ(ALLOCM_SUCCESS, __dallocm_1_3(p, 0));
}

ATF_TC_WITHOUT_HEAD(resize);
ATF_TC_BODY(resize, tc)
{
	void *p, *was;
	size_t n, i;

	ATF_REQUIRE_EQ(ALLOCM_SUCCESS, __allocm_1_3(&p, NULL, 100, 0));
	memset(p, 5, 100);
	was = p;
	/* It would have to move, and may not. */
	ATF_CHECK_EQ(ALLOCM_ERR_NOT_MOVED, __rallocm_1_3(&p, &n, 100000, 0,
	    ALLOCM_NO_MOVE));
	ATF_CHECK_EQ(was, p);
	ATF_CHECK_EQ(malloc_usable_size(p), n);
	ATF_CHECK_EQ(ALLOCM_SUCCESS, __rallocm_1_3(&p, &n, 100000, 5000, 0));
	ATF_CHECK(n >= 105000);
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(5, ((char *)p)[i]);
	/* It is as large as that. */
	was = p;
	ATF_CHECK_EQ(ALLOCM_SUCCESS, __rallocm_1_3(&p, NULL, 105000, 0,
	    ALLOCM_NO_MOVE));
	ATF_CHECK_EQ(was, p);
	ATF_CHECK_EQ(ALLOCM_SUCCESS, __dallocm_1_3(p, 0));
}

ATF_TC_WITHOUT_HEAD(arena);
ATF_TC_BODY(arena, tc)
{
	unsigned a, of;
	size_t len = sizeof(a);
	void *p;

	ATF_REQUIRE_EQ(0, mallctl("arenas.create", &a, &len, NULL, 0));
	ATF_REQUIRE_EQ(ALLOCM_SUCCESS, __allocm_1_3(&p, NULL, 64,
	    ARENA((int)a)));
	ATF_REQUIRE_EQ(0, mallctl("arenas.lookup", &of, &len, &p, sizeof(p)));
	ATF_CHECK_EQ(a, of);
	ATF_CHECK_EQ(ALLOCM_SUCCESS, __dallocm_1_3(p, ARENA((int)a)));
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, allocate);
	ATF_TP_ADD_TC(tp, fail);
	ATF_TP_ADD_TC(tp, resize);
	ATF_TP_ADD_TC(tp, arena);
	return (atf_no_error());
}
