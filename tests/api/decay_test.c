/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Memory that a program has freed goes back to the system while the program
 * does next to nothing: pairs of malloc and free that its cache serves.
 */

#include <atf-c.h>
#include <malloc.h>
#include <pthread.h>
#include <time.h>

#include "../include/testutil.h"

#define	TOTAL		(256 * MIB)
#define	DEADLINE	30	/* seconds; sixty times the decay */

int	 mallctl(const char *, void *, size_t *, void *, size_t);
extern const char *malloc_conf;
const char *malloc_conf = "dirty_decay_ms:500,muzzy_decay_ms:0";

static size_t baseline;
/* As much may stay. */
static size_t leave = TOTAL / 20;

/* n blocks of that size, each filled with its own number. */
static unsigned char **
fill(size_t size, size_t n)
{
	unsigned char **p;
	size_t i;

	baseline = resident_bytes();
	if (baseline == 0)
		atf_tc_skip("/proc/self/status is not there");
	p = malloc(n * sizeof(*p));
	ATF_REQUIRE(p != NULL);
	for (i = 0; i < n; i++) {
		p[i] = malloc(size);
		ATF_REQUIRE(p[i] != NULL);
		memset(p[i], (int)(i % 251), size);
	}
	return (p);
}

static void
fill_and_free(size_t size, size_t total)
{
	size_t i, n = total / size;
	unsigned char **p;

	p = fill(size, n);
	ATF_REQUIRE(resident_bytes() > baseline + total);
	for (i = 0; i < n; i++)
		free(p[i]);
	free(p);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec + ts.tv_nsec / 1e9);
}

static size_t
excess(void)
{
	size_t resident = resident_bytes();

	return (resident > baseline ? resident - baseline : 0);
}

/*
 * One pair every few milliseconds until what may not stay has gone.  The
 * resident size is asked rarely: it is no light work.
 */
static void *
light_work(void *arg)
{
	double start = now();
	int i;

	while (excess() > leave && now() < start + DEADLINE) {
		for (i = 0; i < 100; i++) {
			free(hide(malloc(64)));
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 },
			    NULL);
		}
	}
	printf("%zu MiB are left after %.1f s\n", excess() / MIB,
	    now() - start);
	ATF_CHECK_MSG(excess() <= leave, "%zu MiB are left",
	    excess() / MIB);
	return (arg);
}

static void
require_returned(void)
{
	ATF_CHECK_MSG(excess() <= TOTAL / 20, "%zu MiB of %zu are left",
	    excess() / MIB, TOTAL / MIB);
}

ATF_TC(small);
ATF_TC_HEAD(small, tc)
{
	atf_tc_set_md_var(tc, "descr", "Small objects, the thread that freed");
}
ATF_TC_BODY(small, tc)
{
	(void)tc;
	fill_and_free(64, TOTAL);
	light_work(NULL);
	require_returned();
}

ATF_TC(another_thread);
ATF_TC_HEAD(another_thread, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "The thread that freed is silent, another works");
}
ATF_TC_BODY(another_thread, tc)
{
	pthread_t thread;

	(void)tc;
	fill_and_free(64, TOTAL);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, light_work, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	require_returned();
}

ATF_TC(large);
ATF_TC_HEAD(large, tc)
{
	atf_tc_set_md_var(tc, "descr", "Blocks of many pages");
}
ATF_TC_BODY(large, tc)
{
	(void)tc;
	fill_and_free(300 * KIB, TOTAL);
	light_work(NULL);
	require_returned();
}

ATF_TC(on_demand);
ATF_TC_HEAD(on_demand, tc)
{
	atf_tc_set_md_var(tc, "descr", "A purge returns everything at once");
}
ATF_TC_BODY(on_demand, tc)
{
	(void)tc;
	fill_and_free(64, TOTAL);
	ATF_REQUIRE_EQ(0, mallctl("thread.tcache.flush", NULL, NULL, NULL, 0));
	ATF_REQUIRE_EQ(0, mallctl("arena.4096.purge", NULL, NULL, NULL, 0));
	require_returned();
}

/*
 * Dirty memory, used again by blocks that are shorter, in part, then purged:
 * what calloc takes for fresh must be so to the last byte.
 */
ATF_TC(purged_is_zero);
ATF_TC_HEAD(purged_is_zero, tc)
{
	atf_tc_set_md_var(tc, "descr", "calloc from memory that was purged");
}
ATF_TC_BODY(purged_is_zero, tc)
{
	uint64_t seed = 6;
	size_t from, size;
	char *p;
	int round;

	(void)tc;
	for (round = 0; round < 200; round++) {
		from = 1 + test_random(&seed) % (10 * MIB);
		p = malloc(from);
		ATF_REQUIRE(p != NULL);
		memset(p, 0xff, from);
		size = 1 + test_random(&seed) % (2 * from);
		if (round % 2 != 0) {
			p = realloc(p, size);
			ATF_REQUIRE(p != NULL);
			free(p);
		} else {
			free(p);
			free(hide(malloc(size)));
		}
		if (round % 3 != 0)
			ATF_REQUIRE_EQ(0, mallctl("arena.4096.purge", NULL,
			    NULL, NULL, 0));
		size = 1 + test_random(&seed) % (12 * MIB);
		p = calloc(1, size);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE_EQ_MSG(size, zero_prefix(p, size),
		    "round %d: byte %zu of %zu is not zero", round,
		    zero_prefix(p, size), size);
		free(p);
	}
}

/*
 * One object in sixteen is kept, at random: hardly a slab is empty, but
 * seven pages in eight are.  A quarter may stay, and what is kept stays as
 * it was.
 */
ATF_TC(scattered);
ATF_TC_HEAD(scattered, tc)
{
	atf_tc_set_md_var(tc, "descr", "Empty pages inside slabs in use");
}
ATF_TC_BODY(scattered, tc)
{
	const size_t size = 2 * KIB, n = TOTAL / size;
	/* One in so many stays: whatever a page is, few have one. */
	const size_t few = 8 * (size_t)sysconf(_SC_PAGESIZE) / size;
	uint64_t seed = 9;
	unsigned char **p;
	size_t i;

	(void)tc;
	p = fill(size, n);
	for (i = 0; i < n; i++)
		if (test_random(&seed) % few != 0) {
			free(p[i]);
			p[i] = NULL;
		}
	leave = TOTAL / 4;
	light_work(NULL);
	for (i = 0; i < n; i++)
		if (p[i] != NULL) {
			ATF_REQUIRE_EQ(i % 251, p[i][0]);
			ATF_REQUIRE_EQ(i % 251, p[i][size - 1]);
			free(p[i]);
		}
	free(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, small);
	ATF_TP_ADD_TC(tp, another_thread);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, on_demand);
	ATF_TP_ADD_TC(tp, purged_is_zero);
	ATF_TP_ADD_TC(tp, scattered);

	return (atf_no_error());
}
