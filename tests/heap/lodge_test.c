/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Guests in the slabs of other classes: that they lie where nobody else
 * does, are told from their hosts, and are counted once.
 */
#include "../include/unit.h"

#include "heap/arena.h"
#include "heap/lodge.h"
#include "meta/pagemap.h"
#include "page/page.h"
#include "util/options.h"

#define	NMAX	120000
#define	BYTES	((size_t)24 << 20)

static void		*host[NMAX], *guest[NMAX];
static unsigned char	mark[NMAX];
static struct arena	*arena;
static struct bin_stats	stats;
static uint64_t		state = 7;

static void
init(void)
{
	_bas_options.narenas = 1;
	_bas_arenas_init();
	arena = _bas_arena_make(0);
	ATF_REQUIRE(arena != NULL);
}

/* In batches, as caches do. */
static void
take(unsigned class, void **objects, unsigned n)
{
	unsigned part, want;
	void *batch[32];

	while (n > 0) {
		want = n < 32 ? n : 32;
		part = _bas_heap_take(arena, 0, class, batch + want, want);
		ATF_REQUIRE(part > 0);
		memcpy(objects, batch + want - part, part * sizeof(void *));
		objects += part;
		n -= part;
	}
}

static void
give(unsigned class, void *p)
{
	_bas_heap_give(arena, 0, class, &p, 1);
}

/* All of a class, of which a random part is freed; how many there were. */
static unsigned
prepare(unsigned class, unsigned percent)
{
	unsigned n = (unsigned)(BYTES / sizeclass_size(class)), i;

	ATF_REQUIRE(n <= NMAX);
	take(class, host, n);
	for (i = 0; i < n; i++) {
		if (unit_below(&state, 100) < percent) {
			give(class, host[i]);
			host[i] = NULL;
		} else
			memset(host[i], mark[i] = (unsigned char)i,
			    sizeclass_size(class));
	}
	/* What became whole slabs is another's business. */
	_bas_arena_purge(arena);
	return (n);
}

static void
check(void *const *objects, unsigned class, unsigned n, unsigned char first)
{
	size_t size = sizeclass_size(class), at;
	const unsigned char *p;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (objects[i] == NULL)
			continue;
		ATF_REQUIRE_EQ(class, pointer_class(objects[i]));
		p = objects[i];
		for (at = 0; at < size; at++)
			ATF_REQUIRE_EQ((unsigned char)(first + i), p[at]);
	}
}

static unsigned
guests_fill(unsigned class, unsigned n)
{
	size_t size = sizeclass_size(class);
	unsigned i, lodged = 0;

	take(class, guest, n);
	for (i = 0; i < n; i++) {
		ATF_CHECK_EQ(0, (uintptr_t)guest[i] % (size & -size));
		memset(guest[i], (unsigned char)(100 + i), size);
		lodged += pagemap_class(guest[i]) == SC_HOST;
	}
	return (lodged);
}

static size_t
live(unsigned class)
{
	_bas_arena_bin_stats(arena, class, &stats);
	return (stats.curregs);
}

/* The bytes of the hosts: what guests have is used too. */
static void
room_check(unsigned class, size_t own)
{
	size_t size = sizeclass_size(class);

	_bas_arena_bin_stats(arena, class, &stats);
	ATF_CHECK_EQ(stats.curslabs * sizeclass_slab_size(class),
	    stats.slab_bytes);
	ATF_CHECK_EQ(own * size + counter_read(&arena_bin(arena, class,
	    0)->lodged) * size, stats.used_bytes);
	ATF_CHECK_EQ(stats.slab_bytes, stats.used_bytes + stats.clean_bytes +
	    stats.held_bytes);
}

/* What the hosts hold falls to their own objects, and to no guest. */
static void
parts_check(unsigned class, unsigned n, unsigned class2, unsigned n2)
{
	unsigned i, among;
	double sum = 0;
	size_t bytes;

	for (i = 0; i < n; i++) {
		if (host[i] == NULL)
			continue;
		ATF_REQUIRE(_bas_bin_held(host[i], class, &bytes, &among));
		sum += (double)bytes / among;
	}
	ATF_CHECK_MSG(sum < stats.held_bytes + 1.0 &&
	    sum > stats.held_bytes - 1.0, "%.1f of %zu", sum,
	    stats.held_bytes);
	for (i = 0; i < n2; i++)
		ATF_CHECK_EQ(pagemap_class(guest[i]) != SC_HOST,
		    _bas_bin_held(guest[i], class2, &bytes, &among));
}

/* One pair of classes, from the first object to the last. */
static void
pair(unsigned class, unsigned class2, unsigned percent)
{
	unsigned n, n2, i, lodged, kept = 0;

	n = prepare(class, 70);
	for (i = 0; i < n; i++)
		kept += host[i] != NULL;
	n2 = (unsigned)(BYTES / 8 / sizeclass_size(class2));
	lodged = guests_fill(class2, n2);
	ATF_CHECK_MSG(lodged >= n2 * percent / 100, "%u of %u of class %u in %u", lodged,
	    n2, class2, class);
	check(host, class, n, 0);
	check(guest, class2, n2, 100);
	ATF_CHECK_EQ(kept, live(class));
	ATF_CHECK_EQ(n2, live(class2));
	ATF_CHECK_EQ(kept * sizeclass_size(class) +
	    n2 * sizeclass_size(class2), _bas_arena_allocated(arena));
	ATF_CHECK_EQ(_bas_arena_allocated(arena), _bas_arena_share(arena));
	room_check(class, kept);
	parts_check(class, n, class2, n2);
	for (i = 0; i < n2; i++)
		give(class2, guest[i]);
	check(host, class, n, 0);
	for (i = 0; i < n; i++)
		if (host[i] != NULL) {
			ATF_REQUIRE_EQ(class, pagemap_class(host[i]));
			give(class, host[i]);
		}
	ATF_CHECK_EQ(0, live(class));
	ATF_CHECK_EQ(0, live(class2));
	ATF_CHECK_EQ(0, _bas_arena_share(arena));
	_bas_arena_purge(arena);
	_bas_arena_bin_stats(arena, class, &stats);
	ATF_CHECK_EQ(0, stats.curslabs);
	ATF_CHECK_EQ(0, counter_read(&arena_bin(arena, class, 0)->lodged));
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nactive));
}

ATF_TC_WITHOUT_HEAD(pairs);
ATF_TC_BODY(pairs, tc)
{
	/* What is asked for, in what, and what part at least fits there. */
	static const uint16_t sizes[][3] = {
		{ 256, 512, 80 }, { 240, 480, 80 }, { 512, 1024, 80 },
		{ 512, 1536, 40 }, { 288, 512, 0 }, { 768, 1536, 80 },
		{ 1024, 2048, 80 }, { 704, 1408, 80 }, { 4096, 8192, 80 },
		{ 480, 448, 50 }, { 960, 1920, 80 },
	};
	unsigned i;

	init();
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		pair(sizeclass_of(sizes[i][0]), sizeclass_of(sizes[i][1]),
		    sizes[i][2]);
}

/* Guests and the hosts' own come and go together. */
ATF_TC_WITHOUT_HEAD(mixed);
ATF_TC_BODY(mixed, tc)
{
	unsigned class = sizeclass_of(256), class2 = sizeclass_of(512);
	unsigned n, n2, i, k;

	init();
	n = prepare(class, 70);
	n2 = 5000;
	ATF_REQUIRE(guests_fill(class2, n2) > 0);
	for (k = 0; k < 100000; k++) {
		i = (unsigned)unit_below(&state, n2);
		if (guest[i] != NULL) {
			check(guest + i, class2, 1, (unsigned char)(100 + i));
			give(class2, guest[i]);
			guest[i] = NULL;
		} else {
			take(class2, &guest[i], 1);
			memset(guest[i], (unsigned char)(100 + i), 512);
		}
		i = (unsigned)unit_below(&state, n);
		if (host[i] != NULL) {
			check(host + i, class, 1, (unsigned char)i);
			give(class, host[i]);
			host[i] = NULL;
		} else {
			take(class, &host[i], 1);
			memset(host[i], (unsigned char)i, 256);
		}
		if (k % 10000 == 0)
			_bas_arena_purge(arena);
	}
	check(host, class, n, 0);
	check(guest, class2, n2, 100);
}

/* A heap that has pages to spare, or few holes, lodges nobody. */
ATF_TC_WITHOUT_HEAD(not_wanted);
ATF_TC_BODY(not_wanted, tc)
{
	unsigned class = sizeclass_of(256), class2 = sizeclass_of(512), n;

	init();
	n = prepare(class, 10);
	ATF_CHECK_EQ(0, guests_fill(class2, 1000));
	check(host, class, n, 0);
}

/* The arena is thrown away with guests in its slabs. */
ATF_TC_WITHOUT_HEAD(reset);
ATF_TC_BODY(reset, tc)
{
	unsigned i;

	init();
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	arena = _bas_arena_get(i);
	(void)prepare(sizeclass_of(256), 70);
	ATF_REQUIRE(guests_fill(sizeclass_of(512), 5000) > 0);
	ATF_REQUIRE_EQ(0, _bas_arena_reset(i));
	ATF_CHECK_EQ(0, _bas_arena_allocated(arena));
	ATF_CHECK_EQ(0, _bas_arena_share(arena));
	ATF_CHECK_EQ(0, counter_read(&arena->pages.nactive));
	(void)prepare(sizeclass_of(256), 70);
	ATF_CHECK(guests_fill(sizeclass_of(512), 5000) > 0);
}

static void
wrong(unsigned offset, bool twice)
{
	unsigned class = sizeclass_of(256), class2 = sizeclass_of(768), i;
	void *p = NULL;

	init();
	(void)prepare(class, 80);
	(void)guests_fill(class2, 1000);
	for (i = 0; i < 1000 && p == NULL; i++)
		if (pagemap_class(guest[i]) == SC_HOST)
			p = guest[i];
	ATF_REQUIRE(p != NULL);
	if (twice)
		give(class2, p);
	p = (char *)p + offset;
	give(pointer_class(p) == SC_NONE ? class2 : pointer_class(p), p);
}

/* Each of these ends the program that does it. */
ATF_TC_WITHOUT_HEAD(misuse);
ATF_TC_BODY(misuse, tc)
{
	static const struct {
		unsigned	offset;
		bool		twice;
	} cases[] = {
		{ 256, false }, { 512, false }, { 16, false }, { 0, true },
	};
	unsigned i;
	int status;
	pid_t pid;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid = fork();
		ATF_REQUIRE(pid >= 0);
		if (pid == 0) {
			wrong(cases[i].offset, cases[i].twice);
			_exit(0);
		}
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK_MSG(WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGABRT, "case %u", i);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pairs);
	ATF_TP_ADD_TC(tp, mixed);
	ATF_TP_ADD_TC(tp, not_wanted);
	ATF_TP_ADD_TC(tp, reset);
	ATF_TP_ADD_TC(tp, misuse);
	return (atf_no_error());
}
