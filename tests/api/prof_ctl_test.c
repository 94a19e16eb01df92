/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What programs set of heap profiles as they run.  Each object is a sample,
 * unless a test says otherwise.
 */

#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "../include/profiles.h"

extern const char *malloc_conf;
const char *malloc_conf = "prof:true,lg_prof_sample:0,prof_accum:true,"
    "prof_stats:true,prof_unbias:false,lg_prof_interval:63";

static int
string_set(const char *name, const char *value)
{
	return (mallctl(name, NULL, NULL, &value, sizeof(value)));
}

static bool
file_exists(const char *format, unsigned seq, unsigned n)
{
	char name[128];

	(void)snprintf(name, sizeof(name), format, (int)getpid(), seq, n);
	return (access(name, R_OK) == 0);
}

ATF_TC_WITHOUT_HEAD(reset);
ATF_TC_BODY(reset, tc)
{
	struct profile now;
	size_t lg, len = sizeof(lg);
	void *old = hide(malloc(100)), *p;

	ATF_REQUIRE_EQ(0, mallctl("prof.reset", NULL, NULL, NULL, 0));
	now = profile_now();
	ATF_CHECK_EQ(0, now.objects);
	ATF_CHECK_EQ(0, now.all_bytes);
	p = hide(malloc(200));
	free(old);
	/* It had been forgotten: what is counted is there. */
	now = profile_now();
	ATF_CHECK_EQ(1, now.objects);
	ATF_CHECK_EQ(malloc_usable_size(p), now.bytes);
	ATF_CHECK_EQ(1, now.all_objects);
	free(p);
	now = profile_now();
	ATF_CHECK_EQ(0, now.objects);
	ATF_CHECK_EQ(1, now.all_objects);
	profile_reset(40);
	ATF_CHECK_EQ(0, mallctl("prof.lg_sample", &lg, &len, NULL, 0));
	ATF_CHECK_EQ(40, lg);
	ATF_CHECK(strncmp(profile_read(NULL), "heap_v2/1099511627776\n",
	    22) == 0);
	profile_reset(64);
	ATF_CHECK_EQ(0, mallctl("prof.lg_sample", &lg, &len, NULL, 0));
	ATF_CHECK_EQ(63, lg);
	ATF_CHECK_EQ(0, mallctl("opt.lg_prof_sample", &lg, &len, NULL, 0));
	ATF_CHECK_EQ(0, lg);
	ATF_CHECK_EQ(EINVAL, mallctl("prof.reset", NULL, NULL, &lg, 1));
}

ATF_TC_WITHOUT_HEAD(interval);
ATF_TC_BODY(interval, tc)
{
	size_t len = sizeof(uint64_t);
	uint64_t bytes;

	ATF_REQUIRE_EQ(0, mallctl("prof.interval", &bytes, &len, NULL, 0));
	ATF_CHECK_EQ((uint64_t)1 << 63, bytes);
}

/* None of these for one so long; all for one of a byte, before long. */
ATF_TC_WITHOUT_HEAD(period);
ATF_TC_BODY(period, tc)
{
	struct profile now;
	unsigned i;

	profile_reset(60);
	for (i = 0; i < 10000; i++)
		free(hide(malloc(1000)));
	now = profile_sums_of("heap_v2/1152921504606846976\n",
	    profile_read(NULL));
	ATF_CHECK_EQ(0, now.all_objects);
	profile_reset(0);
	for (i = 0; i < 1000; i++)
		free(hide(malloc(1000)));
	profile_reset(0);
	for (i = 0; i < 1000; i++)
		free(hide(malloc(1000)));
	now = profile_now();
	ATF_CHECK_EQ(0, now.objects);
	ATF_CHECK_EQ(1000, now.all_objects);
}

/* Destructors of a thread that has no cache any more. */
static pthread_key_t late_key;
static unsigned late_calls;

static void
late_make(void *arg)
{
	unsigned i;

	if (++late_calls < PTHREAD_DESTRUCTOR_ITERATIONS) {
		(void)pthread_setspecific(late_key, arg);
		return;
	}
	for (i = 0; i < 100; i++)
		free(hide(malloc(1000)));
}

static void *
late_begin(void *arg)
{
	free(hide(malloc(1000)));
	(void)pthread_setspecific(late_key, &late_key);
	return (arg);
}

/* All samples of a period, while a thread ends so. */
static uint64_t
late_samples(size_t lg, const char *first)
{
	pthread_t thread;

	late_calls = 0;
	profile_reset(lg);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, late_begin, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK_EQ(PTHREAD_DESTRUCTOR_ITERATIONS, late_calls);
	return (profile_sums_of(first, profile_read(NULL)).all_objects);
}

/* What comes by no cache has a period of its own, which is set as well. */
ATF_TC_WITHOUT_HEAD(period_late);
ATF_TC_BODY(period_late, tc)
{
	uint64_t n;

	ATF_REQUIRE_EQ(0, pthread_key_create(&late_key, late_make));
	ATF_CHECK(late_samples(0, "heap_v2/1\n") >= 100);
	/* 98 of 100, each by itself. */
	n = late_samples(8, "heap_v2/256\n");
	ATF_CHECK_MSG(n >= 80, "%ju samples", (uintmax_t)n);
	n = late_samples(60, "heap_v2/1152921504606846976\n");
	ATF_CHECK_MSG(n == 0, "%ju samples", (uintmax_t)n);
	ATF_CHECK(late_samples(0, "heap_v2/1\n") >= 100);
}

static int cache_flags;

static void *
share_one(unsigned i, size_t size)
{
	switch (i) {
	case 0: return (malloc(size));
	case 1: return (calloc(1, size));
	case 2: return (aligned_alloc(64, size));
	case 3: return (mallocx(size, MALLOCX_TCACHE_NONE));
	default: return (mallocx(size, cache_flags));
	}
}

/* 1 - e^-x: e^-x is nearly 1 - x where x is small. */
static double
exp_part(double x)
{
	double part = 1 - x / 1048576;
	int i;

	for (i = 0; i < 20; i++)
		part *= part;
	return (1 - part);
}

/*
 * Of objects of one size as many are samples as there should be, whichever
 * way they come.  Off by six standard deviations is not by chance.
 */
static void
share_check(void)
{
	static const size_t sizes[] = { 64, 1024, 5120, 40960, 1280 * KIB };
	const unsigned most = 20000 / (unsigned)test_stride(10);
	size_t len = sizeof(unsigned);
	double p, n, off;
	unsigned i, k, cache;

	ATF_REQUIRE_EQ(0, mallctl("tcache.create", &cache, &len, NULL, 0));
	cache_flags = MALLOCX_TCACHE(cache);
	for (i = 0; i < 5 * 5; i++) {
		profile_reset(i % 5 == 4 ? 20 : 12);
		for (k = 0; k < (i % 5 == 4 ? most / 10 : most); k++)
			free(hide(share_one(i / 5, sizes[i % 5])));
		n = (double)profile_sums_of(i % 5 == 4 ? "heap_v2/1048576\n" :
		    "heap_v2/4096\n", profile_read(NULL)).all_objects;
		p = exp_part((double)nallocx(sizes[i % 5], 0) /
		    (i % 5 == 4 ? 1048576 : 4096));
		off = n - k * p;
		/* What was drawn for the period before may have been lost. */
		ATF_CHECK_MSG(off * off <= 36 * k * p * (1 - p) + 25,
		    "way %u, %zu bytes: %.0f samples of %u, not %.0f", i / 5,
		    sizes[i % 5], n, k, k * p);
	}
}

ATF_TC_WITHOUT_HEAD(share);
ATF_TC_BODY(share, tc)
{
	share_check();
}

/* The same of a thread whose cache keeps nothing. */
ATF_TC_WITHOUT_HEAD(share_uncached);
ATF_TC_BODY(share_uncached, tc)
{
	ATF_CHECK(profile_switch("thread.tcache.enabled", false));
	share_check();
}

ATF_TC_WITHOUT_HEAD(dump_names);
ATF_TC_BODY(dump_names, tc)
{
	static char longest[4200];

	ATF_CHECK_EQ(0, string_set("prof.prefix", "one"));
	ATF_CHECK_EQ(0, mallctl("prof.dump", NULL, NULL, NULL, 0));
	ATF_CHECK(file_exists("one.%d.%u.m%u.heap", 0, 0));
	/* A name of its own has no number. */
	ATF_CHECK_EQ(0, string_set("prof.dump", "named"));
	ATF_CHECK_EQ(0, access("named", R_OK));
	ATF_CHECK_EQ(0, string_set("prof.prefix", "two"));
	ATF_CHECK_EQ(0, string_set("prof.dump", NULL));
	ATF_CHECK(file_exists("two.%d.%u.m%u.heap", 1, 1));
	ATF_CHECK_EQ(0, string_set("prof.prefix", ""));
	ATF_CHECK_EQ(EFAULT, mallctl("prof.dump", NULL, NULL, NULL, 0));
	ATF_CHECK_EQ(0, string_set("prof.dump", "named again"));
	ATF_CHECK_EQ(0, string_set("prof.prefix", "three"));
	ATF_CHECK_EQ(0, mallctl("prof.dump", NULL, NULL, NULL, 0));
	ATF_CHECK(file_exists("three.%d.%u.m%u.heap", 2, 2));
	ATF_CHECK_EQ(EFAULT, string_set("prof.dump", "not/there"));
	ATF_CHECK_EQ(EINVAL, string_set("prof.prefix", NULL));
	memset(longest, 'x', sizeof(longest) - 1);
	ATF_CHECK_EQ(0, string_set("prof.prefix", longest));
	ATF_CHECK_EQ(EFAULT, mallctl("prof.dump", NULL, NULL, NULL, 0));
}

/* A dump each time that memory grows beyond what there ever was. */
ATF_TC_WITHOUT_HEAD(gdump);
ATF_TC_BODY(gdump, tc)
{
	void *p;

	ATF_CHECK(!profile_switch("prof.gdump", true));
	free(hide(malloc(100)));
	ATF_CHECK(!file_exists("jeprof.%d.%u.u%u.heap", 0, 0));
	p = hide(malloc(64 * MIB));
	free(hide(malloc(100)));
	ATF_CHECK(file_exists("jeprof.%d.%u.u%u.heap", 0, 0));
	free(p);
	ATF_CHECK(profile_switch("prof.gdump", false));
	p = hide(malloc(256 * MIB));
	free(hide(malloc(100)));
	free(p);
	ATF_CHECK(!file_exists("jeprof.%d.%u.u%u.heap", 1, 1));
	ATF_CHECK(!profile_switch_is("prof.gdump"));
}

static struct profile
one_more(void)
{
	struct profile before = profile_now(), now;
	void *p = hide(malloc(100));

	now = profile_now();
	ATF_CHECK_EQ(now.objects - before.objects,
	    now.all_objects - before.all_objects);
	now.objects -= before.objects;
	free(p);
	ATF_CHECK_EQ(before.objects, profile_now().objects);
	return (now);
}

static void *
thread_samples(void *arg)
{
	*(bool *)arg = one_more().objects == 1;
	return (NULL);
}

static bool
in_thread(void)
{
	pthread_t thread;
	bool is;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, thread_samples, &is));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	return (is);
}

/* Of all threads, and of one. */
ATF_TC_WITHOUT_HEAD(active);
ATF_TC_BODY(active, tc)
{
	struct profile before;
	void *p = hide(malloc(100));

	ATF_CHECK(profile_switch("prof.active", false));
	ATF_CHECK(!profile_switch_is("prof.active"));
	ATF_CHECK_EQ(0, one_more().objects);
	ATF_CHECK(!in_thread());
	/* What was sampled before is known when it goes. */
	before = profile_now();
	free(p);
	profile_more(&before, -1, -(int64_t)nallocx(100, 0), 0, 0);
	ATF_CHECK(!profile_switch("prof.active", true));
	ATF_CHECK_EQ(1, one_more().objects);
	ATF_CHECK(profile_switch("thread.prof.active", false));
	ATF_CHECK_EQ(0, one_more().objects);
	ATF_CHECK(in_thread());
	ATF_CHECK(!profile_switch("thread.prof.active", true));
	ATF_CHECK_EQ(1, one_more().objects);
}

static void *
thread_init(void *arg)
{
	ATF_CHECK(!profile_switch_is("thread.prof.active"));
	ATF_CHECK_EQ(0, one_more().objects);
	(void)profile_switch("thread.prof.active", true);
	ATF_CHECK_EQ(1, one_more().objects);
	return (arg);
}

/* What a thread begins with. */
ATF_TC_WITHOUT_HEAD(thread_active_init);
ATF_TC_BODY(thread_active_init, tc)
{
	pthread_t thread;

	ATF_CHECK_EQ(1, one_more().objects);
	ATF_CHECK(profile_switch("prof.thread_active_init", false));
	ATF_CHECK_EQ(1, one_more().objects);
	ATF_CHECK(profile_switch_is("thread.prof.active"));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, thread_init, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK(!profile_switch("prof.thread_active_init", true));
	ATF_CHECK(in_thread());
}

static const char *
thread_name(void)
{
	const char *name;
	size_t len = sizeof(name);

	ATF_REQUIRE_EQ(0, mallctl("thread.prof.name", &name, &len, NULL, 0));
	return (name);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	const char *name = "x";
	size_t len = sizeof(name);

	ATF_CHECK_STREQ("", thread_name());
	ATF_CHECK_EQ(0, string_set("thread.prof.name", "a name\t!"));
	ATF_CHECK_STREQ("a name\t!", thread_name());
	ATF_CHECK_EQ(EINVAL, string_set("thread.prof.name", "two\nlines"));
	ATF_CHECK_EQ(EINVAL, string_set("thread.prof.name", "\x7f"));
	ATF_CHECK_EQ(EINVAL, string_set("thread.prof.name", "\xc3\xa4"));
	ATF_CHECK_EQ(EINVAL, string_set("thread.prof.name", NULL));
	ATF_CHECK_EQ(EPERM, mallctl("thread.prof.name", &name, &len, &name,
	    sizeof(name)));
	ATF_CHECK_STREQ("a name\t!", thread_name());
	ATF_CHECK_EQ(0, string_set("thread.prof.name",
	    "worker thread 0123456789"));
	ATF_CHECK_STREQ("worker thread 0", thread_name());
	free(hide(malloc(100)));
	ATF_CHECK(strstr(profile_read(NULL), "] worker thread 0\n") != NULL);
	ATF_CHECK_EQ(0, string_set("thread.prof.name", ""));
	ATF_CHECK_STREQ("", thread_name());
	ATF_CHECK(strstr(profile_read(NULL), "] \n") == NULL);
}

struct class_stats {
	uint64_t	req_sum, count;
};

static struct class_stats
stats_of(const char *kind, unsigned i, const char *what)
{
	struct class_stats stats;
	size_t len = sizeof(stats);
	char name[64];

	(void)snprintf(name, sizeof(name), "prof.stats.%s.%u.%s", kind, i,
	    what);
	ATF_REQUIRE_EQ(0, mallctl(name, &stats, &len, NULL, 0));
	return (stats);
}

/* Of "bin" or "lextent": the number of the class of so many bytes. */
static unsigned
class_of(const char *kind, size_t size)
{
	size_t value, len = sizeof(value);
	char name[64];
	unsigned i;

	for (i = 0;; i++) {
		(void)snprintf(name, sizeof(name), "arenas.%s.%u.size", kind,
		    i);
		ATF_REQUIRE_EQ(0, mallctl(name, &value, &len, NULL, 0));
		if (value >= size)
			return (i);
	}
}

static void
stats_check(const char *kind, unsigned i, const struct class_stats *from,
    uint64_t count, uint64_t sum)
{
	struct class_stats live = stats_of(kind, i, "live");
	struct class_stats accum = stats_of(kind, i, "accum");

	ATF_CHECK_EQ(count, live.count - from[0].count);
	ATF_CHECK_EQ(sum, live.req_sum - from[0].req_sum);
	ATF_CHECK_EQ(3, accum.count - from[1].count);
	ATF_CHECK_EQ(300, accum.req_sum - from[1].req_sum);
}

/* Samples of each class, and the bytes that were asked for. */
ATF_TC_WITHOUT_HEAD(stats);
ATF_TC_BODY(stats, tc)
{
	unsigned i = class_of("bin", nallocx(100, 0));
	unsigned large = class_of("lextent", 3 * MIB);
	struct class_stats from[2] = { stats_of("bins", i, "live"),
	    stats_of("bins", i, "accum") }, more[2];
	void *p = hide(malloc(100)), *q = hide(calloc(4, 25));
	void *r = hide(mallocx(100, MALLOCX_TCACHE_NONE | MALLOCX_ZERO));

	stats_check("bins", i, from, 3, 300);
	free(p);
	free(q);
	stats_check("bins", i, from, 1, 100);
	dallocx(r, 0);
	stats_check("bins", i, from, 0, 0);
	from[0] = stats_of("lextents", large, "live");
	from[1] = stats_of("lextents", large, "accum");
	p = hide(malloc(3 * MIB - 5000));
	more[0] = stats_of("lextents", large, "live");
	ATF_CHECK_EQ(from[0].count + 1, more[0].count);
	ATF_CHECK_EQ(from[0].req_sum + 3 * MIB - 5000, more[0].req_sum);
	free(p);
	more[0] = stats_of("lextents", large, "live");
	more[1] = stats_of("lextents", large, "accum");
	ATF_CHECK_EQ(from[0].count, more[0].count);
	ATF_CHECK_EQ(from[0].req_sum, more[0].req_sum);
	ATF_CHECK_EQ(from[1].count + 1, more[1].count);
	ATF_REQUIRE_EQ(0, mallctl("prof.reset", NULL, NULL, NULL, 0));
	ATF_CHECK_EQ(0, stats_of("bins", i, "accum").count);
	ATF_CHECK_EQ(0, stats_of("lextents", large, "live").req_sum);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reset);
	ATF_TP_ADD_TC(tp, interval);
	ATF_TP_ADD_TC(tp, period);
	ATF_TP_ADD_TC(tp, period_late);
	ATF_TP_ADD_TC(tp, share);
	ATF_TP_ADD_TC(tp, share_uncached);
	ATF_TP_ADD_TC(tp, dump_names);
	ATF_TP_ADD_TC(tp, gdump);
	ATF_TP_ADD_TC(tp, active);
	ATF_TP_ADD_TC(tp, thread_active_init);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, stats);
	return (atf_no_error());
}
