/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Places in slabs that samples keep: that they come back, and that what a
 * slab holds is shared out among them.  Each object is a sample here, so the
 * parts are no estimates.
 */
#include <atf-c.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "malloc_np.h"

#include "../include/names.h"
#include "heap/arena.h"
#include "thread/sample.h"
#include "thread/tsd.h"
#include "watch/prof_source.h"

extern const char *bas_malloc_conf;
const char *bas_malloc_conf =
    "prof:true,lg_prof_sample:0,narenas:1,dirty_decay_ms:-1";

#define	N	6000
/* Up to here samples keep a place: SLOT_MAX. */
#define	SIZE_MAX_KEPT	((size_t)8 << 10)

static void	*objects[N];

static void
control(const char *name, void *new, size_t len)
{
	ATF_REQUIRE_EQ(0, bas_mallctl(name, NULL, NULL, new, len));
}

/* Bytes that live in slabs and as pages; what caches had is back. */
static size_t
allocated(void)
{
	_bas_thread_flush();
	return (_bas_arena_allocated(_bas_arena_get(0)));
}

static void
make(size_t size, int flags)
{
	size_t i;

	for (i = 0; i < N; i++) {
		objects[i] = bas_mallocx(size != 0 ? size : 1 + i * 7 % 20000,
		    flags);
		ATF_REQUIRE(objects[i] != NULL);
	}
}

static void
every_free(size_t first, size_t step)
{
	size_t i;

	for (i = first; i < N; i += step) {
		bas_free(objects[i]);
		objects[i] = NULL;
	}
}

static struct prof_source source;

/* What all sites pin, as the profile has it, and all slabs hold. */
static void
pins(double *pinned, double *held)
{
	_bas_thread_flush();
	ATF_REQUIRE(_bas_prof_source_begin(&source, true));
	*pinned = source.sums.pinned_space;
	*held = source.held;
	_bas_prof_source_end(&source);
}

ATF_TC_WITHOUT_HEAD(come_back);
ATF_TC_BODY(come_back, tc)
{
	size_t before, i;

	bas_free(bas_malloc(1));
	before = allocated();
	make(0, 0);
	ATF_CHECK(allocated() > before + N * 8000);
	for (i = 0; i < N; i += 3) {
		objects[i] = bas_realloc(objects[i], 1 + i * 13 % 30000);
		ATF_REQUIRE(objects[i] != NULL);
	}
	every_free(0, 1);
	ATF_CHECK_EQ(before, allocated());
	/* Not by a cache, and with an alignment. */
	make(0, MALLOCX_TCACHE_NONE | MALLOCX_LG_ALIGN(6));
	every_free(0, 1);
	ATF_CHECK_EQ(before, allocated());
}

/* Samples that a reset has forgotten keep their places as long as they live. */
ATF_TC_WITHOUT_HEAD(forgotten);
ATF_TC_BODY(forgotten, tc)
{
	double pinned, held;
	size_t before, lg = 0;

	bas_free(bas_malloc(1));
	before = allocated();
	make(100, 0);
	control("prof.reset", &lg, sizeof(lg));
	every_free(0, 2);
	pins(&pinned, &held);
	ATF_CHECK_EQ(0, pinned);
	ATF_CHECK(held > 0);
	every_free(1, 2);
	ATF_CHECK_EQ(before, allocated());
	ATF_CHECK_EQ(0, source.sums.cur_objects);
}

ATF_TC_WITHOUT_HEAD(arena);
ATF_TC_BODY(arena, tc)
{
	bool on = false;
	unsigned arena;
	void *p;
	size_t before, len = sizeof(arena), i;
	char name[32];

	bas_free(bas_malloc(1));
	before = allocated();
	ATF_REQUIRE_EQ(0, bas_mallctl("arenas.create", &arena, &len, NULL,
	    0));
	make(0, MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE);
	every_free(0, 2);
	control("prof.active", &on, sizeof(on));
	make(300, MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE);
	/* Those go on the thread's own stacks, but are no place for others. */
	every_free(0, 1);
	on = true;
	control("prof.active", &on, sizeof(on));
	make(300, 0);
	every_free(0, 1);
	_bas_thread_flush();
	(void)snprintf(name, sizeof(name), "arena.%u.reset", arena);
	control(name, NULL, 0);
	make(300, MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE);
	/* The thread's stack has room, but what passes all caches stays off. */
	on = false;
	control("prof.active", &on, sizeof(on));
	p = bas_malloc(300);
	on = true;
	control("prof.active", &on, sizeof(on));
	for (i = 0; i < N; i += 2)
		bas_dallocx(objects[i], MALLOCX_TCACHE_NONE);
	(void)snprintf(name, sizeof(name), "arena.%u.destroy", arena);
	control(name, NULL, 0);
	make(300, 0);
	for (i = 0; i < N; i++)
		ATF_REQUIRE_EQ(_bas_arena_get(0), _bas_arena_of(objects[i]));
	every_free(0, 1);
	bas_free(p);
	ATF_CHECK_EQ(before, allocated());
}

/* All objects are samples, so what they have is all there is. */
ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	static const size_t sizes[] = { 8, 48, 512, 1024, 3000, 8192 };
	double pinned, held;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make(sizes[i], 0);
		every_free(0, 2);
		every_free(1, 4);
		pins(&pinned, &held);
		ATF_CHECK(held > 0);
		ATF_CHECK_MSG(pinned <= held && pinned > held - 1,
		    "%zu: %.1f of %.1f", sizes[i], pinned, held);
		control("arena.0.purge", NULL, 0);
		pins(&pinned, &held);
		ATF_CHECK_MSG(pinned <= held && pinned > held - 1,
		    "%zu, purged: %.1f of %.1f", sizes[i], pinned, held);
		every_free(3, 4);
		/* A bin may keep a slab that is empty. */
		_bas_thread_flush();
		control("arena.0.purge", NULL, 0);
	}
	/* Larger ones have none. */
	make(SIZE_MAX_KEPT + 1, 0);
	pins(&pinned, &held);
	ATF_CHECK_EQ(0, pinned);
	every_free(0, 1);
}

/* However many objects a sample stands for, no more is pinned than is held. */
ATF_TC_WITHOUT_HEAD(bound);
ATF_TC_BODY(bound, tc)
{
	double pinned, held;

	make(64, 0);
	every_free(0, 2);
	every_free(1, 4);
	_bas_sample_set(20);
	pins(&pinned, &held);
	ATF_CHECK(source.sums.inuse_space > 100 * held);
	ATF_CHECK_MSG(pinned <= held && pinned > held - 1, "%.1f of %.1f",
	    pinned, held);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, come_back);
	ATF_TP_ADD_TC(tp, forgotten);
	ATF_TP_ADD_TC(tp, arena);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, bound);
	return (atf_no_error());
}
