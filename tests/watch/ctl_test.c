/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/names.h"
#include "heap/arena.h"
#include "thread/tsd.h"
#include "util/config.h"
#include "util/options.h"
#include "watch/ctl.h"
#include "watch/snapshot.h"

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const char *const bad[] = { "", ".", "..", "x", "version.",
	    ".version", "version.x", "opt", "opt.", "opt.x", "arenas.bin",
	    "arenas.bin.0", "arenas..bin.0.size", "arenas.bin.0.size.",
	    "arenas.bin.-1.size", "arenas.bin. 1.size", "arenas.bin.1x.size",
	    "arenas.bin.0x1.size", "arenas.bin.99999999999999999999.size",
	    "opt.lg_tcache_max", "a.b.c.d.e.f.g.h.i",
	    "stats.arenas.0.bins.0.nmalloc.x.y" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(ENOENT, bas_mallctl(bad[i], NULL, NULL,
		    NULL, 0), "\"%s\"", bad[i]);
}

ATF_TC_WITHOUT_HEAD(mib);
ATF_TC_BODY(mib, tc)
{
	size_t mib[CTL_DEPTH_MAX], miblen, size, len = sizeof(size), i;

	/* As much as fits. */
	miblen = 2;
	mib[2] = 12345;
	ATF_CHECK_EQ(0, bas_mallctlnametomib("arenas.bin.0.size", mib,
	    &miblen));
	ATF_CHECK_EQ(2, miblen);
	ATF_CHECK_EQ(12345, mib[2]);
	/* The beginning of a name. */
	miblen = CTL_DEPTH_MAX;
	ATF_CHECK_EQ(0, bas_mallctlnametomib("arenas.bin", mib, &miblen));
	ATF_CHECK_EQ(2, miblen);
	miblen = CTL_DEPTH_MAX;
	ATF_CHECK_EQ(ENOENT, bas_mallctlnametomib("arenas.bim", mib,
	    &miblen));
	/* One MIB for all bins. */
	miblen = CTL_DEPTH_MAX;
	ATF_CHECK_EQ(0, bas_mallctlnametomib("arenas.bin.0.size", mib,
	    &miblen));
	ATF_CHECK_EQ(4, miblen);
	for (i = 0; i < SC_NSMALL; i++) {
		mib[2] = i;
		ATF_CHECK_EQ(0, bas_mallctlbymib(mib, miblen, &size, &len,
		    NULL, 0));
		ATF_CHECK_EQ(sizeclass_size((unsigned)i + 1), size);
	}
	mib[2] = i;
	ATF_CHECK_EQ(ENOENT, bas_mallctlbymib(mib, miblen, &size, &len,
	    NULL, 0));
	ATF_CHECK_EQ(ENOENT, bas_mallctlbymib(mib, 0, NULL, NULL, NULL, 0));
}

ATF_TC_WITHOUT_HEAD(version);
ATF_TC_BODY(version, tc)
{
	const char *version;
	size_t len = sizeof(version);
	unsigned major, minor, bugfix, nrev;
	char gid[41];

	ATF_CHECK_EQ(0, bas_mallctl("version", &version, &len, NULL, 0));
	ATF_CHECK_STREQ(BASALT_VERSION, version);
	ATF_CHECK_EQ(5, sscanf(version, "%u.%u.%u-%u-g%40s", &major, &minor,
	    &bugfix, &nrev, gid));
	ATF_CHECK_EQ(BASALT_VERSION_MAJOR, major);
	ATF_CHECK_EQ(BASALT_VERSION_MINOR, minor);
	ATF_CHECK_EQ(BASALT_VERSION_BUGFIX, bugfix);
	ATF_CHECK_EQ(BASALT_VERSION_NREV, nrev);
	ATF_CHECK_STREQ(BASALT_VERSION_GID, gid);
}

ATF_TC_WITHOUT_HEAD(epoch);
ATF_TC_BODY(epoch, tc)
{
	uint64_t before, after, any = 1;
	size_t len = sizeof(before);

	ATF_CHECK_EQ(0, bas_mallctl("epoch", &before, &len, NULL, 0));
	/* It answers with the new one. */
	ATF_CHECK_EQ(0, bas_mallctl("epoch", &after, &len, &any,
	    sizeof(any)));
	ATF_CHECK_EQ(before + 1, after);
	ATF_CHECK_EQ(EINVAL, bas_mallctl("epoch", &after, &len, &any, 4));
	ATF_CHECK_EQ(0, bas_mallctl("epoch", &after, &len, NULL, 0));
	ATF_CHECK_EQ(before + 1, after);
}

ATF_TC_WITHOUT_HEAD(options);
ATF_TC_BODY(options, tc)
{
	const char *word;
	size_t max, len;
	ssize_t ms;
	bool b;

	bas_free(bas_malloc(1));
	len = sizeof(ms);
	ATF_CHECK_EQ(0, bas_mallctl("opt.dirty_decay_ms", &ms, &len, NULL,
	    0));
	ATF_CHECK_EQ(10000, ms);
	len = sizeof(max);
	ATF_CHECK_EQ(0, bas_mallctl("opt.tcache_max", &max, &len, NULL, 0));
	ATF_CHECK_EQ(_bas_options.tcache_max, max);
	len = sizeof(b);
	ATF_CHECK_EQ(0, bas_mallctl("opt.tcache", &b, &len, NULL, 0));
	ATF_CHECK(b);
	len = sizeof(word);
	ATF_CHECK_EQ(0, bas_mallctl("opt.zero_realloc", &word, &len, NULL,
	    0));
	ATF_CHECK_STREQ("free", word);
	/* The library under test junks. */
	ATF_CHECK_EQ(0, bas_mallctl("opt.junk", &word, &len, NULL, 0));
	ATF_CHECK_STREQ("true", word);
	ATF_CHECK_EQ(0, bas_mallctl("opt.stats_print_opts", &word, &len,
	    NULL, 0));
	ATF_CHECK_STREQ("", word);
}

ATF_TC_WITHOUT_HEAD(background);
ATF_TC_BODY(background, tc)
{
	size_t len = sizeof(bool), max, wanted = 2, none = 0, many = 99;
	bool was, is, on = true;

	ATF_CHECK_EQ(0, bas_mallctl("background_thread", &was, &len, &on,
	    sizeof(on)));
	ATF_CHECK(!was);
	ATF_CHECK_EQ(0, bas_mallctl("background_thread", &is, &len, NULL,
	    0));
	ATF_CHECK(is);
	ATF_CHECK_EQ(EINVAL, bas_mallctl("background_thread", NULL, NULL,
	    &on, 4));
	len = sizeof(max);
	ATF_CHECK_EQ(0, bas_mallctl("max_background_threads", &max, &len,
	    &wanted, sizeof(wanted)));
	ATF_CHECK_EQ(4, max);
	ATF_CHECK_EQ(EINVAL, bas_mallctl("max_background_threads", NULL,
	    NULL, &none, sizeof(none)));
	ATF_CHECK_EQ(EINVAL, bas_mallctl("max_background_threads", NULL,
	    NULL, &many, sizeof(many)));
	ATF_CHECK_EQ(0, bas_mallctl("max_background_threads", &max, &len,
	    NULL, 0));
	ATF_CHECK_EQ(2, max);
}

ATF_TC_WITHOUT_HEAD(arenas);
ATF_TC_BODY(arenas, tc)
{
	unsigned narenas, nbins, nlextents, nhbins;
	size_t len = sizeof(unsigned), page, size;
	char name[64];
	bool b;

	bas_free(bas_malloc(100));
	ATF_CHECK_EQ(0, bas_mallctl("arenas.narenas", &narenas, &len, NULL,
	    0));
	ATF_CHECK_EQ(_bas_arena_count(), narenas);
	ATF_CHECK_EQ(0, bas_mallctl("arenas.nbins", &nbins, &len, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("arenas.nlextents", &nlextents, &len,
	    NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("arenas.nhbins", &nhbins, &len, NULL,
	    0));
	ATF_CHECK_EQ(SC_NSMALL, nbins);
	ATF_CHECK_EQ(SC_NLARGE, nlextents);
	ATF_CHECK_EQ(SC_NCLASS, nhbins);
	len = sizeof(page);
	ATF_CHECK_EQ(0, bas_mallctl("arenas.page", &page, &len, NULL, 0));
	ATF_CHECK_EQ(4096, page);
	snprintf(name, sizeof(name), "arenas.lextent.%u.size",
	    nlextents - 1);
	ATF_CHECK_EQ(0, bas_mallctl(name, &size, &len, NULL, 0));
	ATF_CHECK_EQ(SC_SIZE_MAX, size);
	snprintf(name, sizeof(name), "arenas.lextent.%u.size", nlextents);
	ATF_CHECK_EQ(ENOENT, bas_mallctl(name, &size, &len, NULL, 0));
	len = sizeof(b);
	ATF_CHECK_EQ(0, bas_mallctl("arena.4096.initialized", &b, &len,
	    NULL, 0));
	ATF_CHECK(b);
	ATF_CHECK_EQ(0, bas_mallctl("arena.4097.initialized", &b, &len,
	    NULL, 0));
	ATF_CHECK(!b);
	/* The number after the last means all; the next none. */
	snprintf(name, sizeof(name), "arena.%u.initialized", narenas);
	ATF_CHECK_EQ(0, bas_mallctl(name, &b, &len, NULL, 0));
	ATF_CHECK(b);
	snprintf(name, sizeof(name), "arena.%u.initialized", narenas + 1);
	ATF_CHECK_EQ(ENOENT, bas_mallctl(name, &b, &len, NULL, 0));
	/* Statistics are there of arenas that are. */
	ATF_CHECK_EQ(0, bas_mallctl("stats.arenas.4096.pactive", NULL, NULL,
	    NULL, 0));
	ATF_CHECK_EQ(ENOENT, bas_mallctl("stats.arenas.4097.pactive", NULL,
	    NULL, NULL, 0));
}

ATF_TC_WITHOUT_HEAD(dirty_max);
ATF_TC_BODY(dirty_max, tc)
{
	ssize_t old = 1, new = 8 << 20, low = -2;
	size_t len = sizeof(old);

	bas_free(bas_malloc(100));
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.dirty_max", &old, &len, &new,
	    sizeof(new)));
	ATF_CHECK_EQ(0, old);
	ATF_CHECK_EQ(EFAULT, bas_mallctl("arena.0.dirty_max", NULL, NULL,
	    &low, sizeof(low)));
	ATF_CHECK_EQ(EFAULT, bas_mallctl("arena.4096.dirty_max", &old, &len,
	    NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.dirty_max", &old, &len, NULL,
	    0));
	ATF_CHECK_EQ(new, old);
	/* That is so much, and no more. */
	bas_free(bas_malloc((size_t)32 << 20));
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.decay", NULL, NULL, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("stats.arenas.0.pdirty", &len,
	    &(size_t){ sizeof(len) }, NULL, 0));
	ATF_CHECK_MSG(len <= (8 << 20) / 4096, "%zu pages", len);
}

ATF_TC_WITHOUT_HEAD(decay_ms);
ATF_TC_BODY(decay_ms, tc)
{
	ssize_t old, new = 250, low = -2, never = -1;
	size_t len = sizeof(old);

	bas_free(bas_malloc(100));
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.dirty_decay_ms", &old, &len,
	    &new, sizeof(new)));
	ATF_CHECK_EQ(10000, old);
	ATF_CHECK_EQ(EFAULT, bas_mallctl("arena.0.dirty_decay_ms", NULL,
	    NULL, &low, sizeof(low)));
	ATF_CHECK_EQ(EINVAL, bas_mallctl("arena.0.dirty_decay_ms", NULL,
	    NULL, &new, 4));
	/* A length that is wrong for reading stops the writing too. */
	len = 4;
	ATF_CHECK_EQ(EINVAL, bas_mallctl("arena.0.dirty_decay_ms", &old,
	    &len, &never, sizeof(never)));
	len = sizeof(old);
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.dirty_decay_ms", &old, &len,
	    NULL, 0));
	ATF_CHECK_EQ(250, old);
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.muzzy_decay_ms", &old, &len,
	    NULL, 0));
	ATF_CHECK_EQ(0, old);
	ATF_CHECK_EQ(EFAULT, bas_mallctl("arena.4096.dirty_decay_ms", &old,
	    &len, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("arenas.muzzy_decay_ms", &old, &len,
	    &never, sizeof(never)));
	ATF_CHECK_EQ(0, old);
	ATF_CHECK_EQ(0, bas_mallctl("arenas.muzzy_decay_ms", &old, &len,
	    NULL, 0));
	ATF_CHECK_EQ(-1, old);
	ATF_CHECK_EQ(EFAULT, bas_mallctl("arenas.muzzy_decay_ms", NULL,
	    NULL, &low, sizeof(low)));
}

static uint64_t
dirty_pages(void)
{
	uint64_t any = 1;
	size_t pages, len = sizeof(pages);

	ATF_REQUIRE_EQ(0, bas_mallctl("epoch", NULL, NULL, &any,
	    sizeof(any)));
	ATF_REQUIRE_EQ(0, bas_mallctl("stats.arenas.4096.pdirty", &pages,
	    &len, NULL, 0));
	return (pages);
}

ATF_TC_WITHOUT_HEAD(purge);
ATF_TC_BODY(purge, tc)
{
	void *volatile p;

	p = bas_malloc((size_t)8 << 20);
	ATF_REQUIRE(p != NULL);
	memset(p, 1, (size_t)8 << 20);
	bas_free(p);
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.decay", NULL, NULL, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.flush", NULL, NULL, NULL,
	    0));
	ATF_CHECK_EQ(0, bas_mallctl("arena.4096.purge", NULL, NULL, NULL,
	    0));
	ATF_CHECK_EQ(0, dirty_pages());
	/* Of no arena: nothing to do. */
	ATF_CHECK_EQ(0, bas_mallctl("arena.4097.purge", NULL, NULL, NULL,
	    0));
	ATF_CHECK_EQ(ENOENT, bas_mallctl("arena.4098.purge", NULL, NULL,
	    NULL, 0));
}

ATF_TC_WITHOUT_HEAD(thread);
ATF_TC_BODY(thread, tc)
{
	uint64_t a0, a1, d0, d1, *ap, *dp;
	size_t len = sizeof(a0);
	bool on, off = false, yes = true;
	void *volatile p;

	bas_free(bas_malloc(1));
	ATF_CHECK_EQ(0, bas_mallctl("thread.allocated", &a0, &len, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("thread.deallocated", &d0, &len, NULL,
	    0));
	p = bas_malloc(1000);
	ATF_CHECK_EQ(0, bas_mallctl("thread.allocated", &a1, &len, NULL, 0));
	ATF_CHECK_EQ(sizeclass_size(sizeclass_of(1000)), a1 - a0);
	bas_free(p);
	ATF_CHECK_EQ(0, bas_mallctl("thread.deallocated", &d1, &len, NULL,
	    0));
	ATF_CHECK_EQ(a1 - a0, d1 - d0);
	ATF_CHECK_EQ(0, bas_mallctl("thread.allocatedp", &ap, &len, NULL,
	    0));
	ATF_CHECK_EQ(0, bas_mallctl("thread.deallocatedp", &dp, &len, NULL,
	    0));
	ATF_CHECK(ap != NULL && dp != NULL && ap != dp);
	ATF_CHECK_EQ(a1, *ap);
	p = bas_malloc(1000);
	ATF_CHECK_EQ(a1 + (a1 - a0), *ap);
	ATF_CHECK_EQ(d1, *dp);
	bas_free(p);
	ATF_CHECK_EQ(d1 + (a1 - a0), *dp);
	len = sizeof(on);
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.enabled", &on, &len,
	    &off, sizeof(off)));
	ATF_CHECK(on);
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.enabled", &on, &len,
	    NULL, 0));
	ATF_CHECK(!on);
	ATF_CHECK_EQ(EFAULT, bas_mallctl("thread.tcache.flush", NULL, NULL,
	    NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.enabled", NULL, NULL,
	    &yes, sizeof(yes)));
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.flush", NULL, NULL, NULL,
	    0));
}

/* Of a program that has not allocated yet, too. */
ATF_TC_WITHOUT_HEAD(arena_zero);
ATF_TC_BODY(arena_zero, tc)
{
	ssize_t ms = 5, was = -1;
	size_t len = sizeof(was);
	bool is = false;

	ATF_CHECK_EQ(0, bas_mallctl("arena.0.dirty_decay_ms", &was, &len,
	    &ms, sizeof(ms)));
	ATF_CHECK(was > 0);
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.dirty_decay_ms", &was, &len,
	    NULL, 0));
	ATF_CHECK_EQ(5, was);
	len = sizeof(is);
	ATF_CHECK_EQ(0, bas_mallctl("arena.0.initialized", &is, &len, NULL,
	    0));
	ATF_CHECK(is);
	ATF_CHECK_EQ(0, bas_mallctl("stats.arenas.0.pactive", NULL, NULL,
	    NULL, 0));
}

/* What is written comes from anywhere, and may be any byte. */
ATF_TC_WITHOUT_HEAD(odd_bool);
ATF_TC_BODY(odd_bool, tc)
{
	unsigned char odd = 2, now = 0xee;
	size_t len = sizeof(now);

	ATF_CHECK_EQ(ENOENT, bas_mallctl("prof.active", NULL, NULL, &odd,
	    sizeof(odd)));
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.enabled", NULL, NULL,
	    &odd, sizeof(odd)));
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.enabled", &now, &len,
	    NULL, 0));
	ATF_CHECK_EQ(1, now);
}

ATF_TC_WITHOUT_HEAD(errno_kept);
ATF_TC_BODY(errno_kept, tc)
{
	errno = 77;
	bas_mallctl("arena.0.purge", NULL, NULL, NULL, 0);
	bas_mallctl("no.such.name", NULL, NULL, NULL, 0);
	bas_mallctl("arena.0.initialized", NULL, NULL, NULL, 1);
	ATF_CHECK_EQ(77, errno);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, mib);
	ATF_TP_ADD_TC(tp, version);
	ATF_TP_ADD_TC(tp, epoch);
	ATF_TP_ADD_TC(tp, options);
	ATF_TP_ADD_TC(tp, background);
	ATF_TP_ADD_TC(tp, arenas);
	ATF_TP_ADD_TC(tp, decay_ms);
	ATF_TP_ADD_TC(tp, dirty_max);
	ATF_TP_ADD_TC(tp, purge);
	ATF_TP_ADD_TC(tp, thread);
	ATF_TP_ADD_TC(tp, arena_zero);
	ATF_TP_ADD_TC(tp, odd_bool);
	ATF_TP_ADD_TC(tp, errno_kept);
	return (atf_no_error());
}
