/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdint.h>

#include "meta/pagemap.h"
#include "watch/stats_class.h"
#include "watch/stats_pages.h"

#define	NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* Buckets of jemalloc's counts of batches, which we do not make. */
#define	BATCHES		9

struct extent_row {
	const char		*label;
	size_t			 size;
	unsigned		 index;
	size_t			 ntotal;
	size_t			 total;
	struct snapshot_extent	 extent;
};

#define	CELL(key_, f, title_, width_, type_)				\
	{ .key = "" key_, .title = "" title_, .width = (width_),	\
	    .type = (type_), .offset = offsetof(struct extent_row, f) }
#define	COUNT(f)	CELL(#f, extent.f, #f, 13, CTL_SIZE)
#define	BYTES(f)	CELL(#f "_bytes", extent.f##_bytes, #f, 13, CTL_SIZE)

static const struct emit_column extent_columns[] = {
	{ .title = "extents:", .width = 8, .type = CTL_STRING,
	    .offset = offsetof(struct extent_row, label),
	    .align = EMIT_LEFT },
	CELL("", size, "size", 12, CTL_SIZE),
	CELL("", index, "ind", 4, CTL_UNSIGNED),
	COUNT(ndirty),
	BYTES(dirty),
	COUNT(nmuzzy),
	BYTES(muzzy),
	COUNT(nretained),
	BYTES(retained),
	COUNT(npinned),
	BYTES(pinned),
	CELL("", ntotal, "ntotal", 13, CTL_SIZE),
	CELL("", total, "total", 13, CTL_SIZE),
};

/* The smallest run of a class: four a doubling from one page on. */
static size_t
run_size(unsigned class)
{

	if (class < 4)
		return ((class + 1) * SNAPSHOT_PAGE);
	return (((size_t)class % 4 + 5) * SNAPSHOT_PAGE << (class / 4 - 1));
}

void
_bas_stats_extents_print(struct emit *emit,
    const struct snapshot_pages *pages)
{
	struct extent_row row = { .label = "" };
	const struct snapshot_extent *extent;
	bool gap = false;
	unsigned i;

	_bas_emit_titles(emit, extent_columns, NELEM(extent_columns));
	_bas_emit_array(emit, "extents");
	for (i = 0; i < SNAPSHOT_NEXTENTS; i++) {
		extent = &pages->extents[i];
		row.extent = *extent;
		row.size = run_size(i);
		row.index = i;
		row.ntotal = extent->ndirty + extent->nmuzzy +
		    extent->nretained + extent->npinned;
		row.total = extent->dirty_bytes + extent->muzzy_bytes +
		    extent->retained_bytes + extent->pinned_bytes;
		gap = _bas_stats_class_begin(emit, extent_columns,
		    row.ntotal != 0, gap);
		if (!gap)
			_bas_emit_row(emit, NULL, extent_columns,
			    NELEM(extent_columns), &row);
	}
	_bas_stats_class_end(emit, extent_columns, gap);
	_bas_emit_array_end(emit);
}

/* Superpages of a kind, with what follows from the counts. */
struct slabs_row {
	const char		*label;
	size_t			 size;
	unsigned		 index;
	size_t			 nretained_nonhuge;
	struct snapshot_slabs	 slabs;
};

#undef	CELL
#define	CELL(key_, f, title_, width_, type_)				\
	{ .key = "" key_, .title = "" title_, .width = (width_),	\
	    .type = (type_), .offset = offsetof(struct slabs_row, f) }
#define	SLABS(f)	CELL(#f, slabs.f, #f, 20, CTL_SIZE)

static const struct emit_column slabs_columns[] = {
	{ .title = " ", .width = 6, .type = CTL_STRING,
	    .offset = offsetof(struct slabs_row, label),
	    .align = EMIT_LEFT },
	CELL("", size, "size", 14, CTL_SIZE),
	CELL("", index, "ind", 4, CTL_UNSIGNED),
	SLABS(npageslabs_huge),
	SLABS(nactive_huge),
	SLABS(ndirty_huge),
	SLABS(nuntouched_huge),
	SLABS(npageslabs_nonhuge),
	SLABS(nactive_nonhuge),
	SLABS(ndirty_nonhuge),
	CELL("nretained_nonhuge", nretained_nonhuge, "nretained_nonhuge", 20,
	    CTL_SIZE),
};

static void
slabs_row(struct slabs_row *row, const struct snapshot_slabs *slabs)
{
	size_t pages, used;

	row->slabs = *slabs;
	pages = slabs->npageslabs_nonhuge * HUGE_PAGES;
	used = slabs->nactive_nonhuge + slabs->ndirty_nonhuge;
	/* They are counted one by one, so they may not match. */
	row->nretained_nonhuge = pages > used ? pages - used : 0;
}

/* Columns for programs, lines for people. */
static void
slabs_print(struct emit *emit, const char *key, const char *heading,
    const struct snapshot_slabs *slabs)
{
	struct slabs_row row = { .label = "" };

	slabs_row(&row, slabs);
	if (emit->json) {
		_bas_emit_row(emit, key, slabs_columns, NELEM(slabs_columns),
		    &row);
		return;
	}
	_bas_emit_text(emit, "  %s:\n", heading);
	_bas_emit_text(emit, "      npageslabs: %zu huge, %zu nonhuge\n",
	    slabs->npageslabs_huge, slabs->npageslabs_nonhuge);
	_bas_emit_text(emit, "      nactive: %zu huge, %zu nonhuge\n",
	    slabs->nactive_huge, slabs->nactive_nonhuge);
	_bas_emit_text(emit, "      ndirty: %zu huge, %zu nonhuge\n",
	    slabs->ndirty_huge, slabs->ndirty_nonhuge);
	_bas_emit_text(emit, "      nuntouched: %zu huge\n",
	    slabs->nuntouched_huge);
	_bas_emit_text(emit, "      nretained: 0 huge, %zu nonhuge\n",
	    row.nretained_nonhuge);
}

static void
nonfull_print(struct emit *emit, const struct snapshot_slabs *slabs)
{
	struct slabs_row row = { .label = "" };
	bool gap = false;
	unsigned i;

	_bas_emit_text(emit, "\n");
	_bas_emit_titles(emit, slabs_columns, NELEM(slabs_columns));
	_bas_emit_array(emit, "nonfull_slabs");
	for (i = 0; i < SNAPSHOT_NPSIZES; i++) {
		slabs_row(&row, &slabs[i]);
		row.size = run_size(i);
		row.index = i;
		gap = _bas_stats_class_begin(emit, slabs_columns,
		    (slabs[i].npageslabs_huge |
		    slabs[i].npageslabs_nonhuge) != 0, gap);
		if (!gap)
			_bas_emit_row(emit, NULL, slabs_columns,
			    NELEM(slabs_columns), &row);
	}
	_bas_stats_class_end(emit, slabs_columns, gap);
	_bas_emit_array_end(emit);
}

/* What has no counterpart here, for programs that look it up. */
static void
foreign_print(struct emit *emit)
{
	static const char *const totals[] = { "sec_bytes", "sec_hits",
	    "sec_misses", "sec_dalloc_noflush", "sec_dalloc_flush",
	    "sec_overfills" };
	static const char *const batches[] = { "min_extents", "max_extents",
	    "extents", "ps", "pages_per_ps", "extents_per_ps",
	    "total_elapsed_ns_per_ps" };
	static const uint64_t none;
	size_t i, j;

	for (i = 0; i < NELEM(totals); i++)
		_bas_emit_value(emit, totals[i], NULL, CTL_UINT64, &none);
	_bas_emit_array(emit, "extent_allocation_distribution");
	for (i = 0; i < BATCHES; i++) {
		_bas_emit_dict(emit, NULL, NULL);
		for (j = 0; j < NELEM(batches); j++)
			_bas_emit_value(emit, batches[j], NULL, CTL_UINT64,
			    &none);
		_bas_emit_dict_end(emit);
	}
	_bas_emit_array_end(emit);
}

struct count {
	const char	*key;
	const char	*name;
	size_t		 offset;	/* of a uint64_t in snapshot_arena */
};

#define	EVENTS(f, n)							\
	{ #f, (n), offsetof(struct snapshot_arena, f) }

static void
events_print(struct emit *emit, const struct snapshot_arena *snapshot)
{
	static const struct count counts[] = {
		EVENTS(npurge_passes, "Purge passes"),
		EVENTS(npurges, "Purges"),
		EVENTS(nhugifies, "Hugifies"),
		EVENTS(nhugify_failures, "Hugify failures"),
		EVENTS(ndehugifies, "Dehugifies"),
	};
	const uint64_t *value;
	size_t i;

	for (i = 0; i < NELEM(counts); i++) {
		value = (const void *)((const char *)snapshot +
		    counts[i].offset);
		_bas_emit_value(emit, counts[i].key, NULL, CTL_UINT64, value);
		_bas_emit_text(emit, "  %s: %llu (%llu / sec)\n",
		    counts[i].name, (unsigned long long)*value,
		    (unsigned long long)_bas_emit_rate(emit, *value));
	}
}

void
_bas_stats_superpages_print(struct emit *emit,
    const struct snapshot_arena *snapshot, const struct snapshot_pages *pages)
{

	_bas_emit_dict(emit, "hpa_shard", "HPA shard stats:");
	_bas_emit_value(emit, "npageslabs", "  Superpages", CTL_SIZE,
	    &snapshot->npageslabs);
	_bas_emit_value(emit, "nactive", "  Active pages", CTL_SIZE,
	    &snapshot->pactive);
	_bas_emit_value(emit, "ndirty", "  Dirty pages", CTL_SIZE,
	    &snapshot->pdirty);
	events_print(emit, snapshot);
	if (emit->json)
		foreign_print(emit);
	slabs_print(emit, "slabs", "In all slabs", &pages->slabs);
	slabs_print(emit, "full_slabs", "In full slabs", &pages->full_slabs);
	slabs_print(emit, "empty_slabs", "In empty slabs",
	    &pages->empty_slabs);
	nonfull_print(emit, pages->nonfull_slabs);
	_bas_emit_dict_end(emit);
}
