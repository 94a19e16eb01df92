/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "util/bits.h"

#define	N	512

static uint8_t	model[N];
static uint64_t	set[N / 64];

static void
agree(void)
{
	unsigned i;

	for (i = 0; i < N; i++)
		ATF_REQUIRE_EQ(model[i], bits_test(set, i));
}

/* Every operation against an array of bytes. */
ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	uint64_t state = 1;
	unsigned round, from, n, i, count, next, prev;
	bool value;

	for (round = 0; round < 20000; round++) {
		from = (unsigned)unit_below(&state, N + 1);
		n = (unsigned)unit_below(&state, N - from + 1);
		if (unit_below(&state, 2) == 0)
			n = n > 9 ? 9 : n;
		value = unit_below(&state, 2) == 0;
		if (value)
			_bas_bits_set(set, from, n);
		else
			_bas_bits_clear(set, from, n);
		memset(model + from, value, n);
		from = (unsigned)unit_below(&state, N + 1);
		n = (unsigned)unit_below(&state, N - from + 1);
		for (count = 0, i = from; i < from + n; i++)
			count += model[i];
		ATF_REQUIRE_EQ(count, _bas_bits_count(set, from, n));
		for (next = from; next < N && model[next] != value; next++)
			;
		ATF_REQUIRE_EQ(next, _bas_bits_next(set, from, N, value));
		for (prev = from; prev > 0 && !model[prev - 1]; prev--)
			;
		ATF_REQUIRE_EQ(prev, _bas_bits_prev(set, from));
		if (round % 50 == 0)
			agree();
	}
	agree();
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	unsigned from, n;
	uint64_t mask;

	for (from = 0; from < 64; from++) {
		ATF_CHECK_EQ(from, bit_first((uint64_t)1 << from));
		ATF_CHECK_EQ(from, bit_last((uint64_t)1 << from));
		ATF_CHECK_EQ(from, bit_first(~(uint64_t)0 << from));
		ATF_CHECK_EQ(from, bit_last(~(uint64_t)0 >> (63 - from)));
		for (n = 1; n <= 64 - from; n++) {
			mask = bit_mask(from, n);
			ATF_REQUIRE_EQ(n, bit_count(mask));
			ATF_REQUIRE_EQ(from, bit_first(mask));
			ATF_REQUIRE_EQ(from + n - 1, bit_last(mask));
		}
	}
}

ATF_TC_WITHOUT_HEAD(rounding);
ATF_TC_BODY(rounding, tc)
{
	size_t n, align;

	for (align = 1; align <= 1024; align *= 2) {
		ATF_CHECK(is_pow2(align));
		ATF_CHECK(align < 4 || !is_pow2(align - 1));
		for (n = 0; n < 3000; n++) {
			ATF_REQUIRE_EQ((n + align - 1) / align * align,
			    ROUNDUP(n, align));
			ATF_REQUIRE_EQ(n / align * align, ROUNDDOWN(n,
			    align));
			ATF_REQUIRE_EQ(n / align + (n % align != 0),
			    HOWMANY(n, align));
		}
	}
	ATF_CHECK(!is_pow2(0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, rounding);
	return (atf_no_error());
}
