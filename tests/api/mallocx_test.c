/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <limits.h>
#include <malloc_np.h>
#include <pthread.h>

#include "../include/testutil.h"

#define	SIZE_TOP	((size_t)0x7000000000000000)
#define	NMAX		1000

static void	*got[NMAX];

/* The values are the interface: programs have been compiled with them. */
ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	size_t variable = (size_t)1 << 40;

	(void)tc;
	ATF_CHECK_EQ(0, MALLOCX_LG_ALIGN(0));
	ATF_CHECK_EQ(63, MALLOCX_LG_ALIGN(63));
	ATF_CHECK_EQ(0, MALLOCX_ALIGN(1));
	ATF_CHECK_EQ(6, MALLOCX_ALIGN(64));
	ATF_CHECK_EQ(0x21, MALLOCX_ALIGN((size_t)1 << 33));
	ATF_CHECK_EQ(40, MALLOCX_ALIGN(variable));
	ATF_CHECK_EQ(0x40, MALLOCX_ZERO);
	ATF_CHECK_EQ(0x100, MALLOCX_TCACHE_NONE);
	ATF_CHECK_EQ(0x200, MALLOCX_TCACHE(0));
	ATF_CHECK_EQ(0x300, MALLOCX_TCACHE(1));
	ATF_CHECK_EQ(0xfff00, MALLOCX_TCACHE(4093));
	ATF_CHECK_EQ(0x100000, MALLOCX_ARENA(0));
	ATF_CHECK_EQ(0x200000, MALLOCX_ARENA(1));
	ATF_CHECK_EQ(INT_MIN + 0x7ff00000, MALLOCX_ARENA(4094));
}

static const int flag_words[] = {
	0, MALLOCX_ZERO, MALLOCX_TCACHE_NONE, MALLOCX_ARENA(0),
	MALLOCX_TCACHE_NONE | MALLOCX_ARENA(0) | MALLOCX_ZERO
};
#define	NWORDS	(sizeof(flag_words) / sizeof(flag_words[0]))

/* What is asked for, where, zero, as large as nallocx says; and freed. */
static void
one(size_t size, int lg, int flags)
{
	size_t usable = nallocx(size, lg | flags);
	void *p;

	errno = 77;
	p = mallocx(size, lg | flags);
	ATF_REQUIRE_MSG(p != NULL, "%zu bytes, flags %#x", size,
	    (unsigned)(lg | flags));
	ATF_REQUIRE_MSG(is_aligned(p, (size_t)1 << lg), "%p, %d", p, lg);
	ATF_REQUIRE(usable >= size);
	ATF_REQUIRE_EQ_MSG(usable, sallocx(p, lg | flags), "%zu: %zu, not %zu",
	    size, sallocx(p, 0), usable);
	ATF_REQUIRE_EQ(usable, malloc_usable_size(p));
	if ((flags & MALLOCX_ZERO) != 0)
		ATF_REQUIRE_EQ(usable, zero_prefix(p, usable));
	memset(p, 0x99, usable < 9000 ? usable : 9000);
	if (size % 3 == 0)
		dallocx(p, flags);
	else if (size % 3 == 1)
		sdallocx(p, size, lg | flags);
	else
		free(p);
	ATF_REQUIRE_EQ(77, errno);
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	size_t size, i;

	(void)tc;
	for (i = 0; i < NWORDS; i++)
		for (size = 0; size <= 5 * MIB; size = next_size(size))
			one(size, 0, flag_words[i]);
}

ATF_TC_WITHOUT_HEAD(alignments);
ATF_TC_BODY(alignments, tc)
{
	static const size_t sizes[] = { 1, 16, 100, 1000, 4096, 5000, 16384,
	    16385, 40000, 500000, 1 << 20, 5000000 };
	size_t i, j;
	int lg;

	(void)tc;
	for (lg = 0; lg <= 26; lg++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			for (j = 0; j < NWORDS; j++)
				one(sizes[i], lg, flag_words[j]);
}

/* Those that live at once do not overlap. */
ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	static size_t size[NMAX];
	uint64_t state = 3;
	size_t round, i;
	int flags, lg;

	(void)tc;
	for (round = 0; round < 40000; round++) {
		i = test_random(&state) % NMAX;
		flags = flag_words[test_random(&state) % NWORDS];
		lg = (int)(test_random(&state) % 13);
		if (got[i] != NULL) {
			ATF_REQUIRE_EQ(size[i], pattern_check(got[i], size[i],
			    i));
			dallocx(got[i], flags);
		}
		size[i] = 1 + test_random(&state) % (round % 100 == 0 ?
		    200000 : 3000);
		got[i] = mallocx(size[i], flags | lg);
		ATF_REQUIRE(got[i] != NULL);
		pattern_fill(got[i], size[i], i);
	}
	for (i = 0; i < NMAX; i++)
		dallocx(got[i], 0);
}

/* Nothing of that size can be had, and nothing says so but the result. */
ATF_TC_WITHOUT_HEAD(too_large);
ATF_TC_BODY(too_large, tc)
{
	static const size_t sizes[] = { SIZE_TOP, SIZE_TOP + 1,
	    (size_t)PTRDIFF_MAX, SIZE_MAX, SIZE_MAX - 4095 };
	void *p = mallocx(100, 0);
	size_t i, j;

	(void)tc;
	memset(p, 5, 100);
	errno = 77;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (j = 0; j < NWORDS; j++) {
			ATF_CHECK_EQ(NULL, mallocx(hide_size(sizes[i]),
			    flag_words[j]));
			ATF_CHECK_EQ(NULL, rallocx(p, hide_size(sizes[i]),
			    flag_words[j]));
		}
		if (sizes[i] > SIZE_TOP)
			ATF_CHECK_EQ(0, nallocx(sizes[i], 0));
		ATF_CHECK_EQ(sallocx(p, 0), xallocx(p, sizes[i], 0, 0));
	}
	ATF_CHECK_EQ(NULL, mallocx(1, MALLOCX_LG_ALIGN(63)));
	ATF_CHECK_EQ(0, nallocx(1, MALLOCX_LG_ALIGN(63)));
	ATF_CHECK(nallocx(1, MALLOCX_LG_ALIGN(62)) >= 1);
	ATF_CHECK_EQ(NULL, rallocx(p, 100, MALLOCX_LG_ALIGN(63)));
	ATF_CHECK_EQ(77, errno);
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(5, ((char *)p)[i]);
	dallocx(p, 0);
}

/* An arena that was never made gives NULL, and what is there stays. */
ATF_TC_WITHOUT_HEAD(no_arena);
ATF_TC_BODY(no_arena, tc)
{
	void *p = mallocx(100, 0), *q = mallocx(40000, 0);

	(void)tc;
	errno = 77;
	ATF_CHECK_EQ(NULL, mallocx(100, MALLOCX_ARENA(4000)));
	ATF_CHECK_EQ(NULL, mallocx(1 << 22, MALLOCX_ARENA(4094)));
	ATF_CHECK_EQ(NULL, rallocx(p, 1000, MALLOCX_ARENA(4000)));
	ATF_CHECK_EQ(p, rallocx(p, 100, MALLOCX_ARENA(4000)));
	ATF_CHECK_EQ(77, errno);
	/* Freeing knows better. */
	dallocx(p, MALLOCX_ARENA(4000));
	sdallocx(q, 40000, MALLOCX_ARENA(4000) | MALLOCX_TCACHE_NONE);
}

ATF_TC_WITHOUT_HEAD(null);
ATF_TC_BODY(null, tc)
{
	(void)tc;
	errno = 77;
	dallocx(hide(NULL), 0);
	dallocx(hide(NULL), MALLOCX_TCACHE_NONE);
	sdallocx(hide(NULL), 100, 0);
	sdallocx(hide(NULL), 100, MALLOCX_TCACHE_NONE);
	ATF_CHECK_EQ(77, errno);
}

ATF_TC_WITHOUT_HEAD(size_zero);
ATF_TC_BODY(size_zero, tc)
{
	void *p = mallocx(hide_size(0), 0), *q = mallocx(hide_size(0), 0);

	(void)tc;
	ATF_CHECK(p != NULL && q != NULL && p != q);
	ATF_CHECK_EQ(8, sallocx(p, 0));
	ATF_CHECK_EQ(8, nallocx(0, 0));
	ATF_CHECK_EQ(8, xallocx(p, 0, 0, 0));
	p = rallocx(p, hide_size(0), 0);
	ATF_CHECK(p != NULL);
	dallocx(p, 0);
	p = rallocx(q, 300000, 0);
	ATF_CHECK(p != NULL);
	p = rallocx(p, hide_size(0), 0);
	ATF_CHECK_EQ(8, sallocx(p, 0));
	dallocx(p, 0);
}

/* From every size to every other: contents, zeros, alignment. */
ATF_TC_WITHOUT_HEAD(rallocx_all);
ATF_TC_BODY(rallocx_all, tc)
{
	static const size_t sizes[] = { 1, 100, 112, 113, 4000, 16384, 16385,
	    20480, 60000, 1 << 20, (1 << 20) + 1, 2000000, 1 << 21,
	    (1 << 21) + 1, 7000000 };
	static const int aligns[] = { 0, 6, 12, 14, 22 };
	size_t n = sizeof(sizes) / sizeof(sizes[0]), i, j, k, w, old, new;
	size_t least;
	char *p;
	int flags;

	(void)tc;
	for (i = 0; i < n * n * NWORDS; i++) {
		j = i % n;
		k = i / n % n;
		w = i / (n * n);
		flags = flag_words[w] | aligns[i % 5];
		p = mallocx(sizes[j], flag_words[w]);
		old = sallocx(p, 0);
		pattern_fill(p, old, i);
		errno = 77;
		p = rallocx(p, sizes[k], flags);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE_EQ(77, errno);
		new = sallocx(p, 0);
		least = old < new ? old : new;
		ATF_REQUIRE(new >= sizes[k]);
		ATF_REQUIRE_EQ_MSG(nallocx(sizes[k], flags), new,
		    "%zu to %zu, %#x: %zu", sizes[j], sizes[k],
		    (unsigned)flags, new);
		ATF_REQUIRE(is_aligned(p, (size_t)1 << aligns[i % 5]));
		ATF_REQUIRE_EQ(least, pattern_check(p, least, i));
		if ((flags & MALLOCX_ZERO) != 0 && new > old)
			ATF_REQUIRE_EQ(new - old, zero_prefix(p + old,
			    new - old));
		dallocx(p, flags);
	}
}

/* All bytes that were never written are zero, however it grew. */
ATF_TC_WITHOUT_HEAD(rallocx_zero);
ATF_TC_BODY(rallocx_zero, tc)
{
	size_t size = 1, usable;
	char *p, *q;

	(void)tc;
	for (; size < 30 * MIB; size += size / 3 + 1) {
		/* What lies about is not zero. */
		q = mallocx(size, 0);
		memset(q, 0xff, sallocx(q, 0));
		dallocx(q, 0);
		p = size == 1 ? mallocx(size, MALLOCX_ZERO) :
		    rallocx(p, size, MALLOCX_ZERO);
		ATF_REQUIRE(p != NULL);
		usable = sallocx(p, 0);
		ATF_REQUIRE_EQ(usable, zero_prefix(p, usable));
	}
	dallocx(p, 0);
}

/* What is small stays as it is. */
ATF_TC_WITHOUT_HEAD(xallocx_small);
ATF_TC_BODY(xallocx_small, tc)
{
	static const size_t to[] = { 0, 1, 100, 5000, 16384, 16385, 1 << 20,
	    SIZE_TOP, SIZE_TOP + 1, SIZE_MAX };
	size_t size, i, old;
	void *p;

	(void)tc;
	errno = 77;
	for (size = 1; size <= 16384; size = next_size(size)) {
		p = mallocx(size, 0);
		old = sallocx(p, 0);
		for (i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
			ATF_REQUIRE_EQ(old, xallocx(p, to[i], 0, 0));
			if (to[i] <= SIZE_TOP)
				ATF_REQUIRE_EQ(old, xallocx(p, 1, to[i],
				    MALLOCX_ZERO));
		}
		dallocx(p, 0);
	}
	ATF_CHECK_EQ(77, errno);
}

ATF_TC_WITHOUT_HEAD(xallocx_large);
ATF_TC_BODY(xallocx_large, tc)
{
	size_t old, size, i, was;
	char *p;

	(void)tc;
	p = mallocx(40960, 0);
	errno = 77;
	ATF_CHECK_EQ(20480, xallocx(p, 16385, 0, 0));
	ATF_CHECK_EQ(20480, xallocx(p, 100, 0, 0));
	ATF_CHECK_EQ(20480, xallocx(p, 100, 16284, 0));
	ATF_CHECK_EQ(20480, xallocx(p, 20480, 0, 0));
	ATF_CHECK_EQ(20480, xallocx(p, SIZE_TOP + 1, 0, 0));
	ATF_CHECK_EQ(20480, xallocx(p, SIZE_MAX, 0, MALLOCX_ZERO));
	/* Too much together: as far as it goes, or size alone. */
	old = xallocx(p, 20480, SIZE_TOP, 0);
	ATF_CHECK_EQ(20480, old);
	dallocx(p, 0);

	/* Down and up; contents stay, what is new is zero. */
	for (i = 0; i < 600; i += test_stride(20) + i / 8) {
		size = 20000 + i * 37777;
		p = mallocx(size, 0);
		was = sallocx(p, 0);
		pattern_fill(p, was, i);
		old = xallocx(p, size / 2 + 1, 0, 0);
		if (size / 2 + 1 > 16384)
			ATF_REQUIRE_EQ(nallocx(size / 2 + 1, 0), old);
		ATF_REQUIRE_EQ(old, sallocx(p, 0));
		ATF_REQUIRE_EQ(old, pattern_check(p, old, i));
		size = xallocx(p, old + 1, old, MALLOCX_ZERO);
		ATF_REQUIRE(size >= old);
		ATF_REQUIRE_EQ(size, sallocx(p, 0));
		ATF_REQUIRE_EQ(old, pattern_check(p, old, i));
		ATF_REQUIRE_EQ(size - old, zero_prefix(p + old, size - old));
		dallocx(p, 0);
	}
	ATF_CHECK_EQ(77, errno);
}

/* A pointer that is not on such a multiple cannot get there in place. */
ATF_TC_WITHOUT_HEAD(xallocx_aligned);
ATF_TC_BODY(xallocx_aligned, tc)
{
	void *p;
	int lg = 12;

	(void)tc;
	p = mallocx(40960, MALLOCX_ALIGN(4096));
	while (is_aligned(p, (size_t)1 << lg))
		lg++;
	ATF_CHECK_EQ(40960, xallocx(p, 20480, 0, MALLOCX_LG_ALIGN(lg)));
	ATF_CHECK_EQ(20480, xallocx(p, 20480, 0, MALLOCX_LG_ALIGN(lg - 1)));
	dallocx(p, 0);
}

static uint64_t
thread_count(const char *name)
{
	uint64_t n = 0;
	size_t len = sizeof(n);

	ATF_REQUIRE_EQ(0, mallctl(name, &n, &len, NULL, 0));
	return (n);
}

/* Whatever the flags, the thread's counters have what is usable. */
ATF_TC_WITHOUT_HEAD(counted);
ATF_TC_BODY(counted, tc)
{
	static const size_t sizes[] = { 1, 100, 5000, 16000, 30000, 1 << 20,
	    3 << 20 };
	uint64_t up, down;
	size_t i, j, usable;
	void *p;

	(void)tc;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (j = 0; j < NWORDS; j++) {
			up = thread_count("thread.allocated");
			down = thread_count("thread.deallocated");
			p = mallocx(sizes[i], flag_words[j]);
			usable = sallocx(p, 0);
			ATF_CHECK_EQ(up + usable,
			    thread_count("thread.allocated"));
			dallocx(p, flag_words[(j + 1) % NWORDS]);
			ATF_CHECK_EQ(down + usable,
			    thread_count("thread.deallocated"));
		}
	}
}

static unsigned
created(const char *name)
{
	size_t len = sizeof(unsigned);
	unsigned n = UINT_MAX;

	ATF_REQUIRE_EQ(0, mallctl(name, &n, &len, NULL, 0));
	return (n);
}

static int
told(const char *name, unsigned n)
{
	return (mallctl(name, NULL, NULL, &n, sizeof(n)));
}

static unsigned
arena_of(void *p)
{
	size_t len = sizeof(unsigned);
	unsigned n = UINT_MAX;

	ATF_REQUIRE_EQ(0, mallctl("arenas.lookup", &n, &len, &p, sizeof(p)));
	return (n);
}

/* An arena and a cache of one's own, in every function. */
ATF_TC_WITHOUT_HEAD(own_arena_and_cache);
ATF_TC_BODY(own_arena_and_cache, tc)
{
	unsigned arena = created("arenas.create"), id;
	unsigned other = created("arenas.create");
	int flags, away;
	size_t i;
	void *p;

	(void)tc;
	id = created("tcache.create");
	flags = MALLOCX_ARENA(arena) | MALLOCX_TCACHE((int)id);
	away = MALLOCX_ARENA(other) | MALLOCX_TCACHE_NONE;
	for (i = 0; i < NMAX; i++) {
		got[i] = mallocx(1 + i * 37, flags | (i % 2 == 0 ?
		    MALLOCX_ZERO : 0));
		ATF_REQUIRE(got[i] != NULL);
		ATF_REQUIRE_EQ(arena, arena_of(got[i]));
		memset(got[i], 0x66, 1 + i * 37);
	}
	for (i = 0; i < NMAX; i++) {
		/* Where it stays it stays; where it moves the flags say. */
		p = rallocx(got[i], 1 + i * 37 + i * 11, i % 3 == 0 ? away :
		    flags);
		ATF_REQUIRE_EQ(p == got[i] || i % 3 != 0 ? arena : other,
		    arena_of(p));
		got[i] = p;
		ATF_REQUIRE_EQ(0x66, ((char *)p)[i * 37]);
	}
	for (i = 0; i < NMAX; i++)
		if (i % 2 == 0)
			dallocx(got[i], flags);
		else
			sdallocx(got[i], 1 + i * 48, flags);
	p = rallocx(malloc(3 << 20), 5 << 20, flags | MALLOCX_ZERO);
	ATF_REQUIRE(p != NULL);
	dallocx(p, flags);
	ATF_CHECK_EQ(0, told("tcache.flush", id));
	ATF_CHECK_EQ(0, told("tcache.destroy", id));
	ATF_CHECK(told("tcache.flush", id) != 0);
	ATF_CHECK(told("tcache.destroy", id) != 0);
	ATF_CHECK(told("tcache.flush", 100000) != 0);
	ATF_CHECK_EQ(id, created("tcache.create"));
	/* It is no more: as if no cache were named. */
	ATF_CHECK_EQ(0, told("tcache.destroy", id));
	dallocx(mallocx(100, flags), flags);
}

/* As many as asked for, all different. */
ATF_TC_WITHOUT_HEAD(batch);
ATF_TC_BODY(batch, tc)
{
	batch_alloc_packet_t packet = { got, NMAX, 200, MALLOCX_ZERO |
	    MALLOCX_ALIGN(32) };
	size_t n = 0, len = sizeof(n), i;

	(void)tc;
	ATF_REQUIRE_EQ(0, mallctl("experimental.batch_alloc", &n, &len,
	    &packet, sizeof(packet)));
	ATF_REQUIRE_EQ(NMAX, n);
	for (i = 0; i < n; i++) {
		ATF_REQUIRE(is_aligned(got[i], 32));
		ATF_REQUIRE_EQ(200, zero_prefix(got[i], 200));
		memset(got[i], 1, 200);
	}
	for (i = 0; i < n; i++)
		sdallocx(got[i], 200, MALLOCX_ALIGN(32));
	packet.size = SIZE_MAX;
	ATF_REQUIRE_EQ(0, mallctl("experimental.batch_alloc", &n, &len,
	    &packet, sizeof(packet)));
	ATF_CHECK_EQ(0, n);
}

static size_t	told_bytes;

static void
listen_to(void *arg, const char *text)
{
	if (arg == NULL)
		told_bytes += strlen(text);
}

/* What malloc_message is set to gets the messages. */
ATF_TC_WITHOUT_HEAD(message);
ATF_TC_BODY(message, tc)
{
	(void)tc;
	malloc_message = listen_to;
	malloc_stats_print(NULL, NULL, "gmdablxeh");
	malloc_message = NULL;
	ATF_CHECK(told_bytes > 0);
}

static void *
taker(void *arg)
{
	size_t i;

	for (i = 0; i < NMAX; i++)
		got[i] = mallocx(1 + i * 13, flag_words[i % NWORDS]);
	return (arg);
}

/* Freed by another than the thread that took them. */
ATF_TC_WITHOUT_HEAD(other_thread);
ATF_TC_BODY(other_thread, tc)
{
	pthread_t thread;
	size_t i;

	(void)tc;
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, taker, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	for (i = 0; i < NMAX; i++)
		sdallocx(got[i], 1 + i * 13, flag_words[(i / 2) % NWORDS]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, alignments);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, too_large);
	ATF_TP_ADD_TC(tp, no_arena);
	ATF_TP_ADD_TC(tp, null);
	ATF_TP_ADD_TC(tp, size_zero);
	ATF_TP_ADD_TC(tp, rallocx_all);
	ATF_TP_ADD_TC(tp, rallocx_zero);
	ATF_TP_ADD_TC(tp, xallocx_small);
	ATF_TP_ADD_TC(tp, xallocx_large);
	ATF_TP_ADD_TC(tp, xallocx_aligned);
	ATF_TP_ADD_TC(tp, counted);
	ATF_TP_ADD_TC(tp, own_arena_and_cache);
	ATF_TP_ADD_TC(tp, batch);
	ATF_TP_ADD_TC(tp, message);
	ATF_TP_ADD_TC(tp, other_thread);
	return (atf_no_error());
}
