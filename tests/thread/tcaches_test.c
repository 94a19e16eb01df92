/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>

#include "threads.h"

#include "thread/object.h"
#include "thread/tcaches.h"

#define	SIZE		128
#define	CLASS		9
#define	NMAX		5000

static void	*got[NMAX];

static void *
take(size_t size, int flags)
{
	struct origin from;

	size = _bas_object_size(size, flags_align(flags));
	if (size == 0 || !_bas_origin_of(&from, flags))
		return (NULL);
	return (_bas_object_alloc(&from, size, flags_align(flags),
	    (flags & MALLOCX_ZERO) != 0));
}

static void
give(void *p, int flags)
{
	struct origin to;

	ATF_REQUIRE(_bas_origin_of(&to, flags));
	_bas_object_give(&to, pointer_class(p), p);
}

static unsigned
make(void)
{
	unsigned id = 77;

	ATF_REQUIRE_EQ(0, _bas_tcache_create(&id));
	return (id);
}

static unsigned
index_of(const void *p)
{
	struct arena *arena = _bas_arena_of(p);

	ATF_REQUIRE(arena != NULL);
	return (arena->index);
}

static size_t
allocated(void)
{
	size_t n = 0;
	unsigned i;

	for (i = 0; i < _bas_arena_count(); i++)
		if (_bas_arena_get(i) != NULL)
			n += _bas_arena_allocated(_bas_arena_get(i));
	return (n);
}

ATF_TC_WITHOUT_HEAD(ids);
ATF_TC_BODY(ids, tc)
{
	unsigned i, id;

	threads_init(1);
	for (i = 0; i < 5; i++)
		ATF_CHECK_EQ(i, make());
	ATF_CHECK_EQ(0, _bas_tcache_destroy(3));
	ATF_CHECK_EQ(0, _bas_tcache_destroy(1));
	ATF_CHECK_EQ(EFAULT, _bas_tcache_destroy(1));
	ATF_CHECK_EQ(EFAULT, _bas_tcache_flush(1));
	ATF_CHECK_EQ(NULL, _bas_tcache_of(1));
	ATF_CHECK_EQ(1, make());
	ATF_CHECK_EQ(3, make());
	ATF_CHECK_EQ(5, make());
	ATF_CHECK_EQ(0, _bas_tcache_flush(5));
	/* None of these ever was. */
	ATF_CHECK_EQ(EFAULT, _bas_tcache_flush(6));
	ATF_CHECK_EQ(EFAULT, _bas_tcache_flush(TCACHES_MAX));
	ATF_CHECK_EQ(EFAULT, _bas_tcache_destroy(TCACHES_MAX));
	ATF_CHECK_EQ(EFAULT, _bas_tcache_destroy(UINT32_MAX));
	ATF_CHECK_EQ(NULL, _bas_tcache_of(UINT32_MAX));
	for (i = 6; i < TCACHES_MAX; i++)
		ATF_REQUIRE_EQ(i, make());
	ATF_CHECK_EQ(EFAULT, _bas_tcache_create(&id));
	ATF_CHECK_EQ(0, _bas_tcache_destroy(4000));
	ATF_CHECK_EQ(4000, make());
	ATF_CHECK_EQ(EFAULT, _bas_tcache_create(&id));
}

/* Objects rest in the cache that is named, and the caller's is left alone. */
ATF_TC_WITHOUT_HEAD(keeps);
ATF_TC_BODY(keeps, tc)
{
	struct cache *own = threads_init(1), *cache;
	int flags;
	unsigned id, i;

	id = make();
	cache = _bas_tcache_of(id);
	flags = MALLOCX_TCACHE((int)id);
	for (i = 0; i < 40; i++) {
		got[i] = take(SIZE, flags);
		ATF_REQUIRE(got[i] != NULL);
	}
	ATF_CHECK_EQ(0, cache_depth(own, CLASS));
	for (i = 0; i < 40; i++)
		give(got[i], flags);
	ATF_CHECK(cache_depth(cache, CLASS) > 0);
	ATF_CHECK_EQ(0, cache_depth(own, CLASS));
	ATF_CHECK_EQ(got[39], take(SIZE, flags));
	give(got[39], MALLOCX_TCACHE_NONE);
	ATF_CHECK(allocated() > 0);
	ATF_CHECK(!_bas_thread_flush());
	ATF_CHECK(cache_depth(cache, CLASS) > 0);
	ATF_CHECK_EQ(0, _bas_tcache_flush(id));
	ATF_CHECK_EQ(0, cache_depth(cache, CLASS));
	ATF_CHECK_EQ(0, allocated());
}

ATF_TC_WITHOUT_HEAD(destroy_flushes);
ATF_TC_BODY(destroy_flushes, tc)
{
	unsigned id, i;

	threads_init(1);
	id = make();
	for (i = 0; i < 100; i++)
		got[i] = take(SIZE, MALLOCX_TCACHE((int)id));
	for (i = 0; i < 100; i++)
		give(got[i], MALLOCX_TCACHE((int)id));
	ATF_CHECK(allocated() > 0);
	ATF_CHECK_EQ(0, _bas_tcache_destroy(id));
	ATF_CHECK_EQ(0, allocated());
	/* Now it names no cache. */
	got[0] = take(SIZE, MALLOCX_TCACHE((int)id));
	ATF_CHECK_EQ(SIZE, allocated());
	give(got[0], MALLOCX_TCACHE((int)id));
	ATF_CHECK_EQ(0, allocated());
}

/* It refills from the arena that is named with it, or from the caller's. */
ATF_TC_WITHOUT_HEAD(arena);
ATF_TC_BODY(arena, tc)
{
	struct cache *cache;
	unsigned id, i, a;
	int flags;
	void *p;

	threads_init(1);
	id = make();
	cache = _bas_tcache_of(id);
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &a));
	flags = MALLOCX_TCACHE((int)id);
	for (i = 0; i < 50; i++) {
		got[i] = take(SIZE, flags | MALLOCX_ARENA(a));
		ATF_REQUIRE_EQ(a, index_of(got[i]));
	}
	ATF_CHECK_EQ(0, _bas_tcache_flush(id));
	p = take(SIZE, flags);
	ATF_CHECK_EQ(0, index_of(p));
	give(p, flags);
	for (i = 0; i < 50; i++)
		give(got[i], flags);
	/* What is there comes first, wherever it is from. */
	ATF_CHECK_EQ(a, index_of(take(SIZE, flags)));
	/* An arena alone means no cache. */
	p = take(SIZE, MALLOCX_ARENA(a));
	ATF_CHECK_EQ(a, index_of(p));
	ATF_CHECK_EQ(0, cache_depth(self()->cache, CLASS));
	ATF_CHECK_EQ(NULL, take(SIZE, MALLOCX_ARENA(4000)));
	ATF_CHECK_EQ(NULL, take(SIZE, flags | MALLOCX_ARENA(4000)));
	ATF_CHECK_EQ(0, _bas_tcache_destroy(id));
	ATF_CHECK(cache->arena == NULL);
	ATF_CHECK_EQ(0, _bas_arena_destroy(a));
	ATF_CHECK_EQ(NULL, take(SIZE, MALLOCX_ARENA(a)));
}

/* The thread that calls has allocated and freed, not the cache. */
ATF_TC_WITHOUT_HEAD(counted);
ATF_TC_BODY(counted, tc)
{
	static unsigned class[NMAX];
	static int flags[NMAX];
	uint64_t state = 4, up = 0, down = 0, a, d;
	unsigned round, i, id[3];

	threads_init(2);
	for (i = 0; i < 3; i++)
		id[i] = make();
	for (round = 0; round < 60000; round++) {
		i = (unsigned)unit_below(&state, NMAX);
		if (got[i] != NULL) {
			ATF_REQUIRE_EQ((size_t)got[i], *(size_t *)got[i]);
			give(got[i], flags[i]);
			down += sizeclass_size(class[i]);
		}
		class[i] = 1 + (unsigned)unit_below(&state,
		    unit_below(&state, 30) == 0 ? SC_NCLASS : 40);
		flags[i] = MALLOCX_TCACHE((int)id[unit_below(&state, 3)]);
		if (unit_below(&state, 5) == 0)
			flags[i] |= MALLOCX_ARENA(1);
		if (unit_below(&state, 5) == 0)
			flags[i] = MALLOCX_TCACHE_NONE;
		got[i] = take(sizeclass_size(class[i]), flags[i]);
		ATF_REQUIRE(got[i] != NULL);
		*(size_t *)got[i] = (size_t)got[i];
		up += sizeclass_size(class[i]);
		if (unit_below(&state, 4) == 0)
			_bas_os_fake_clock_advance(unit_below(&state, 8) *
			    MS);
		_bas_thread_counts(&a, &d);
		ATF_REQUIRE_EQ(up, a);
		ATF_REQUIRE_EQ(down, d);
	}
	for (i = 0; i < NMAX; i++)
		if (got[i] != NULL)
			give(got[i], flags[i]);
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(0, _bas_tcache_destroy(id[i]));
	ATF_CHECK_EQ(0, allocated());
}

/* The statistics have what it holds, with its arena. */
ATF_TC_WITHOUT_HEAD(summed);
ATF_TC_BODY(summed, tc)
{
	size_t cached, own, more;
	unsigned id;

	threads_init(1);
	_bas_tsd_sum(_bas_arena_get(0), &cached, &own);
	ATF_CHECK_EQ(0, cached);
	id = make();
	give(take(SIZE, MALLOCX_TCACHE((int)id)), MALLOCX_TCACHE((int)id));
	_bas_tsd_sum(_bas_arena_get(0), &cached, &more);
	ATF_CHECK_EQ(SIZE * cache_depth(_bas_tcache_of(id), CLASS), cached);
	ATF_CHECK(more > own);
	ATF_CHECK_EQ(0, _bas_tcache_destroy(id));
	_bas_tsd_sum(_bas_arena_get(0), &cached, &more);
	ATF_CHECK_EQ(0, cached);
	ATF_CHECK_EQ(own, more);
}

static void
child(void)
{
	if (cache_depth(_bas_tcache_of(0), CLASS) == 0)
		_exit(1);
	_bas_tsd_mend();
	_bas_tcaches_mend();
	/* One as it was, the other, in use by another thread, empty. */
	if (take(SIZE, MALLOCX_TCACHE(0)) != got[39])
		_exit(2);
	if (cache_depth(_bas_tcache_of(1), CLASS) != 0)
		_exit(3);
	if (_bas_tcache_flush(0) != 0 || _bas_tcache_destroy(1) != 0)
		_exit(4);
	if (make() != 1)
		_exit(5);
}

ATF_TC_WITHOUT_HEAD(fork_child);
ATF_TC_BODY(fork_child, tc)
{
	unsigned i, id;

	threads_init(1);
	for (id = 0; id < 2; id++) {
		(void)make();
		for (i = 0; i < 40; i++)
			got[i] = take(SIZE, MALLOCX_TCACHE((int)id));
		for (i = 0; i < 40; i++)
			give(got[i], MALLOCX_TCACHE((int)id));
	}
	for (i = 0; i < 40; i++)
		got[i] = take(SIZE, MALLOCX_TCACHE(0));
	for (i = 0; i < 40; i++)
		give(got[i], MALLOCX_TCACHE(0));
	_bas_tcache_of(1)->busy = true;
	unit_child(child);
}

ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	unsigned id, n;
	void *p;

	threads_init(1);
	(void)make();
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (_bas_base_alloc(16) != NULL)
		;
	while (_bas_tcache_create(&id) == 0)
		;
	/* What there is can be had without slots too. */
	for (n = 0; n < NMAX && (p = take(16384, MALLOCX_TCACHE(0))) != NULL;
	    n++)
		got[n] = p;
	while (n-- > 0)
		give(got[n], MALLOCX_TCACHE(0));
	ATF_CHECK_EQ(0, _bas_tcache_flush(0));
	ATF_CHECK_EQ(0, allocated());
}

/* Many at once: all different, as large as asked for, counted. */
ATF_TC_WITHOUT_HEAD(batch);
ATF_TC_BODY(batch, tc)
{
	static const size_t sizes[] = { 1, 100, 5000, 16384, 20000, 1 << 20,
	    3 << 20 };
	uint64_t a, d, before;
	size_t i, k, n;

	threads_init(1);
	for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		n = sizes[k] < 6000 ? NMAX : 7;
		_bas_thread_counts(&before, &d);
		ATF_REQUIRE_EQ(n, _bas_batch_alloc(got, n, sizes[k],
		    MALLOCX_ZERO | MALLOCX_ALIGN(64)));
		_bas_thread_counts(&a, &d);
		ATF_CHECK_EQ(n * _bas_object_size(sizes[k], 64), a - before);
		for (i = 0; i < n; i++) {
			ATF_REQUIRE_EQ(0, (uintptr_t)got[i] % 64);
			ATF_REQUIRE_EQ(0, *(unsigned char *)got[i]);
			ATF_REQUIRE_EQ(0, ((unsigned char *)got[i])[
			    sizes[k] - 1]);
			memset(got[i], 0x55, sizes[k] < 5000 ? sizes[k] :
			    5000);
		}
		for (i = 0; i < n && sizes[k] <= SC_CLASS_MAX; i++)
			give(got[i], MALLOCX_TCACHE_NONE);
	}
	ATF_CHECK_EQ(0, _bas_batch_alloc(got, 0, 100, 0));
	ATF_CHECK_EQ(0, _bas_batch_alloc(got, 5, SIZE_MAX, 0));
	ATF_CHECK_EQ(0, _bas_batch_alloc(got, 5, 8, MALLOCX_ARENA(4000)));
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	do
		n = _bas_batch_alloc(got, NMAX, 16384, 0);
	while (n == NMAX);
	ATF_CHECK(n < NMAX);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ids);
	ATF_TP_ADD_TC(tp, keeps);
	ATF_TP_ADD_TC(tp, destroy_flushes);
	ATF_TP_ADD_TC(tp, arena);
	ATF_TP_ADD_TC(tp, counted);
	ATF_TP_ADD_TC(tp, summed);
	ATF_TP_ADD_TC(tp, fork_child);
	ATF_TP_ADD_TC(tp, no_memory);
	ATF_TP_ADD_TC(tp, batch);
	return (atf_no_error());
}
