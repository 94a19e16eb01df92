/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/conf_value.h"
#include "util/options.h"

static enum verdict
set(const char *name, const char *value)
{
	const struct conf_row *row = _bas_conf_row(name, strlen(name));
	const struct span span = { value, strlen(value) };

	ATF_REQUIRE(row != NULL);
	return (_bas_conf_set(row, &span));
}

static void
range_check(const struct option_range *range, size_t start, size_t end,
    size_t value)
{
	ATF_CHECK_EQ(start, range->start);
	ATF_CHECK_EQ(end, range->end);
	ATF_CHECK_EQ(value, range->value);
}

ATF_TC_WITHOUT_HEAD(ranges);
ATF_TC_BODY(ranges, tc)
{
	const struct option_ranges *slabs = &_bas_options.slab_sizes;

	ATF_CHECK_EQ(0, slabs->n);
	ATF_CHECK_EQ(VERDICT_OK, set("slab_sizes", "1-0x80:3|129-4096:17"));
	ATF_REQUIRE_EQ(2, slabs->n);
	range_check(&slabs->range[0], 1, 128, 3);
	range_check(&slabs->range[1], 129, 4096, 17);
	/* Later ones add to them; one bar at the end does no harm. */
	ATF_CHECK_EQ(VERDICT_OK, set("slab_sizes", "100-100:1|"));
	ATF_REQUIRE_EQ(3, slabs->n);
	range_check(&slabs->range[2], 100, 100, 1);
	ATF_CHECK_EQ(VERDICT_OK, set("slab_sizes", "default"));
	ATF_CHECK_EQ(0, slabs->n);
}

/* Nothing of a list with a mistake is taken. */
ATF_TC_WITHOUT_HEAD(ranges_wrong);
ATF_TC_BODY(ranges_wrong, tc)
{
	static const char *const wrong[] = {
		"", "|", "1", "1-2", "1:2", "1-2:", "1-2:3||", "1-2:3|4",
		"1-2:3|4-5", "-", "a-2:3", "1-b:3", "1-2:c", "2-1:3",
		"1-2:3-4", "1-2-3:4", "|1-2:3", "1-2:0", "1-2:65", "def",
		"default", "1-2:3,", "1-99999999999999999999:3",
	};
	const struct option_ranges *shards = &_bas_options.bin_shards;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ATF_CHECK_MSG(set("bin_shards", wrong[i]) == VERDICT_LIST,
		    "%s is taken", wrong[i]);
		ATF_CHECK_EQ_MSG(0, shards->n, "%s: %u ranges", wrong[i],
		    shards->n);
	}
}

ATF_TC_WITHOUT_HEAD(ranges_many);
ATF_TC_BODY(ranges_many, tc)
{
	const struct option_ranges *max = &_bas_options.tcache_ncached_max;
	char list[64];
	unsigned i;

	for (i = 0; i < OPTIONS_RANGES_MAX - 1; i++) {
		snprintf(list, sizeof(list), "%u-%u:%u", i, i + 1, i + 2);
		ATF_REQUIRE_EQ(VERDICT_OK, set("tcache_ncached_max", list));
	}
	ATF_CHECK_EQ(VERDICT_LIST, set("tcache_ncached_max", "1-2:3|4-5:6"));
	ATF_CHECK_EQ(OPTIONS_RANGES_MAX - 1, max->n);
	ATF_CHECK_EQ(VERDICT_OK, set("tcache_ncached_max", "1-2:3"));
	ATF_CHECK_EQ(OPTIONS_RANGES_MAX, max->n);
	range_check(&max->range[5], 5, 6, 7);
}

ATF_TC_WITHOUT_HEAD(ratios);
ATF_TC_BODY(ratios, tc)
{
	static const struct {
		const char	*text;
		uint32_t	value;
	} right[] = {
		{ "0", 0 }, { "1", 65536 }, { "007", 7 * 65536 },
		{ ".25", 16384 }, { "0.25", 16384 }, { "2.5", 163840 },
		{ "65535", 65535u * 65536 }, { "0.00001", 0 },
		{ "0.9999999999999999999999", 65535 },
		{ "65535.99999999", UINT32_MAX },
	};
	static const char *const wrong[] = {
		"", ".", "1.", "-1", "+1", " 1", "1 ", "1.5x", "0x1", "1..2",
		"65536", "99999999999999999999999",
	};
	size_t i;

	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		ATF_CHECK_EQ(VERDICT_OK, set("narenas_ratio", right[i].text));
		ATF_CHECK_MSG(_bas_options.narenas_ratio == right[i].value,
		    "%s: %u", right[i].text, _bas_options.narenas_ratio);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ATF_CHECK_MSG(set("narenas_ratio", wrong[i]) ==
		    VERDICT_INVALID, "%s is taken", wrong[i]);
	ATF_CHECK_EQ(UINT32_MAX, _bas_options.narenas_ratio);
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	char text[OPTIONS_PATH_SIZE + 10];

	ATF_CHECK_EQ(VERDICT_OK, set("prof_prefix", "a:|b"));
	ATF_CHECK_STREQ("a:|b", _bas_options.prof_prefix);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ATF_CHECK_EQ(VERDICT_OK, set("prof_prefix", text));
	ATF_CHECK_EQ(OPTIONS_PATH_SIZE - 1, strlen(_bas_options.prof_prefix));
	ATF_CHECK_EQ(VERDICT_OK, set("prof_prefix", ""));
	ATF_CHECK_STREQ("", _bas_options.prof_prefix);
}

ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	ATF_CHECK_EQ(VERDICT_GONE, set("hpa_sec_batch_fill_extra", "1"));
	ATF_CHECK_EQ(VERDICT_INVALID, set("zero", "TRUE"));
	ATF_CHECK_EQ(VERDICT_RANGE, set("dirty_decay_ms", "-2"));
	ATF_CHECK_EQ(10000, _bas_options.dirty_decay_ms);
	ATF_CHECK_EQ(VERDICT_OK, set("lg_tcache_max", "12"));
	ATF_CHECK_EQ(4096, _bas_options.tcache_max);
	ATF_CHECK_EQ(VERDICT_OK, set("dirty_decay_ms", " -01"));
	ATF_CHECK_EQ(-1, _bas_options.dirty_decay_ms);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ranges);
	ATF_TP_ADD_TC(tp, ranges_wrong);
	ATF_TP_ADD_TC(tp, ranges_many);
	ATF_TP_ADD_TC(tp, ratios);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, others);
	return (atf_no_error());
}
