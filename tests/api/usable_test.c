/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <malloc.h>

#include "../include/testutil.h"

#define	NBLOCKS	64

/* Every usable byte may be written and belongs to one block alone. */
ATF_TC_WITHOUT_HEAD(whole_block);
ATF_TC_BODY(whole_block, tc)
{
	void *p[NBLOCKS];
	size_t size, usable;
	int i, n;

	(void)tc;
	for (size = 0; size <= 2 * MIB; size = next_size(size)) {
		n = size > 32 * KIB ? 3 : NBLOCKS;
		usable = 0;
		for (i = 0; i < n; i++) {
			p[i] = malloc(size);
			ATF_REQUIRE(p[i] != NULL);
			usable = malloc_usable_size(p[i]);
			ATF_REQUIRE(usable >= size);
			pattern_fill(p[i], usable, i);
		}
		for (i = 0; i < n; i++) {
			usable = malloc_usable_size(p[i]);
			ATF_REQUIRE_EQ_MSG(usable, pattern_check(p[i], usable,
			    i), "size %zu, usable %zu", size, usable);
			free(p[i]);
		}
	}
}

/* The waste inside a block is bounded: a quarter and two quanta. */
ATF_TC_WITHOUT_HEAD(bounded_waste);
ATF_TC_BODY(bounded_waste, tc)
{
	size_t page = sysconf(_SC_PAGESIZE), size, usable;
	void *p;

	(void)tc;
	for (size = 1; size <= 16 * MIB; size = next_size(size)) {
		p = malloc(size);
		ATF_REQUIRE(p != NULL);
		usable = malloc_usable_size(p);
		ATF_CHECK_MSG(usable <= size + size / 4 + 32 +
		    (size > 16 * KIB ? page : 0), "malloc(%zu) takes %zu",
		    size, usable);
		free(p);
	}
}

ATF_TC_WITHOUT_HEAD(after_realloc);
ATF_TC_BODY(after_realloc, tc)
{
	size_t size;
	void *p;

	(void)tc;
	p = NULL;
	for (size = 1; size <= 20 * MIB; size += size / 3 + 1) {
		p = realloc(p, size);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE(malloc_usable_size(p) >= size);
	}
	for (size = 20 * MIB; size >= 1; size /= 2) {
		p = realloc(p, size);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE(malloc_usable_size(p) >= size);
	}
	free(p);
}

ATF_TC_WITHOUT_HEAD(null);
ATF_TC_BODY(null, tc)
{
	(void)tc;
	ATF_CHECK_EQ(0, malloc_usable_size(hide(NULL)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whole_block);
	ATF_TP_ADD_TC(tp, bounded_waste);
	ATF_TP_ADD_TC(tp, after_realloc);
	ATF_TP_ADD_TC(tp, null);

	return (atf_no_error());
}
