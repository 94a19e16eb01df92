/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "util/conf_table.h"
#include "util/options.h"

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	const struct options *o = &_bas_options;

	/* The library under test asserts, which turns these on. */
	ATF_CHECK(o->abort && o->abort_conf);
	ATF_CHECK(o->junk_alloc && o->junk_free);
	ATF_CHECK(!o->confirm_conf && !o->xmalloc && !o->zero);
	ATF_CHECK(!o->infallible_new);
	ATF_CHECK_EQ(ZERO_REALLOC_FREE, o->zero_realloc);
	ATF_CHECK_EQ(0, o->narenas);
	ATF_CHECK_EQ(10000, o->dirty_decay_ms);
	ATF_CHECK_EQ(0, o->muzzy_decay_ms);
	ATF_CHECK(o->retain && o->tcache);
	ATF_CHECK_EQ(THP_DEFAULT, o->thp);
	ATF_CHECK_EQ(METADATA_THP_DISABLED, o->metadata_thp);
	ATF_CHECK_EQ((size_t)1 << 20, o->tcache_max);
	ATF_CHECK(!o->background_thread && !o->stats_print);
	ATF_CHECK_EQ(4, o->max_background_threads);
	ATF_CHECK_STREQ("", o->stats_print_opts);
}

static size_t
row_size(const struct conf_row *row)
{
	switch (row->type) {
	case CONF_BOOL:
		return (sizeof(bool));
	case CONF_UNSIGNED:
	case CONF_WORD:
		return (sizeof(unsigned));
	case CONF_FLAGS:
		return (2 * sizeof(bool));
	case CONF_LETTERS:
		return (OPTIONS_LETTERS_SIZE);
	case CONF_RATIO:
		return (sizeof(uint32_t));
	case CONF_RANGES:
		return (sizeof(struct option_ranges));
	case CONF_STRING:
		return ((size_t)row->max);
	case CONF_GONE:
		return (0);
	default:
		return (sizeof(uint64_t));
	}
}

ATF_TC_WITHOUT_HEAD(rows);
ATF_TC_BODY(rows, tc)
{
	const struct conf_row *row, *other;
	unsigned i, j;

	for (i = 0; i < _bas_conf_nrows; i++) {
		row = &_bas_conf_table[i];
		ATF_CHECK_EQ(row, _bas_conf_row(row->name,
		    strlen(row->name)));
		ATF_CHECK(*row->help != '\0');
		ATF_CHECK(row->offset + row_size(row) <=
		    sizeof(struct options));
		if (row->type == CONF_WORD || row->type == CONF_FLAGS)
			ATF_CHECK_MSG(*_bas_conf_word(row) != '\0',
			    "%s: no word for the default", row->name);
		for (j = 0; j < i; j++) {
			other = &_bas_conf_table[j];
			ATF_CHECK_MSG(strcmp(row->name, other->name) != 0,
			    "%s twice", row->name);
			if (row->type == CONF_GONE || other->type == CONF_GONE)
				continue;
			/* Two names may share a field, not overlap. */
			ATF_CHECK_MSG(row->offset == other->offset ||
			    row->offset + row_size(row) <= other->offset ||
			    other->offset + row_size(other) <= row->offset,
			    "%s and %s overlap", row->name, other->name);
		}
	}
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	ATF_CHECK(_bas_conf_row("tcache", 6) != NULL);
	ATF_CHECK(_bas_conf_row("tcache", 6) !=
	    _bas_conf_row("tcache_max", 10));
	/* Lengths count, not terminators. */
	ATF_CHECK_EQ(_bas_conf_row("tcache", 6),
	    _bas_conf_row("tcache_max", 6));
	ATF_CHECK(_bas_conf_row("tcach", 5) == NULL);
	ATF_CHECK(_bas_conf_row("", 0) == NULL);
	ATF_CHECK(_bas_conf_row("tcachex", 7) == NULL);
}

ATF_TC_WITHOUT_HEAD(decay_default);
ATF_TC_BODY(decay_default, tc)
{
	ATF_CHECK_EQ(10000, _bas_decay_ms_default(false));
	ATF_CHECK_EQ(0, _bas_decay_ms_default(true));
	ATF_CHECK(!_bas_decay_ms_default_set(false, -1));
	ATF_CHECK(!_bas_decay_ms_default_set(true, 5));
	ATF_CHECK_EQ(-1, _bas_decay_ms_default(false));
	ATF_CHECK_EQ(5, _bas_decay_ms_default(true));
	ATF_CHECK(_bas_decay_ms_default_set(true, -2));
	ATF_CHECK(_bas_decay_ms_default_set(true,
	    OPTIONS_DECAY_MS_LIMIT + 1));
	ATF_CHECK_EQ(5, _bas_decay_ms_default(true));
	/* The options themselves are as they were. */
	ATF_CHECK_EQ(10000, _bas_options.dirty_decay_ms);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, rows);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, decay_default);
	return (atf_no_error());
}
