/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Control names that make arenas, and set what is an arena's own. */

#include <atf-c.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../include/names.h"
#include "heap/arena.h"
#include "os/os.h"
#include "page/hooks.h"
#include "watch/ctl.h"

/* name with the number in place of its %u. */
static int
call(const char *format, unsigned i, void *oldp, size_t *oldlenp, void *newp,
    size_t newlen)
{
	char name[CTL_NAME_MAX];

	/* The formats are this file's own. */
	snprintf(name, sizeof(name), format, i);
	return (bas_mallctl(name, oldp, oldlenp, newp, newlen));
}

static int
command(const char *format, unsigned i)
{

	return (call(format, i, NULL, NULL, NULL, 0));
}

static unsigned
create(void)
{
	size_t len = sizeof(unsigned);
	unsigned i;

	ATF_REQUIRE_EQ(0, bas_mallctl("arenas.create", &i, &len, NULL, 0));
	return (i);
}

static unsigned
narenas(void)
{
	size_t len = sizeof(unsigned);
	unsigned n;

	ATF_REQUIRE_EQ(0, bas_mallctl("arenas.narenas", &n, &len, NULL, 0));
	return (n);
}

/* Created ones come after the others; a number is used again. */
ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	unsigned before = narenas(), a, b;
	size_t len = sizeof(bool);
	bool is;

	a = create();
	b = create();
	ATF_CHECK_EQ(before, a);
	ATF_CHECK_EQ(before + 1, b);
	ATF_CHECK_EQ(before + 2, narenas());
	ATF_CHECK_EQ(0, call("arena.%u.initialized", a, &is, &len, NULL, 0));
	ATF_CHECK(is);
	ATF_CHECK_EQ(0, bas_mallctl("arena.4097.initialized", &is, &len,
	    NULL, 0));
	ATF_CHECK(!is);
	ATF_CHECK_EQ(0, command("arena.%u.destroy", a));
	ATF_CHECK_EQ(0, call("arena.%u.initialized", a, &is, &len, NULL, 0));
	ATF_CHECK(!is);
	ATF_CHECK_EQ(0, bas_mallctl("arena.4097.initialized", &is, &len,
	    NULL, 0));
	ATF_CHECK(is);
	ATF_CHECK_EQ(EFAULT, command("arena.%u.destroy", a));
	ATF_CHECK_EQ(EFAULT, command("arena.%u.reset", a));
	ATF_CHECK_EQ(a, create());
	ATF_CHECK_EQ(before + 2, narenas());
	/* These are nobody's to destroy. */
	bas_free(bas_malloc(1));
	ATF_CHECK_EQ(EFAULT, command("arena.%u.reset", 0));
	ATF_CHECK_EQ(EFAULT, command("arena.%u.destroy", 0));
	ATF_CHECK_EQ(EFAULT, command("arena.%u.reset", 4096));
	ATF_CHECK_EQ(EFAULT, command("arena.%u.destroy", 4097));
}

static size_t
allocated(unsigned i)
{
	size_t small, large, len = sizeof(small);
	uint64_t any = 1;

	ATF_REQUIRE_EQ(0, bas_mallctl("epoch", NULL, NULL, &any,
	    sizeof(any)));
	ATF_REQUIRE_EQ(0, call("stats.arenas.%u.small.allocated", i, &small,
	    &len, NULL, 0));
	ATF_REQUIRE_EQ(0, call("stats.arenas.%u.large.allocated", i, &large,
	    &len, NULL, 0));
	return (small + large);
}

/* A thread that moves to an arena allocates there, until it is reset. */
ATF_TC_WITHOUT_HEAD(bind);
ATF_TC_BODY(bind, tc)
{
	unsigned old, i = create(), now, wrong = 99999, of;
	size_t len = sizeof(unsigned);
	void *p;

	ATF_CHECK_EQ(0, bas_mallctl("thread.arena", &old, &len, &i,
	    sizeof(i)));
	ATF_CHECK(old < narenas() && old != i);
	ATF_CHECK_EQ(0, bas_mallctl("thread.arena", &now, &len, NULL, 0));
	ATF_CHECK_EQ(i, now);
	ATF_CHECK_EQ(EFAULT, bas_mallctl("thread.arena", NULL, NULL, &wrong,
	    sizeof(wrong)));
	p = bas_malloc(3000000);
	ATF_REQUIRE(p != NULL);
	ATF_REQUIRE(bas_malloc(100) != NULL);
	ATF_CHECK_EQ(0, bas_mallctl("arenas.lookup", &of, &len, &p,
	    sizeof(p)));
	ATF_CHECK_EQ(i, of);
	ATF_CHECK(allocated(i) >= 3000000);
	ATF_CHECK_EQ(EFAULT, command("arena.%u.destroy", i));
	/* Its cache must not hold what is about to go. */
	ATF_CHECK_EQ(0, bas_mallctl("thread.arena", NULL, NULL, &old,
	    sizeof(old)));
	ATF_CHECK_EQ(0, bas_mallctl("thread.tcache.flush", NULL, NULL, NULL,
	    0));
	ATF_CHECK_EQ(0, command("arena.%u.reset", i));
	ATF_CHECK_EQ(0, allocated(i));
	ATF_CHECK_EQ(EINVAL, bas_mallctl("arenas.lookup", &of, &len, &p,
	    sizeof(p)));
	ATF_CHECK_EQ(0, command("arena.%u.destroy", i));
}

ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	size_t len = sizeof(size_t), dirty;
	uint64_t any = 1;
	unsigned i;
	void *p;

	for (i = 0; i <= 2 * _bas_os_cpus(); i++)
		(void)create();
	p = bas_malloc((size_t)8 << 20);
	ATF_REQUIRE(p != NULL);
	memset(p, 1, (size_t)8 << 20);
	bas_free(p);
	ATF_CHECK_EQ(0, bas_mallctl("thread.idle", NULL, NULL, NULL, 0));
	ATF_REQUIRE_EQ(0, bas_mallctl("epoch", NULL, NULL, &any,
	    sizeof(any)));
	ATF_CHECK_EQ(0, bas_mallctl("stats.arenas.4096.pdirty", &dirty, &len,
	    NULL, 0));
	ATF_CHECK_EQ(0, dirty);
}

ATF_TC_WITHOUT_HEAD(dss);
ATF_TC_BODY(dss, tc)
{
	const char *old, *primary = "primary", *wrong = "prim", *none = NULL;
	size_t len = sizeof(old);
	unsigned i = create();

	ATF_CHECK_EQ(0, call("arena.%u.dss", i, &old, &len, &primary,
	    sizeof(primary)));
	ATF_CHECK_STREQ("secondary", old);
	ATF_CHECK_EQ(0, call("arena.%u.dss", i, &old, &len, NULL, 0));
	ATF_CHECK_STREQ("primary", old);
	ATF_CHECK_EQ(0, call("stats.arenas.%u.dss", i, &old, &len, NULL, 0));
	ATF_CHECK_STREQ("primary", old);
	ATF_CHECK_EQ(EINVAL, call("arena.%u.dss", i, NULL, NULL, &wrong,
	    sizeof(wrong)));
	ATF_CHECK_EQ(EINVAL, call("arena.%u.dss", i, NULL, NULL, &none,
	    sizeof(none)));
	/* What new ones begin with. */
	ATF_CHECK_EQ(0, call("arena.%u.dss", 4096, &old, &len, &primary,
	    sizeof(primary)));
	ATF_CHECK_STREQ("secondary", old);
	i = create();
	ATF_CHECK_EQ(0, call("arena.%u.dss", i, &old, &len, NULL, 0));
	ATF_CHECK_STREQ("primary", old);
	ATF_CHECK_EQ(EFAULT, call("arena.%u.dss", 4097, &old, &len, NULL,
	    0));
}

ATF_TC_WITHOUT_HEAD(name);
ATF_TC_BODY(name, tc)
{
	char buf[33], *to = buf;
	const char *few = "web", *many =
	    "a name that is much longer than thirty-one characters";
	size_t len = sizeof(to);
	unsigned i = create();

	ATF_CHECK_EQ(0, call("arena.%u.name", i, NULL, NULL, &few,
	    sizeof(few)));
	memset(buf, '#', sizeof(buf));
	ATF_CHECK_EQ(0, call("arena.%u.name", i, &to, &len, &many,
	    sizeof(many)));
	ATF_CHECK_STREQ("web", buf);
	memset(buf, '#', sizeof(buf));
	ATF_CHECK_EQ(0, call("arena.%u.name", i, &to, &len, NULL, 0));
	ATF_CHECK_EQ(31, strlen(buf));
	ATF_CHECK_EQ(0, strncmp(buf, many, 31));
	ATF_CHECK_EQ('#', buf[32]);
	len = 4;
	ATF_CHECK_EQ(EINVAL, call("arena.%u.name", i, &to, &len, NULL, 0));
	len = sizeof(to);
	ATF_CHECK_EQ(EINVAL, call("arena.%u.name", 4096, &to, &len, NULL,
	    0));
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	size_t old, new = (size_t)64 << 20, none = 0, len = sizeof(old);
	unsigned i = create();

	ATF_CHECK_EQ(0, call("arena.%u.oversize_threshold", i, NULL, NULL,
	    &new, sizeof(new)));
	ATF_CHECK_EQ(0, call("arena.%u.oversize_threshold", i, &old, &len,
	    NULL, 0));
	ATF_CHECK_EQ(new, old);
	ATF_CHECK_EQ(0, call("arena.%u.retain_grow_limit", i, NULL, NULL,
	    &new, sizeof(new)));
	ATF_CHECK_EQ(0, call("arena.%u.retain_grow_limit", i, &old, &len,
	    NULL, 0));
	ATF_CHECK_EQ(new, old);
	ATF_CHECK_EQ(EFAULT, call("arena.%u.retain_grow_limit", i, NULL,
	    NULL, &none, sizeof(none)));
	ATF_CHECK_EQ(EFAULT, call("arena.%u.oversize_threshold", 4096, &old,
	    &len, NULL, 0));
	ATF_CHECK_EQ(EFAULT, call("arena.%u.retain_grow_limit", 4097, &old,
	    &len, NULL, 0));
}

static unsigned	nallocs;

static void *
counted_alloc(extent_hooks_t *hooks, void *at, size_t size, size_t align,
    bool *zero, bool *commit, unsigned i)
{

	(void)hooks;
	nallocs++;
	return (_bas_hooks_default.alloc(&_bas_hooks_default, at, size,
	    align, zero, commit, i));
}

static extent_hooks_t	counted = { .alloc = counted_alloc };

/* Hooks are seen where they were given, and called. */
ATF_TC_WITHOUT_HEAD(hooks);
ATF_TC_BODY(hooks, tc)
{
	extent_hooks_t *old, *new = &counted, *none = NULL;
	struct {
		extent_hooks_t	*hooks;
		bool		metadata;
	} config = { &counted, true };
	size_t len = sizeof(old), ilen = sizeof(unsigned);
	unsigned i, j;

	ATF_CHECK_EQ(0, bas_mallctl("arenas.create", &i, &ilen, &new,
	    sizeof(new)));
	ATF_CHECK_EQ(0, call("arena.%u.extent_hooks", i, &old, &len, NULL,
	    0));
	ATF_CHECK_EQ(&counted, old);
	ATF_CHECK_EQ(0, bas_mallctl("thread.arena", &j, &ilen, &i,
	    sizeof(i)));
	ATF_REQUIRE(bas_malloc(5000000) != NULL);
	ATF_CHECK(nallocs > 0);
	ATF_CHECK_EQ(0, bas_mallctl("experimental.arenas_create_ext", &j,
	    &ilen, &config, sizeof(config)));
	ATF_CHECK_EQ(0, call("arena.%u.extent_hooks", j, &old, &len, NULL,
	    0));
	ATF_CHECK_EQ(&counted, old);
	/* One without them has others, all nine of them. */
	i = create();
	ATF_CHECK_EQ(0, call("arena.%u.extent_hooks", i, &old, &len, &new,
	    sizeof(new)));
	ATF_CHECK(old != &counted && old->alloc != NULL &&
	    old->dalloc != NULL && old->destroy != NULL &&
	    old->commit != NULL && old->decommit != NULL &&
	    old->purge_lazy != NULL && old->purge_forced != NULL &&
	    old->split != NULL && old->merge != NULL);
	ATF_CHECK_EQ(0, call("arena.%u.extent_hooks", i, &old, &len, NULL,
	    0));
	ATF_CHECK_EQ(&counted, old);
	ATF_CHECK_EQ(EINVAL, call("arena.%u.extent_hooks", i, NULL, NULL,
	    &none, sizeof(none)));
	ATF_CHECK_EQ(EFAULT, call("arena.%u.extent_hooks", 4096, &old, &len,
	    NULL, 0));
}

/* The counter that is shown is the arena's own. */
ATF_TC_WITHOUT_HEAD(pactivep);
ATF_TC_BODY(pactivep, tc)
{
	size_t before, active, *pages, len = sizeof(pages);
	void *p;

	bas_free(bas_malloc(100));
	ATF_REQUIRE_EQ(0, bas_mallctl("experimental.arenas.0.pactivep",
	    &pages, &len, NULL, 0));
	before = *pages;
	p = bas_malloc((size_t)4 << 20);
	ATF_REQUIRE(p != NULL);
	ATF_CHECK_EQ(before + 1024, *pages);
	ATF_CHECK_EQ(0, bas_mallctl("approximate_stats.active", &active,
	    &len, NULL, 0));
	ATF_CHECK_EQ(*pages * 4096, active);
	bas_free(p);
	ATF_CHECK_EQ(before, *pages);
	ATF_CHECK_EQ(ENOENT, bas_mallctl("experimental.arenas.9999.pactivep",
	    NULL, NULL, NULL, 0));
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, bind);
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, dss);
	ATF_TP_ADD_TC(tp, name);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, hooks);
	ATF_TP_ADD_TC(tp, pactivep);
	return (atf_no_error());
}
