/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/bin.h"
#include "heap/sizeclass.h"
#include "heap/slab.h"
#include "meta/pagemap.h"

ATF_TC_WITHOUT_HEAD(monotone);
ATF_TC_BODY(monotone, tc)
{
	unsigned c;

	ATF_CHECK_EQ(8, sizeclass_size(1));
	ATF_CHECK_EQ(SC_SMALL_MAX, sizeclass_size(SC_NSMALL));
	ATF_CHECK_EQ(SC_CLASS_MAX, sizeclass_size(SC_NCLASS));
	for (c = 2; c <= SC_NCLASS; c++)
		ATF_CHECK(sizeclass_size(c) > sizeclass_size(c - 1));
	ATF_CHECK(SC_NCLASS < SC_LARGE && SC_LARGE < SC_COUNT);
	ATF_CHECK(SC_COUNT <= 256);
}

/* A request gets the least class that holds it. */
ATF_TC_WITHOUT_HEAD(least);
ATF_TC_BODY(least, tc)
{
	size_t size;
	unsigned c;

	ATF_CHECK_EQ(1, sizeclass_of(0));
	for (size = 1; size <= SC_CLASS_MAX; size++) {
		c = sizeclass_of(size);
		ATF_REQUIRE_MSG(c >= 1 && c <= SC_NCLASS, "%zu: class %u",
		    size, c);
		ATF_REQUIRE_MSG(sizeclass_size(c) >= size,
		    "%zu does not fit class %u", size, c);
		ATF_REQUIRE_MSG(c == 1 || sizeclass_size(c - 1) < size,
		    "%zu fits class %u", size, c - 1);
	}
}

/* At most a quarter of an object is lost, an eighth where they are many. */
ATF_TC_WITHOUT_HEAD(waste);
ATF_TC_BODY(waste, tc)
{
	size_t size, lost;

	for (size = 17; size <= SC_CLASS_MAX; size++) {
		lost = sizeclass_size(sizeclass_of(size)) - size;
		if (size <= 256)
			ATF_REQUIRE(lost < 16);
		else if (size <= 4096)
			ATF_REQUIRE_MSG(lost * 8 <= size, "%zu loses %zu",
			    size, lost);
		else
			ATF_REQUIRE_MSG(lost * 4 <= size, "%zu loses %zu",
			    size, lost);
	}
}

/* Objects from 16 bytes on lie on multiples of 16, runs on pages. */
ATF_TC_WITHOUT_HEAD(alignment);
ATF_TC_BODY(alignment, tc)
{
	unsigned c;

	for (c = 2; c <= SC_NCLASS; c++)
		ATF_CHECK_EQ(0, sizeclass_size(c) % 16);
	for (c = SC_NSMALL + 1; c <= SC_NCLASS; c++)
		ATF_CHECK_EQ(0, sizeclass_size(c) % PAGE);
	/* A power of two up to a page is a class: it aligns its objects. */
	for (c = 3; c <= 12; c++)
		ATF_CHECK_EQ((size_t)1 << c,
		    sizeclass_size(sizeclass_of((size_t)1 << c)));
}

/* A size rounded up to an alignment is of a class that keeps to it. */
ATF_TC_WITHOUT_HEAD(aligned);
ATF_TC_BODY(aligned, tc)
{
	size_t align, size;

	for (align = 8; align <= PAGE; align *= 2)
		for (size = align; size <= SC_CLASS_MAX; size += align)
			ATF_REQUIRE_EQ_MSG(0, sizeclass_size(
			    sizeclass_of(size)) % align, "%zu on %zu", size,
			    align);
}

ATF_TC_WITHOUT_HEAD(slabs);
ATF_TC_BODY(slabs, tc)
{
	size_t used, bytes;
	unsigned c;

	for (c = 1; c <= SC_NSMALL; c++) {
		used = sizeclass_nregs(c) * sizeclass_size(c);
		bytes = sizeclass_slab_size(c);
		ATF_CHECK(used <= bytes);
		ATF_CHECK_MSG(bytes - used < sizeclass_size(c),
		    "class %u: room for one more", c);
		ATF_CHECK_MSG((bytes - used) * 16 <= bytes,
		    "class %u: a slab loses %zu of %zu", c, bytes - used,
		    bytes);
		ATF_CHECK(bytes <= 16 * PAGE);
		ATF_CHECK(sizeclass_nregs(c) >= 2);
		/* Counts of free objects, and their bits. */
		ATF_CHECK(sizeclass_nregs(c) <= UINT16_MAX / BIN_LEVELS);
	}
	for (; c <= SC_NCLASS; c++) {
		ATF_CHECK_EQ(1, sizeclass_nregs(c));
		ATF_CHECK_EQ(sizeclass_size(c), sizeclass_slab_size(c));
	}
}

/* Multiplying is dividing, for every byte of every slab. */
ATF_TC_WITHOUT_HEAD(reciprocal);
ATF_TC_BODY(reciprocal, tc)
{
	size_t offset;
	unsigned c;

	for (c = 1; c <= SC_NSMALL; c++)
		for (offset = 0; offset < sizeclass_slab_size(c); offset++)
			ATF_REQUIRE_EQ_MSG(offset / sizeclass_size(c),
			    slab_index(c, offset), "class %u, offset %zu", c,
			    offset);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, monotone);
	ATF_TP_ADD_TC(tp, least);
	ATF_TP_ADD_TC(tp, waste);
	ATF_TP_ADD_TC(tp, alignment);
	ATF_TP_ADD_TC(tp, aligned);
	ATF_TP_ADD_TC(tp, slabs);
	ATF_TP_ADD_TC(tp, reciprocal);
	return (atf_no_error());
}
