/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Each object is a sample here: a profile counts all of them, by whatever
 * function they come, change and go.
 */

#include <sys/wait.h>

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../include/profiles.h"

extern const char *malloc_conf;
const char *malloc_conf = "prof:true,lg_prof_sample:0,prof_accum:true";

static int arena_flags, cache_flags;

static unsigned
number_of(const char *name)
{
	size_t len = sizeof(unsigned);
	unsigned n;

	ATF_REQUIRE_EQ(0, mallctl(name, &n, &len, NULL, 0));
	return (n);
}

static void
places_make(void)
{
	arena_flags = MALLOCX_ARENA(number_of("arenas.create"));
	cache_flags = MALLOCX_TCACHE(number_of("tcache.create"));
}

static void *
batch_one(size_t size, int flags)
{
	void *p = NULL;
	batch_alloc_packet_t packet = { &p, 1, size, flags };
	size_t n, len = sizeof(n);

	ATF_REQUIRE_EQ(0, mallctl("experimental.batch_alloc", &n, &len,
	    &packet, sizeof(packet)));
	ATF_REQUIRE_EQ(1, n);
	return (p);
}

static void *
posix_one(size_t align, size_t size)
{
	void *p;

	ATF_REQUIRE_EQ(0, posix_memalign(&p, align, size));
	return (p);
}

/* Every way to an object, of each kind: of a slab, of pages, of superpages. */
#define	WAYS		26

static void *
way(unsigned i)
{
	switch (i) {
	case 0: return (malloc(100));
	case 1: return (malloc(0));
	case 2: return (malloc(40 * KIB));
	case 3: return (malloc(3 * MIB));
	case 4: return (calloc(3, 100));
	case 5: return (calloc(1, 40 * KIB));
	case 6: return (calloc(3, MIB));
	case 7: return (realloc(NULL, 100));
	case 8: return (reallocarray(NULL, 10, 1000));
	case 9: return (recallocarray(NULL, 0, 10, 7));
	case 10: return (aligned_alloc(64, 192));
	case 11: return (aligned_alloc(MIB, MIB));
	case 12: return (posix_one(64 * KIB, 100));
	case 13: return (posix_one(4 * KIB, 100));
	case 14: return (memalign(256, 5000));
	case 15: return (valloc(100));
	case 16: return (strdup("by the C library"));
	case 17: return (mallocx(100, 0));
	case 18: return (mallocx(100, MALLOCX_ALIGN(512) | MALLOCX_ZERO));
	case 19: return (mallocx(100, arena_flags));
	case 20: return (mallocx(100, cache_flags));
	case 21: return (mallocx(100, MALLOCX_TCACHE_NONE));
	case 22: return (mallocx(40 * KIB, arena_flags | cache_flags));
	case 23: return (mallocx(MIB, arena_flags | MALLOCX_TCACHE_NONE));
	case 24: return (batch_one(100, 0));
	default: return (batch_one(100, arena_flags | cache_flags));
	}
}

#define	FREES		6

static void
gone(unsigned i, void *p)
{
	switch (i) {
	case 0:
		free(p);
		break;
	case 1:
		dallocx(p, 0);
		break;
	case 2:
		dallocx(p, MALLOCX_TCACHE_NONE);
		break;
	case 3:
		dallocx(p, cache_flags);
		break;
	case 4:
		sdallocx(p, malloc_usable_size(p), 0);
		break;
	default:
		free_sized(p, malloc_usable_size(p));
	}
}

ATF_TC_WITHOUT_HEAD(ways);
ATF_TC_BODY(ways, tc)
{
	enum { N = 40 };
	struct profile before;
	void *p[N];
	size_t bytes;
	unsigned i, k;

	places_make();
	for (i = 0; i < WAYS; i++) {
		before = profile_now();
		bytes = 0;
		for (k = 0; k < N; k++) {
			p[k] = hide(way(i));
			ATF_REQUIRE(p[k] != NULL);
			bytes += malloc_usable_size(p[k]);
		}
		profile_more(&before, N, (int64_t)bytes, N, (int64_t)bytes);
		for (k = 0; k < N; k++)
			gone(k % FREES, p[k]);
		profile_more(&before, 0, 0, N, (int64_t)bytes);
	}
}

/* To the program a sample is an object like any other. */
ATF_TC_WITHOUT_HEAD(contents);
ATF_TC_BODY(contents, tc)
{
	size_t size;
	char *p;

	for (size = 1; size < 3 * MIB; size = next_size(size) + size / 16) {
		p = hide(malloc(size));
		ATF_REQUIRE(p != NULL);
		ATF_CHECK_EQ(nallocx(size, 0), malloc_usable_size(p));
		ATF_CHECK(is_aligned(p, size < 16 ? 8 : 16));
		memset(p, 0x5a, malloc_usable_size(p));
		free(p);
		p = hide(calloc(1, size));
		ATF_REQUIRE(p != NULL);
		ATF_CHECK_EQ(size, zero_prefix(p, size));
		pattern_fill(p, size, size);
		p = hide(realloc(p, size + size / 8 + 1));
		ATF_REQUIRE(p != NULL);
		ATF_CHECK_EQ(size, pattern_check(p, size, size));
		free(p);
	}
}

#define	RESIZES		5

static void *
resized(unsigned how, void *p, size_t size)
{
	switch (how) {
	case 0: return (realloc(p, size));
	case 1: return (reallocarray(p, size, 1));
	case 2: return (rallocx(p, size, 0));
	case 3: return (rallocx(p, size, MALLOCX_ALIGN(256) | MALLOCX_ZERO));
	default: return (rallocx(p, size, arena_flags | MALLOCX_TCACHE_NONE));
	}
}

/* From each kind to each: it is one object, of the size it has. */
ATF_TC_WITHOUT_HEAD(resizes);
ATF_TC_BODY(resizes, tc)
{
	static const size_t sizes[] = { 1, 100, 120, 5000, 20000, 300000,
	    310000, 2 * MIB, 5 * MIB };
	enum { N = sizeof(sizes) / sizeof(sizes[0]) };
	struct profile before, now;
	size_t least;
	unsigned i;
	void *p;

	places_make();
	for (i = 0; i < N * N * RESIZES; i += (unsigned)test_stride(7)) {
		size_t from = sizes[i / RESIZES % N];
		size_t to = sizes[i / RESIZES / N];

		before = profile_now();
		p = hide(malloc(from));
		pattern_fill(p, from, i);
		p = hide(resized(i % RESIZES, p, to));
		ATF_REQUIRE(p != NULL);
		least = from < to ? from : to;
		ATF_CHECK_EQ(least, pattern_check(p, least, i));
		now = profile_now();
		ATF_CHECK_EQ(1, now.objects - before.objects);
		ATF_CHECK_EQ(malloc_usable_size(p), now.bytes - before.bytes);
		free(p);
		now = profile_now();
		ATF_CHECK_EQ(0, now.objects - before.objects);
		ATF_CHECK_EQ(0, now.bytes - before.bytes);
	}
}

/* In place, or not at all: either way it is counted as it is. */
ATF_TC_WITHOUT_HEAD(in_place);
ATF_TC_BODY(in_place, tc)
{
	static const size_t sizes[] = { 1, 100, 20000, 24000, 300000, 2 * MIB,
	    9 * MIB };
	enum { N = sizeof(sizes) / sizeof(sizes[0]) };
	struct profile before;
	unsigned i, grown = 0;
	size_t size;
	void *p;

	for (i = 0; i < N * N; i++) {
		p = hide(malloc(sizes[i % N]));
		before = profile_now();
		size = malloc_usable_size(p);
		ATF_CHECK_EQ(xallocx(p, sizes[i / N], i % 3 * 10000, 0),
		    malloc_usable_size(p));
		grown += malloc_usable_size(p) != size;
		size = malloc_usable_size(p) - size;
		ATF_CHECK_EQ(before.objects, profile_now().objects);
		ATF_CHECK_EQ(size, profile_now().bytes - before.bytes);
		free(p);
	}
	ATF_CHECK(grown > 0);
}

/* realloc() that fails leaves its object, and what is known of it. */
ATF_TC_WITHOUT_HEAD(failures);
ATF_TC_BODY(failures, tc)
{
	static const size_t sizes[] = { 100, 40 * KIB, 3 * MIB };
	struct profile before;
	unsigned i;
	void *p;

	for (i = 0; i < 3; i++) {
		p = hide(malloc(sizes[i]));
		before = profile_now();
		ATF_CHECK(realloc(p, hide_size(SIZE_MAX / 2)) == NULL);
		ATF_CHECK(rallocx(p, hide_size((size_t)1 << 46), 0) == NULL);
		ATF_CHECK(malloc(hide_size(SIZE_MAX)) == NULL);
		profile_more(&before, 0, 0, 0, 0);
		free(p);
		ATF_CHECK_EQ(before.objects - 1, profile_now().objects);
	}
}

/* Slots that threads fill, change and empty, each other's too. */
#define	NTHREADS	4
#define	NSLOTS		200

static _Atomic(void *) slots[NSLOTS];

static void *
storm(void *arg)
{
	uint64_t state = (uintptr_t)arg, r;
	unsigned i;
	void *p;

	for (i = 0; i < 5000; i++) {
		r = test_random(&state);
		p = atomic_exchange(&slots[r % NSLOTS], NULL);
		if (p == NULL)
			p = way((unsigned)(r >> 16) % (WAYS - 2));
		else if (r >> 32 & 1)
			p = resized((unsigned)(r >> 34) % RESIZES, p,
			    (size_t)(r >> 40) % 30000 + 1);
		ATF_REQUIRE(p != NULL);
		p = atomic_exchange(&slots[(r >> 8) % NSLOTS], p);
		if (p != NULL)
			gone(i % FREES, p);
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(threads);
ATF_TC_BODY(threads, tc)
{
	pthread_t thread[NTHREADS];
	struct profile before, after;
	size_t bytes = 0, n = 0;
	uintptr_t i;
	void *p;

	places_make();
	/* Named caches are not for several threads at once. */
	cache_flags = 0;
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, storm,
		    (void *)(i * 7919 + 1)));
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], NULL));
	before = profile_now();
	for (i = 0; i < NSLOTS; i++) {
		p = slots[i];
		n += p != NULL;
		bytes += p != NULL ? malloc_usable_size(p) : 0;
		free(p);
	}
	after = profile_now();
	ATF_CHECK(n > 0);
	ATF_CHECK_EQ(n, before.objects - after.objects);
	ATF_CHECK_EQ(bytes, before.bytes - after.bytes);
}

/* What was made before main is known when it goes. */
static void *early;

__attribute__((constructor)) static void
early_make(void)
{
	early = malloc(1000);
}

ATF_TC_WITHOUT_HEAD(constructor);
ATF_TC_BODY(constructor, tc)
{
	struct profile before = profile_now();
	size_t size = malloc_usable_size(early);

	ATF_CHECK(strstr(profile_text, "@ 0x") != NULL);
	free(early);
	profile_more(&before, -1, -(int64_t)size, 0, 0);
}

/*
 * Destructors of a thread, of which the last come when it has no cache any
 * more.
 */
static pthread_key_t key;
static void *late[16];
static unsigned nlate;

static void
late_make(void *arg)
{
	if (nlate + 3 > 16)
		return;
	late[nlate++] = malloc(100);
	late[nlate++] = calloc(1, 40 * KIB);
	late[nlate] = realloc(malloc(50), 5000);
	nlate++;
	(void)pthread_setspecific(key, arg);
}

static void *
late_begin(void *arg)
{
	(void)pthread_setspecific(key, &late);
	return (arg);
}

ATF_TC_WITHOUT_HEAD(destructor);
ATF_TC_BODY(destructor, tc)
{
	struct profile before;
	pthread_t thread;
	size_t bytes = 0;
	unsigned i;

	ATF_REQUIRE_EQ(0, pthread_key_create(&key, late_make));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, late_begin, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	/* glibc and musl both come by four times. */
	ATF_REQUIRE(nlate > 3);
	before = profile_now();
	for (i = 0; i < nlate; i++) {
		bytes += malloc_usable_size(late[i]);
		free(late[i]);
	}
	profile_more(&before, -(int64_t)nlate, -(int64_t)bytes, 0, 0);
}

/* The least stack that a thread may have is enough for all of it. */
static void *
small_stack(void *arg)
{
	void *p = malloc(100);

	profile_dump("small");
	free(realloc(p, 100000));
	return (arg);
}

ATF_TC_WITHOUT_HEAD(stack);
ATF_TC_BODY(stack, tc)
{
	const size_t least = (size_t)PTHREAD_STACK_MIN;
	pthread_attr_t attr;
	pthread_t thread;

	ATF_REQUIRE_EQ(0, pthread_attr_init(&attr));
	ATF_REQUIRE_EQ(0, pthread_attr_setstacksize(&attr, least > 16384 ?
	    least : 16384));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, &attr, small_stack, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	(void)profile_sums(profile_read("small"));
}

/* A child has what its parent has, and its own. */
ATF_TC_WITHOUT_HEAD(child);
ATF_TC_BODY(child, tc)
{
	struct profile before;
	void *p = malloc(100), *q = malloc(3 * MIB);
	int status;
	pid_t pid;

	before = profile_now();
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		struct profile now = profile_now();

		if (now.objects != before.objects ||
		    now.bytes != before.bytes)
			_exit(2);
		free(p);
		free(q);
		now = profile_now();
		_exit(now.objects + 2 == before.objects ? 0 : 3);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
	profile_more(&before, 0, 0, 0, 0);
	free(p);
	free(q);
}

/* What an arena throws away does not live. */
ATF_TC_WITHOUT_HEAD(arenas);
ATF_TC_BODY(arenas, tc)
{
	static const char *const ways[] = { "reset", "destroy" };
	struct profile before;
	char name[64];
	unsigned i, k, arena = 0;
	void *p;

	for (i = 0; i < 2; i++) {
		arena = number_of("arenas.create");
		before = profile_now();
		for (k = 0; k < 30; k++)
			ATF_REQUIRE(mallocx((size_t)1 << k / 2 * 3 / 2,
			    MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE) !=
			    NULL);
		ATF_CHECK_EQ(30, profile_now().objects - before.objects);
		(void)snprintf(name, sizeof(name), "arena.%u.%s", arena,
		    ways[i]);
		ATF_REQUIRE_EQ(0, mallctl(name, NULL, NULL, NULL, 0));
		ATF_CHECK_EQ(before.objects, profile_now().objects);
		ATF_CHECK_EQ(before.bytes, profile_now().bytes);
	}
	/* Others' stay. */
	before = profile_now();
	p = hide(malloc(100));
	arena = number_of("arenas.create");
	(void)snprintf(name, sizeof(name), "arena.%u.destroy", arena);
	ATF_REQUIRE_EQ(0, mallctl(name, NULL, NULL, NULL, 0));
	ATF_CHECK_EQ(before.objects + 1, profile_now().objects);
	free(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ways);
	ATF_TP_ADD_TC(tp, contents);
	ATF_TP_ADD_TC(tp, resizes);
	ATF_TP_ADD_TC(tp, in_place);
	ATF_TP_ADD_TC(tp, failures);
	ATF_TP_ADD_TC(tp, threads);
	ATF_TP_ADD_TC(tp, constructor);
	ATF_TP_ADD_TC(tp, destructor);
	ATF_TP_ADD_TC(tp, stack);
	ATF_TP_ADD_TC(tp, child);
	ATF_TP_ADD_TC(tp, arenas);
	return (atf_no_error());
}
