/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "model.h"

ATF_TC_WITHOUT_HEAD(alloc);
ATF_TC_BODY(alloc, tc)
{
	uintptr_t base;
	bool zeroed;

	model_init(1, 10000, 0);
	ATF_REQUIRE(model_alloc(1, 1));
	base = model.run[0].base;
	ATF_REQUIRE(model_alloc(3, 1));
	ATF_CHECK_EQ(base + PAGE, model.run[1].base);
	ATF_REQUIRE(model_alloc(2, 4));
	ATF_CHECK_EQ(base + 4 * PAGE, model.run[2].base);
	ATF_REQUIRE(model_alloc(1, 512));
	ATF_CHECK_EQ(base + HUGE, model.run[3].base);
	ATF_REQUIRE(model_alloc(512, 1));
	ATF_CHECK_EQ(base + 2 * HUGE, model.run[4].base);
	ATF_CHECK_EQ(3, counter_read(&pages.nhuge));
	/* A page that was used is not zero, and the next is. */
	(void)model_free(1);
	ATF_CHECK_EQ(3, counter_read(&pages.ndirty));
	base = _bas_page_alloc(&pages, 2, 1, &zeroed);
	ATF_CHECK(!zeroed);
	base = _bas_page_alloc(&pages, 10, 1, &zeroed);
	ATF_CHECK(base != 0 && zeroed);
}

/* What is free is joined, whatever the order. */
ATF_TC_WITHOUT_HEAD(merge);
ATF_TC_BODY(merge, tc)
{
	unsigned i;

	model_init(2, 10000, 0);
	for (i = 0; i < 512; i++)
		ATF_REQUIRE(model_alloc(1, 1));
	ATF_CHECK_EQ(1, counter_read(&pages.nhuge));
	model_free_all();
	ATF_CHECK_EQ(512, counter_read(&pages.ndirty));
	ATF_REQUIRE(model_alloc(512, 1));
	ATF_CHECK_EQ(1, counter_read(&pages.nhuge));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
}

/* The fuller superpage is filled, so that the other one empties. */
ATF_TC_WITHOUT_HEAD(fullest_first);
ATF_TC_BODY(fullest_first, tc)
{
	struct huge *full;

	model_init(3, 10000, 0);
	ATF_REQUIRE(model_alloc(100, 1));
	ATF_REQUIRE(model_alloc(450, 1));
	ATF_REQUIRE(model_alloc(300, 1));
	ATF_CHECK_EQ(2, counter_read(&pages.nhuge));
	full = model.run[1].huge;
	ATF_CHECK_EQ(model.run[0].huge, model.run[2].huge);
	while (full->nactive < 512) {
		ATF_REQUIRE(model_alloc(1, 1));
		ATF_CHECK_EQ(full, model.run[model.nruns - 1].huge);
	}
	ATF_REQUIRE(model_alloc(1, 1));
	ATF_CHECK_EQ(model.run[0].huge, model.run[model.nruns - 1].huge);
}

ATF_TC_WITHOUT_HEAD(expand);
ATF_TC_BODY(expand, tc)
{
	model_init(4, 10000, 0);
	ATF_REQUIRE(model_alloc(10, 1));
	ATF_REQUIRE(model_alloc(10, 1));
	ATF_REQUIRE(model_alloc(10, 1));
	model_expand(0, 1);
	(void)model_free(1);
	model_expand(0, 4);
	model_expand(0, 7);
	model_expand(0, 6);
	ATF_CHECK_EQ(20, model.run[0].npages);
	model_expand(1, 482);
	model_expand(1, 483);
	ATF_CHECK_EQ(492, model.run[1].npages);
	model_expand(1, 1);
}

ATF_TC_WITHOUT_HEAD(shrink);
ATF_TC_BODY(shrink, tc)
{
	model_init(5, 10000, 0);
	ATF_REQUIRE(model_alloc(100, 1));
	model_shrink(0, 60);
	ATF_CHECK_EQ(60, counter_read(&pages.ndirty));
	model_expand(0, 50);
	ATF_CHECK_EQ(10, counter_read(&pages.ndirty));
}

ATF_TC_WITHOUT_HEAD(map_fails);
ATF_TC_BODY(map_fails, tc)
{
	model_init(6, 10000, 0);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK(!model_alloc(1, 1));
	model_totals();
	_bas_os_fake_fail(OS_FAKE_MAP, 0, 0);
	ATF_REQUIRE(model_alloc(500, 1));
	ATF_REQUIRE(model_alloc(500, 1));
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	while (model_alloc(500, 1))
		;
	/* What there is can still be had. */
	ATF_CHECK(model_alloc(12, 1));
	model_totals();
}

/* Without decay a free says that its pages may not stay. */
ATF_TC_WITHOUT_HEAD(due);
ATF_TC_BODY(due, tc)
{
	model_init(7, 0, 0);
	ATF_REQUIRE(model_alloc(5, 1));
	ATF_CHECK(model_free(0));
	_bas_purge_decay(&pages, _bas_os_clock());
	model_is_empty();
	model_init(7, -1, 0);
	ATF_REQUIRE(model_alloc(5, 1));
	ATF_CHECK(!model_free(0));
	_bas_os_fake_clock_advance(1000000 * MS);
	_bas_purge_decay(&pages, _bas_os_clock());
	ATF_CHECK_EQ(5, counter_read(&pages.ndirty));
}

/* Set aside by a fork: frees change nothing, new pages are fresh. */
ATF_TC_WITHOUT_HEAD(mend);
ATF_TC_BODY(mend, tc)
{
	struct model_run kept[2];
	uintptr_t base;
	bool zeroed;

	model_init(8, 4000, 500);
	ATF_REQUIRE(model_alloc(7, 1));
	ATF_REQUIRE(model_alloc(9, 1));
	_bas_page_mend(&pages);
	ATF_CHECK_EQ(16, counter_read(&pages.nactive));
	memcpy(kept, model.run, sizeof(kept));
	lock_take(&pages.lock);
	_bas_page_mend(&pages);
	_bas_lock_rank_pop(&pages.lock);
	ATF_CHECK(!lock_is_held(&pages.lock));
	ATF_CHECK_EQ(4000, pages.dirty_decay.ms);
	ATF_CHECK_EQ(500, pages.muzzy_decay.ms);
	ATF_CHECK(!_bas_page_expand(kept[1].huge, kept[1].base, 9, 1));
	ATF_CHECK(!_bas_page_free(kept[0].huge, kept[0].base, 7));
	base = _bas_page_alloc(&pages, 7, 1, &zeroed);
	ATF_CHECK(base != 0 && pagemap_huge((void *)base) != kept[0].huge);
	model_check(&kept[1]);
	ATF_CHECK_EQ(7, counter_read(&pages.nactive));
	_bas_purge_all(&pages);
	ATF_CHECK(_bas_os_fake_is_mapped(kept[1].base, 9 * PAGE));
}

/* npages as programs ask for them: mostly few. */
static size_t
npages_draw(void)
{
	return (1 + model_below(model_below(8) == 0 ? HUGE_PAGES :
	    model_below(3) == 0 ? 64 : 9));
}

static void
step(bool faults)
{
	size_t i = model.nruns == 0 ? 0 : model_below(model.nruns), n;
	unsigned op = (unsigned)model_below(100);

	if (faults && model_below(10) == 0)
		_bas_os_fake_fail((enum os_fake_call)model_below(
		    OS_FAKE_REMAP), 0, 1 + model_below(3));
	if (model.nruns == 0 || (op < 45 && model.nruns < MODEL_MAX))
		(void)model_alloc(npages_draw(), model_below(5) == 0 ?
		    (size_t)1 << model_below(10) : 1);
	else if (op < 82)
		(void)model_free(i);
	else if (op < 88)
		model_expand(i, 1 + model_below(20));
	else if (op < 93) {
		n = model.run[i].npages;
		if (n > 1)
			model_shrink(i, 1 + model_below(n - 1));
	} else if (op < 99) {
		_bas_os_fake_clock_advance(model_below(100) * MS);
		_bas_purge_decay(&pages, _bas_os_clock());
	} else
		_bas_purge_all(&pages);
	model_totals();
}

static void
walk(uint64_t seed, unsigned steps, bool faults)
{
	model_init(seed, 1000, seed % 3 == 0 ? 300 : seed % 3 == 1 ? -1 : 0);
	_bas_options.retain = seed % 2 == 0;
	while (steps-- > 0)
		step(faults);
	_bas_os_fake_reset();
	model_free_all();
	_bas_purge_all(&pages);
	model_totals();
	if (!faults)
		model_is_empty();
}

ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	uint64_t seed;

	for (seed = 0; seed < 12; seed++)
		walk(seed, 2000, false);
}

ATF_TC_WITHOUT_HEAD(random_faults);
ATF_TC_BODY(random_faults, tc)
{
	uint64_t seed;

	for (seed = 100; seed < 112; seed++)
		walk(seed, 2000, true);
}

ATF_TC_WITHOUT_HEAD(random_page16);
ATF_TC_BODY(random_page16, tc)
{
	uint64_t seed;

	_bas_os_fake_page(16384);
	for (seed = 200; seed < 206; seed++)
		walk(seed, 2000, false);
}

ATF_TC_WITHOUT_HEAD(random_page64);
ATF_TC_BODY(random_page64, tc)
{
	uint64_t seed;

	_bas_os_fake_page(65536);
	for (seed = 300; seed < 306; seed++)
		walk(seed, 2000, false);
}

/* Backed huge, by pages of 64K and by larger ones. */
ATF_TC_WITHOUT_HEAD(random_huge);
ATF_TC_BODY(random_huge, tc)
{
	uint64_t seed;

	for (seed = 400; seed < 408; seed++) {
		_bas_options.thp = seed % 4 < 2 ? THP_ALWAYS : THP_DEFAULT;
		_bas_os_fake_page(seed % 3 == 0 ? 16384 : 4096);
		_bas_os_fake_hugepages(seed % 2 == 0 ? (uint64_t)1 << 16 :
		    (uint64_t)1 << 25 | (uint64_t)1 << 21);
		walk(seed, 2000, false);
	}
}

#define	NTHREADS	4
#define	NROUNDS		1500

/* Each writes its own pages and finds them as they were. */
static void *
worker(void *arg)
{
	uint64_t state = (uintptr_t)arg, *base[32] = { 0 };
	size_t n[32], i, j;
	unsigned round;
	bool zeroed;

	for (round = 0; round < NROUNDS; round++) {
		i = unit_below(&state, 32);
		if (base[i] == NULL) {
			n[i] = 1 + unit_below(&state, 40);
			base[i] = (uint64_t *)_bas_page_alloc(&pages, n[i], 1,
			    &zeroed);
			if (base[i] == NULL)
				return (arg);
			for (j = 0; j < n[i]; j++) {
				if (zeroed && base[i][j * 512] != 0)
					return (arg);
				base[i][j * 512] = (uintptr_t)&base[i][j];
			}
		} else {
			for (j = 0; j < n[i]; j++)
				if (base[i][j * 512] != (uintptr_t)&base[i][j])
					return (arg);
			(void)_bas_page_free(pagemap_huge(base[i]),
			    (uintptr_t)base[i], n[i]);
			base[i] = NULL;
		}
		if (round % 64 == 0)
			_bas_purge_all(&pages);
	}
	for (i = 0; i < 32; i++)
		if (base[i] != NULL)
			(void)_bas_page_free(pagemap_huge(base[i]),
			    (uintptr_t)base[i], n[i]);
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(threads);
ATF_TC_BODY(threads, tc)
{
	pthread_t thread[NTHREADS];
	void *wrong;
	uintptr_t i;

	model_init(9, 10000, 0);
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, worker,
		    (void *)(i + 1)));
	for (i = 0; i < NTHREADS; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &wrong));
		ATF_CHECK_MSG(wrong == NULL, "thread %zu saw another's data",
		    (size_t)i);
	}
	_bas_purge_all(&pages);
	model_is_empty();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, alloc);
	ATF_TP_ADD_TC(tp, merge);
	ATF_TP_ADD_TC(tp, fullest_first);
	ATF_TP_ADD_TC(tp, expand);
	ATF_TP_ADD_TC(tp, shrink);
	ATF_TP_ADD_TC(tp, map_fails);
	ATF_TP_ADD_TC(tp, due);
	ATF_TP_ADD_TC(tp, mend);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, random_faults);
	ATF_TP_ADD_TC(tp, random_page16);
	ATF_TP_ADD_TC(tp, random_page64);
	ATF_TP_ADD_TC(tp, random_huge);
	ATF_TP_ADD_TC(tp, threads);
	return (atf_no_error());
}
