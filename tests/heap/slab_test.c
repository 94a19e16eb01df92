/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/bin.h"
#include "heap/slab.h"
#include "meta/base.h"
#include "meta/pagemap.h"
#include "page/page.h"
#include "page/purge.h"

#define	NREGS_MAX	1024

static struct pages	pages;
static struct bin	bin;

static void
init(void)
{
	_bas_page_init(&pages, 10000, 0);
	_bas_bin_init(&bin);
}

/* Taken lowest first, stored downwards. */
ATF_TC_WITHOUT_HEAD(take);
ATF_TC_BODY(take, tc)
{
	static void *p[NREGS_MAX];
	struct slab *slab;
	unsigned c, i, n;

	init();
	for (c = 1; c <= SC_NSMALL; c++) {
		n = sizeclass_nregs(c);
		slab = _bas_slab_make(&pages, &bin, c);
		ATF_REQUIRE(slab != NULL);
		ATF_CHECK_EQ(n, slab->nfree);
		ATF_CHECK_EQ(1, _bas_slab_take(slab, p + n, 1));
		ATF_CHECK_EQ(slab->base, (uintptr_t)p[n - 1]);
		ATF_CHECK_EQ(SLAB_OK, _bas_slab_give(slab, p[n - 1]));
		ATF_CHECK_EQ(n, _bas_slab_take(slab, p + n, n + 1));
		ATF_CHECK_EQ(0, slab->nfree);
		ATF_CHECK_EQ(0, _bas_slab_take(slab, p + n, 1));
		for (i = 0; i < n; i++) {
			ATF_REQUIRE_EQ(slab->base + i * sizeclass_size(c),
			    (uintptr_t)p[n - 1 - i]);
			ATF_REQUIRE_EQ(slab, _bas_slab_of(p[n - 1 - i], c));
			ATF_REQUIRE_EQ(c, pagemap_class(p[n - 1 - i]));
			memset(p[n - 1 - i], 0x55, sizeclass_size(c));
		}
		for (i = 0; i < n; i++)
			ATF_REQUIRE_EQ(SLAB_OK, _bas_slab_give(slab, p[i]));
		ATF_CHECK_EQ(n, slab->nfree);
		(void)_bas_slab_unmake(slab);
		ATF_CHECK_EQ(SC_NONE, pagemap_class(p[0]));
		ATF_CHECK_EQ(NULL, _bas_slab_of(p[0], c));
	}
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
}

/* Every address in the slab that is not that of a live object is seen. */
ATF_TC_WITHOUT_HEAD(misuse);
ATF_TC_BODY(misuse, tc)
{
	static void *p[NREGS_MAX];
	const unsigned classes[] = { 1, 2, 4, 20, 33, 40, 50, 57 };
	struct slab *slab;
	size_t offset, size;
	unsigned c, i, n;

	init();
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		c = classes[i];
		n = sizeclass_nregs(c);
		size = sizeclass_size(c);
		slab = _bas_slab_make(&pages, &bin, c);
		ATF_REQUIRE(slab != NULL);
		ATF_REQUIRE_EQ(n, _bas_slab_take(slab, p + n, n));
		for (offset = 0; offset < sizeclass_slab_size(c); offset++)
			if (offset % size != 0 || offset / size >= n)
				ATF_REQUIRE_EQ(SLAB_INSIDE, _bas_slab_give(
				    slab, (char *)slab->base + offset));
		ATF_REQUIRE_EQ(0, slab->nfree);
		ATF_CHECK_EQ(SLAB_OK, _bas_slab_give(slab, p[0]));
		ATF_CHECK_EQ(SLAB_FREE, _bas_slab_give(slab, p[0]));
		ATF_CHECK_EQ(1, slab->nfree);
		ATF_CHECK_EQ(SLAB_OK, _bas_slab_give(slab, p[n - 1]));
	}
}

/* An address is of a slab of its class or of none. */
ATF_TC_WITHOUT_HEAD(slab_of);
ATF_TC_BODY(slab_of, tc)
{
	struct slab *slab;
	char *base;
	int local;

	init();
	slab = _bas_slab_make(&pages, &bin, 20);
	ATF_REQUIRE(slab != NULL);
	base = (char *)slab->base;
	ATF_CHECK_EQ(slab, _bas_slab_of(base + sizeclass_slab_size(20) - 1,
	    20));
	ATF_CHECK_EQ(NULL, _bas_slab_of(base, 21));
	ATF_CHECK_EQ(NULL, _bas_slab_of(base + sizeclass_slab_size(20), 20));
	ATF_CHECK_EQ(NULL, _bas_slab_of(&local, 20));
	ATF_CHECK(slab_holds(slab, base));
	ATF_CHECK(slab_holds(slab, base + sizeclass_slab_size(20) - 1));
	ATF_CHECK(!slab_holds(slab, base - 1));
	ATF_CHECK(!slab_holds(slab, base + sizeclass_slab_size(20)));
}

ATF_TC_WITHOUT_HEAD(make_fails);
ATF_TC_BODY(make_fails, tc)
{
	struct base_stats before, after;

	init();
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	_bas_base_stats(&before);
	ATF_CHECK_EQ(NULL, _bas_slab_make(&pages, &bin, 5));
	_bas_base_stats(&after);
	ATF_CHECK_EQ(before.allocated, after.allocated);
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
}

ATF_TC_WITHOUT_HEAD(is_valid);
ATF_TC_BODY(is_valid, tc)
{
	struct slab *slab;

	init();
	slab = _bas_slab_make(&pages, &bin, 20);
	slab->level = 3;
	ATF_CHECK(_bas_slab_is_valid(slab));
	slab->nfree--;
	ATF_CHECK(!_bas_slab_is_valid(slab));
	slab->nfree++;
	slab->level = SLAB_NONE;
	ATF_CHECK(!_bas_slab_is_valid(slab));
}

static unsigned
index_of(const struct slab *slab, const void *p)
{
	return (slab_index(slab->class, (uintptr_t)p - slab->base));
}

static void *
object_at(const struct slab *slab, unsigned i)
{
	return ((char *)slab->base + i * sizeclass_size(slab->class));
}

/* Against an array of bytes, one for each object. */
ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	static uint8_t out[NREGS_MAX];
	void *p[64];
	struct slab *slab;
	uint64_t state = 7;
	unsigned c, i, k, n, round, nout;
	enum slab_error expected;

	init();
	for (c = 1; c <= SC_NSMALL; c += 3) {
		slab = _bas_slab_make(&pages, &bin, c);
		ATF_REQUIRE(slab != NULL);
		memset(out, 0, sizeof(out));
		nout = 0;
		for (round = 0; round < 3000; round++) {
			if (unit_below(&state, 8) == 0) {
				n = _bas_slab_take(slab, p + 64,
				    1 + (unsigned)unit_below(&state, 64));
				for (i = 0; i < n; i++) {
					k = index_of(slab, p[63 - i]);
					ATF_REQUIRE_EQ(0, out[k]++);
					nout++;
				}
			}
			k = (unsigned)unit_below(&state, sizeclass_nregs(c));
			expected = out[k] ? SLAB_OK : SLAB_FREE;
			ATF_REQUIRE_EQ(expected, _bas_slab_give(slab,
			    object_at(slab, k)));
			nout -= out[k];
			out[k] = 0;
			ATF_REQUIRE_EQ(sizeclass_nregs(c) - nout,
			    slab->nfree);
			slab->level = slab->nfree == 0 ? SLAB_NONE : 0;
			ATF_REQUIRE(_bas_slab_is_valid(slab));
		}
	}
}

/* Is any object in use in the line that this one begins in? */
static bool
line_is_used(const uint8_t *out, unsigned class, unsigned k)
{
	size_t size = sizeclass_size(class), line = k * size / SLAB_LINE;
	unsigned i;

	for (i = 0; i < sizeclass_nregs(class); i++)
		if (out[i] && (i * size / SLAB_LINE == line ||
		    ((i + 1) * size - 1) / SLAB_LINE == line))
			return (true);
	return (false);
}

/* Is there a line that begins with an object and has none in use? */
static bool
has_line(const uint8_t *out, unsigned class)
{
	size_t size = sizeclass_size(class);
	unsigned i, step = SLAB_LINE / (size & -size), k;

	for (i = 0; i + step <= sizeclass_nregs(class); i += step) {
		for (k = 0; k < step && !out[i + k]; k++)
			continue;
		if (k == step)
			return (true);
	}
	return (false);
}

/* A batch shares no line with what is in use while there are whole ones. */
ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	static uint8_t out[NREGS_MAX], before[NREGS_MAX];
	struct slab *slab;
	uint64_t state = 11;
	unsigned c, i, k, n, round, shared = 0;
	void *p[16];

	init();
	for (c = 1; sizeclass_size(c) < SLAB_LINE; c++) {
		slab = _bas_slab_make(&pages, &bin, c);
		ATF_REQUIRE(slab != NULL);
		memset(out, 0, sizeof(out));
		for (round = 0; round < 2000; round++) {
			memcpy(before, out, sizeof(out));
			n = _bas_slab_take(slab, p + 16,
			    2 + (unsigned)unit_below(&state, 15));
			for (i = 0; i < n; i++)
				out[index_of(slab, p[15 - i])] = 1;
			for (i = 0; i < n; i++) {
				k = index_of(slab, p[15 - i]);
				if (!line_is_used(before, c, k))
					continue;
				shared++;
				ATF_REQUIRE(!has_line(out, c));
			}
			for (i = 0; i < 9; i++) {
				k = (unsigned)unit_below(&state,
				    sizeclass_nregs(c));
				if (out[k])
					(void)_bas_slab_give(slab,
					    object_at(slab, k));
				out[k] = 0;
			}
		}
	}
	ATF_CHECK(shared > 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, take);
	ATF_TP_ADD_TC(tp, misuse);
	ATF_TP_ADD_TC(tp, slab_of);
	ATF_TP_ADD_TC(tp, make_fails);
	ATF_TP_ADD_TC(tp, is_valid);
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, lines);
	return (atf_no_error());
}
