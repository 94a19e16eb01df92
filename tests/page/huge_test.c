/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "model.h"
#include "util/bits.h"

/* The naive answer to what _bas_huge_find is asked. */
static int
find(const struct huge *huge, size_t npages, size_t align)
{
	size_t first, n;

	for (first = 0; first + npages <= HUGE_PAGES; first += align) {
		for (n = 0; n < npages; n++)
			if (bits_test(huge->used, (unsigned)(first + n)))
				break;
		if (n == npages)
			return ((int)first);
	}
	return (-1);
}

static unsigned
longest(const struct huge *huge)
{
	unsigned i, n = 0, best = 0;

	for (i = 0; i < HUGE_PAGES; i++) {
		n = bits_test(huge->used, i) ? 0 : n + 1;
		best = n > best ? n : best;
	}
	return (best);
}

ATF_TC_WITHOUT_HEAD(find_random);
ATF_TC_BODY(find_random, tc)
{
	struct huge *huge;
	unsigned round, i, n;
	size_t npages, align;

	model_init(1, 0, 0);
	huge = _bas_huge_make(&pages, 1);
	ATF_REQUIRE(huge != NULL);
	for (round = 0; round < 3000; round++) {
		memset(huge->used, 0, sizeof(huge->used));
		for (i = (unsigned)model_below(60); i > 0; i--) {
			n = 1 + (unsigned)model_below(30);
			_bas_bits_set(huge->used, (unsigned)model_below(
			    HUGE_PAGES - n + 1), n);
		}
		_bas_huge_measure(huge);
		ATF_REQUIRE_EQ(longest(huge), huge->longest);
		npages = 1 + model_below(model_below(2) == 0 ? 20 : 512);
		align = (size_t)1 << model_below(10);
		ATF_REQUIRE_EQ_MSG(find(huge, npages, align),
		    _bas_huge_find(huge, npages, align),
		    "%zu pages on %zu", npages, align);
	}
}

static struct huge *
filled(unsigned nused)
{
	struct huge *huge = _bas_huge_make(&pages, 1);

	ATF_REQUIRE(huge != NULL);
	_bas_bits_set(huge->used, 0, nused);
	huge->nactive = (uint16_t)nused;
	_bas_huge_measure(huge);
	_bas_huge_place(&pages, huge);
	return (huge);
}

/* The fullest that fits, whichever order they came in. */
ATF_TC_WITHOUT_HEAD(pick);
ATF_TC_BODY(pick, tc)
{
	struct huge *empty, *half, *most, *full;
	int first = -1;

	model_init(1, 0, 0);
	ATF_CHECK_EQ(NULL, _bas_huge_pick(&pages, 1, 1, &first));
	empty = filled(0);
	half = filled(256);
	full = filled(512);
	most = filled(500);
	ATF_CHECK_EQ(NULL, full->on[LINK_BUCKET]);
	ATF_CHECK_EQ(most, _bas_huge_pick(&pages, 1, 1, &first));
	ATF_CHECK_EQ(500, first);
	ATF_CHECK_EQ(most, _bas_huge_pick(&pages, 12, 1, &first));
	ATF_CHECK_EQ(half, _bas_huge_pick(&pages, 13, 1, &first));
	ATF_CHECK_EQ(half, _bas_huge_pick(&pages, 1, 256, &first));
	ATF_CHECK_EQ(256, first);
	ATF_CHECK_EQ(half, _bas_huge_pick(&pages, 256, 256, &first));
	ATF_CHECK_EQ(empty, _bas_huge_pick(&pages, 257, 1, &first));
	ATF_CHECK_EQ(empty, _bas_huge_pick(&pages, 1, 512, &first));
	ATF_CHECK_EQ(0, first);
	_bas_bits_set(empty->used, 0, 1);
	empty->nactive = 1;
	_bas_huge_measure(empty);
	_bas_huge_place(&pages, empty);
	ATF_CHECK_EQ(NULL, _bas_huge_pick(&pages, 512, 1, &first));
}

/* Every length of the longest run finds its way into and out of a bucket. */
ATF_TC_WITHOUT_HEAD(buckets);
ATF_TC_BODY(buckets, tc)
{
	struct huge *huge;
	unsigned n;
	int first;

	model_init(1, 0, 0);
	huge = filled(0);
	for (n = 1; n <= HUGE_PAGES; n++) {
		memset(huge->used, 0xff, sizeof(huge->used));
		_bas_bits_clear(huge->used, 0, n);
		_bas_huge_measure(huge);
		_bas_huge_place(&pages, huge);
		ATF_REQUIRE_EQ(huge, _bas_huge_pick(&pages, n, 1, &first));
		if (n < HUGE_PAGES)
			ATF_REQUIRE_EQ(NULL, _bas_huge_pick(&pages, n + 1, 1,
			    &first));
		ATF_REQUIRE_EQ(1, bit_count(pages.nonempty));
	}
}

ATF_TC_WITHOUT_HEAD(make_fails);
ATF_TC_BODY(make_fails, tc)
{
	model_init(1, 0, 0);
	_bas_os_fake_fail(OS_FAKE_MAP, 0, OS_FAKE_FOREVER);
	ATF_CHECK_EQ(NULL, _bas_huge_make(&pages, 1));
	ATF_CHECK_EQ(0, _bas_extent_mapped());
}

ATF_TC_WITHOUT_HEAD(make_unmake);
ATF_TC_BODY(make_unmake, tc)
{
	struct huge *huge;
	char *base;

	_bas_options.thp = THP_ALWAYS;
	model_init(1, 0, 0);
	huge = _bas_huge_make(&pages, 1);
	ATF_REQUIRE(huge != NULL);
	base = (char *)huge->base;
	ATF_CHECK(huge->hugified);
	ATF_CHECK_EQ(huge, pagemap_huge(base));
	ATF_CHECK_EQ(huge, pagemap_huge(base + HUGE - 1));
	ATF_CHECK_EQ(NULL, pagemap_huge(base + HUGE));
	ATF_CHECK(_bas_huge_is_valid(huge));
	_bas_huge_unmake(huge);
	ATF_CHECK_EQ(NULL, pagemap_huge(base));
	ATF_CHECK_EQ(2, _bas_os_fake_count(OS_FAKE_HUGIFY));
	ATF_CHECK_EQ(_bas_extent_mapped(), _bas_extent_retained());
}

/* What each part of the check is there to see. */
ATF_TC_WITHOUT_HEAD(is_valid);
ATF_TC_BODY(is_valid, tc)
{
	struct huge *huge;

	model_init(1, 0, 0);
	huge = filled(5);
	ATF_CHECK(_bas_huge_is_valid(huge));
	huge->nactive = 6;
	ATF_CHECK(!_bas_huge_is_valid(huge));
	huge->nactive = 5;
	huge->longest--;
	ATF_CHECK(!_bas_huge_is_valid(huge));
	huge->longest++;
	huge->dirty[1] = 1;
	huge->touched[1] = 1;
	ATF_CHECK(!_bas_huge_is_valid(huge));
	huge->ndirty = 1;
	ATF_CHECK(_bas_huge_is_valid(huge));
	huge->touched[1] = 0;
	ATF_CHECK(!_bas_huge_is_valid(huge));
	huge->touched[1] = 1;
	huge->muzzy[1] = 1;
	huge->nmuzzy = 1;
	ATF_CHECK(!_bas_huge_is_valid(huge));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, find_random);
	ATF_TP_ADD_TC(tp, pick);
	ATF_TP_ADD_TC(tp, buckets);
	ATF_TP_ADD_TC(tp, make_fails);
	ATF_TP_ADD_TC(tp, make_unmake);
	ATF_TP_ADD_TC(tp, is_valid);
	return (atf_no_error());
}
