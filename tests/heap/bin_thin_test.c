/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/bin.h"
#include "heap/slab.h"
#include "meta/pagemap.h"
#include "page/page.h"
#include "util/options.h"

#define	CLASS	33		/* 1024 bytes, 4 in a page, 16 in a slab */
#define	NREGS	16
#define	NSLABS	64
#define	N	(NSLABS * NREGS)

static struct pages	pages;
static struct bin	bin;
static void		*got[N];
static bool		due;

static void
init(void)
{
	_bas_page_init(&pages, 10000, 0);
	_bas_bin_init(&bin);
	ATF_REQUIRE_EQ(NREGS, sizeclass_nregs(CLASS));
}

static void
fill(void)
{
	unsigned n, part;

	for (n = N; n > 0; n -= part) {
		part = _bas_bin_refill(&bin, &pages, CLASS, got + n, n);
		ATF_REQUIRE(part > 0);
	}
	for (n = 0; n < N; n++)
		memset(got[n], (int)(n % 251), 1024);
}

static void
give(void *object)
{
	ATF_REQUIRE_EQ(0, _bas_bin_flush(&bin, CLASS, &object, 1, &due));
}

static bool
thin(bool force)
{
	struct thin thin = { .looks = 1000000, .purges = 1000000,
	    .until = UINT64_MAX };

	return (_bas_bin_thin(&bin, force, &thin));
}

/* Which page of its slab, 0 to 3. */
static unsigned
page_of(const void *p)
{
	const struct slab *slab = _bas_slab_of(p, CLASS);

	return ((unsigned)(((uintptr_t)p - slab->base) / PAGE));
}

static size_t
purged_bytes(void)
{
	const struct os_fake_event *event;
	size_t i, bytes = 0;

	for (i = 0; (event = _bas_os_fake_event(i)) != NULL; i++)
		if (event->call == OS_FAKE_PURGE)
			bytes += event->size;
	return (bytes);
}

/* Keep what is on the first page of each slab, with its contents. */
static void
keep_first_pages(void)
{
	unsigned i;

	for (i = 0; i < N; i++)
		if (page_of(got[i]) != 0) {
			give(got[i]);
			got[i] = NULL;
		}
}

static void
check_contents(void)
{
	unsigned i, k;

	for (i = 0; i < N; i++)
		for (k = 0; got[i] != NULL && k < 1024; k++)
			ATF_REQUIRE_EQ((int)(i % 251),
			    ((unsigned char *)got[i])[k]);
}

ATF_TC_WITHOUT_HEAD(empty_pages);
ATF_TC_BODY(empty_pages, tc)
{
	init();
	fill();
	keep_first_pages();
	_bas_os_fake_reset();
	ATF_CHECK(!thin(true));
	ATF_CHECK_EQ(NSLABS * 3 * PAGE, purged_bytes());
	ATF_CHECK_EQ(NSLABS * 3, counter_read(&bin.nclean));
	check_contents();
	/* Nothing is left to do, and nothing is done twice. */
	ATF_CHECK(!thin(true));
	ATF_CHECK_EQ(NSLABS * 3 * PAGE, purged_bytes());
}

/* What is in use, or was lately, stays. */
ATF_TC_WITHOUT_HEAD(quiet);
ATF_TC_BODY(quiet, tc)
{
	unsigned i;

	init();
	fill();
	keep_first_pages();
	_bas_os_fake_reset();
	(void)thin(false);
	_bas_bin_pass(&bin);
	(void)thin(false);
	ATF_CHECK_EQ(0, purged_bytes());
	_bas_bin_pass(&bin);
	/* One slab changes: it is not quiet any more. */
	for (i = 0; got[i] == NULL; i++)
		;
	give(got[i]);
	got[i] = NULL;
	(void)thin(false);
	ATF_CHECK_EQ((NSLABS - 1) * 3 * PAGE, purged_bytes());
	check_contents();
}

/* Thinned pages serve again, and are counted as memory then. */
ATF_TC_WITHOUT_HEAD(reuse);
ATF_TC_BODY(reuse, tc)
{
	unsigned i, n = 0;

	init();
	fill();
	keep_first_pages();
	(void)thin(true);
	for (i = 0; i < N; i++)
		if (got[i] == NULL) {
			ATF_REQUIRE_EQ(1, _bas_bin_refill(&bin, &pages, CLASS,
			    &got[i] + 1, 1));
			memset(got[i], (int)(i % 251), 1024);
			n++;
		}
	ATF_CHECK_EQ(NSLABS * 12, n);
	ATF_CHECK_EQ(NSLABS, counter_read(&bin.curslabs));
	ATF_CHECK_EQ(0, counter_read(&bin.nclean));
	check_contents();
	for (i = 0; i < N; i++)
		give(got[i]);
	(void)_bas_bin_trim(&bin);
	ATF_CHECK_EQ(0, counter_read(&bin.curslabs));
	ATF_CHECK_EQ(0, counter_read(&bin.nclean));
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
}

/* The OS refuses: the pages keep their memory and nothing else changes. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	init();
	fill();
	keep_first_pages();
	_bas_os_fake_fail(OS_FAKE_PURGE, 0, OS_FAKE_FOREVER);
	ATF_CHECK(!thin(true));
	ATF_CHECK_EQ(0, counter_read(&bin.nclean));
	ATF_CHECK_EQ(N - NSLABS * 12, counter_read(&bin.nmalloc) -
	    counter_read(&bin.ndalloc));
	check_contents();
}

/* Only whole pages of the OS go. */
ATF_TC_WITHOUT_HEAD(page16);
ATF_TC_BODY(page16, tc)
{
	unsigned i;

	_bas_os_fake_page(16384);
	init();
	fill();
	keep_first_pages();
	_bas_os_fake_reset();
	(void)thin(true);
	ATF_CHECK_EQ(0, purged_bytes());
	/* All of the slabs but one: those go whole. */
	for (i = 0; i < N; i++)
		if (got[i] != NULL && _bas_slab_of(got[i], CLASS) !=
		    _bas_slab_of(got[N - 1 - 15], CLASS)) {
			give(got[i]);
			got[i] = NULL;
		}
	check_contents();
}

static void		*meanwhile_object;
static unsigned		meanwhile_calls;

/* Another thread frees an object of the slab, and takes one. */
static void
meanwhile(enum os_fake_call call, uintptr_t addr, size_t size)
{
	void *p;

	if (call != OS_FAKE_PURGE || meanwhile_calls++ > 0)
		return;
	ATF_REQUIRE(!lock_is_held(&bin.lock));
	give(meanwhile_object);
	ATF_REQUIRE_EQ(1, _bas_bin_refill(&bin, &pages, CLASS, &p + 1, 1));
	/* It is not one of those that are just losing their memory. */
	ATF_CHECK((uintptr_t)p < addr || (uintptr_t)p >= addr + size);
	memset(p, 0xee, 1024);
	meanwhile_object = p;
}

ATF_TC_WITHOUT_HEAD(concurrent);
ATF_TC_BODY(concurrent, tc)
{
	unsigned i;

	init();
	fill();
	keep_first_pages();
	for (i = 0; got[i] == NULL; i++)
		;
	meanwhile_object = got[i];
	got[i] = NULL;
	_bas_os_fake_hook(meanwhile);
	(void)thin(true);
	_bas_os_fake_hook(NULL);
	ATF_CHECK(meanwhile_calls > 0);
	for (i = 0; i < 1024; i++)
		ATF_REQUIRE_EQ(0xee, ((unsigned char *)meanwhile_object)[i]);
	check_contents();
}

/* A superpage that is backed huge is not, once its pages go singly. */
ATF_TC_WITHOUT_HEAD(hugified);
ATF_TC_BODY(hugified, tc)
{
	_bas_options.thp = THP_ALWAYS;
	init();
	fill();
	ATF_CHECK_EQ(1, counter_read(&pages.nhugified));
	keep_first_pages();
	(void)thin(true);
	ATF_CHECK_EQ(0, counter_read(&pages.nhugified));
	/* What was never used of it had memory. */
	ATF_CHECK_EQ(HUGE_PAGES - NSLABS * 4, counter_read(&pages.ndirty));
	check_contents();
}

/* Random takes, gives and thinning: contents stay, and all goes back. */
ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	uint64_t seed = 7;
	unsigned i, k;

	init();
	fill();
	for (i = 0; i < 20000; i++) {
		k = (unsigned)unit_below(&seed, N);
		if (unit_below(&seed, 200) == 0)
			_bas_bin_pass(&bin);
		if (unit_below(&seed, 50) == 0)
			(void)thin(unit_below(&seed, 4) == 0);
		if (got[k] != NULL && unit_below(&seed, 4) != 0) {
			ATF_REQUIRE_EQ((int)(k % 251),
			    *(unsigned char *)got[k]);
			give(got[k]);
			got[k] = NULL;
		} else if (got[k] == NULL && unit_below(&seed, 2) == 0) {
			ATF_REQUIRE_EQ(1, _bas_bin_refill(&bin, &pages, CLASS,
			    &got[k] + 1, 1));
			memset(got[k], (int)(k % 251), 1024);
		}
	}
	check_contents();
	for (i = 0; i < N; i++)
		if (got[i] != NULL)
			give(got[i]);
	(void)_bas_bin_trim(&bin);
	ATF_CHECK_EQ(0, counter_read(&bin.curslabs));
	ATF_CHECK_EQ(0, counter_read(&bin.nclean));
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, empty_pages);
	ATF_TP_ADD_TC(tp, quiet);
	ATF_TP_ADD_TC(tp, reuse);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, page16);
	ATF_TP_ADD_TC(tp, concurrent);
	ATF_TP_ADD_TC(tp, hugified);
	ATF_TP_ADD_TC(tp, random);
	return (atf_no_error());
}
