/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What an arena counts, and how it is read: never with a lock. */
#include <string.h>

#include "heap/arena.h"

void
_bas_arena_count_large(struct arena *arena, size_t npages, bool made)
{
	size_t size = npages * PAGE;
	unsigned class = size <= SC_CLASS_MAX ? sizeclass_of(size) : 0;

	if (made) {
		atomic_fetch_add_explicit(&arena->large_allocated, size,
		    memory_order_relaxed);
		atomic_fetch_add_explicit(&arena->large_nmalloc, 1,
		    memory_order_relaxed);
		atomic_fetch_add_explicit(&arena->large_cur[class], 1,
		    memory_order_relaxed);
	} else {
		atomic_fetch_sub_explicit(&arena->large_allocated, size,
		    memory_order_relaxed);
		atomic_fetch_add_explicit(&arena->large_ndalloc, 1,
		    memory_order_relaxed);
		atomic_fetch_sub_explicit(&arena->large_cur[class], 1,
		    memory_order_relaxed);
	}
}

/* Of a class, all its bins together. */
static void
bin_stats_read(struct arena *arena, unsigned class, struct bin_stats *stats)
{
	const struct bin *bin;
	unsigned i;

	memset(stats, 0, sizeof(*stats));
	for (i = 0; i < arena_nshards(class); i++) {
		bin = arena_bin(arena, class, i);
		stats->ndalloc += counter_read(&bin->ndalloc);
		stats->nmalloc += counter_read(&bin->nmalloc);
		stats->nfills += counter_read(&bin->nfills);
		stats->nflushes += counter_read(&bin->nflushes);
		stats->nslabs += counter_read(&bin->nslabs);
		stats->nreslabs += counter_read(&bin->nreslabs);
		stats->curslabs += counter_read(&bin->curslabs);
		stats->nonfull_slabs += counter_read(&bin->nonfull);
	}
	/* They are read one after the other, so they may not match. */
	stats->curregs = stats->nmalloc > stats->ndalloc ?
	    (size_t)(stats->nmalloc - stats->ndalloc) : 0;
}

void
_bas_arena_stats(struct arena *arena, struct arena_stats *stats)
{
	struct pages *pages = &arena->pages;
	unsigned i;

	memset(stats, 0, sizeof(*stats));
	stats->nthreads = atomic_load_explicit(&arena->nthreads,
	    memory_order_relaxed);
	stats->pactive = counter_read(&pages->nactive);
	stats->pdirty = counter_read(&pages->ndirty);
	stats->pmuzzy = counter_read(&pages->nmuzzy);
	stats->nhuge = counter_read(&pages->nhuge);
	stats->nhugified = counter_read(&pages->nhugified);
	stats->mapped = stats->nhuge * HUGE;
	stats->base = _bas_arena_bytes();
	stats->dirty_npurge = counter_read(&pages->dirty_stats.npurge);
	stats->dirty_nmadvise = counter_read(&pages->dirty_stats.nmadvise);
	stats->dirty_purged = counter_read(&pages->dirty_stats.purged);
	stats->muzzy_npurge = counter_read(&pages->muzzy_stats.npurge);
	stats->muzzy_nmadvise = counter_read(&pages->muzzy_stats.nmadvise);
	stats->muzzy_purged = counter_read(&pages->muzzy_stats.purged);
	stats->large_allocated = atomic_load_explicit(
	    &arena->large_allocated, memory_order_relaxed);
	stats->large_nmalloc = atomic_load_explicit(&arena->large_nmalloc,
	    memory_order_relaxed);
	stats->large_ndalloc = atomic_load_explicit(&arena->large_ndalloc,
	    memory_order_relaxed);
	for (i = 0; i <= SC_NCLASS; i++)
		stats->large_cur[i] = atomic_load_explicit(
		    &arena->large_cur[i], memory_order_relaxed);
	for (i = 1; i <= SC_NSMALL; i++)
		bin_stats_read(arena, i, &stats->bins[i]);
	for (i = 1; i <= _bas_arena_nbins(); i++)
		stats->pclean += counter_read(&arena_nth_bin(arena,
		    i)->nclean);
}

/* No object is left, whatever the sums say of those a fork set aside. */
void
_bas_arena_count_none(struct arena *arena)
{
	unsigned i;

	atomic_store_explicit(&arena->large_allocated, 0,
	    memory_order_relaxed);
	atomic_store_explicit(&arena->large_ndalloc, atomic_load_explicit(
	    &arena->large_nmalloc, memory_order_relaxed),
	    memory_order_relaxed);
	for (i = 0; i <= SC_NCLASS; i++)
		atomic_store_explicit(&arena->large_cur[i], 0,
		    memory_order_relaxed);
}

static void
purge_stats_zero(struct purge_stats *stats)
{

	atomic_store_explicit(&stats->npurge, 0, memory_order_relaxed);
	atomic_store_explicit(&stats->nmadvise, 0, memory_order_relaxed);
	atomic_store_explicit(&stats->purged, 0, memory_order_relaxed);
}

/* Of an arena without objects: what it has counted up. */
void
_bas_arena_stats_zero(struct arena *arena)
{
	struct bin *bin;
	unsigned i;

	atomic_store_explicit(&arena->large_nmalloc, 0, memory_order_relaxed);
	atomic_store_explicit(&arena->large_ndalloc, 0, memory_order_relaxed);
	purge_stats_zero(&arena->pages.dirty_stats);
	purge_stats_zero(&arena->pages.muzzy_stats);
	for (i = 1; i <= _bas_arena_nbins(); i++) {
		bin = arena_nth_bin(arena, i);
		atomic_store_explicit(&bin->nmalloc, 0, memory_order_relaxed);
		atomic_store_explicit(&bin->ndalloc, 0, memory_order_relaxed);
		atomic_store_explicit(&bin->nfills, 0, memory_order_relaxed);
		atomic_store_explicit(&bin->nflushes, 0,
		    memory_order_relaxed);
		atomic_store_explicit(&bin->nslabs, 0, memory_order_relaxed);
		atomic_store_explicit(&bin->nreslabs, 0,
		    memory_order_relaxed);
	}
}

/* What has been counted up: of those that are no more there is nothing. */
void
_bas_arena_stats_add(struct arena_stats *to, const struct arena_stats *from)
{
	unsigned i;

	to->dirty_npurge += from->dirty_npurge;
	to->dirty_nmadvise += from->dirty_nmadvise;
	to->dirty_purged += from->dirty_purged;
	to->muzzy_npurge += from->muzzy_npurge;
	to->muzzy_nmadvise += from->muzzy_nmadvise;
	to->muzzy_purged += from->muzzy_purged;
	to->large_nmalloc += from->large_nmalloc;
	to->large_ndalloc += from->large_ndalloc;
	for (i = 1; i <= SC_NSMALL; i++) {
		to->bins[i].nmalloc += from->bins[i].nmalloc;
		to->bins[i].ndalloc += from->bins[i].ndalloc;
		to->bins[i].nfills += from->bins[i].nfills;
		to->bins[i].nflushes += from->bins[i].nflushes;
		to->bins[i].nslabs += from->bins[i].nslabs;
		to->bins[i].nreslabs += from->bins[i].nreslabs;
	}
}

size_t
_bas_arena_allocated(struct arena *arena)
{
	struct bin_stats stats;
	size_t bytes;
	unsigned i;

	bytes = atomic_load_explicit(&arena->large_allocated,
	    memory_order_relaxed);
	for (i = 1; i <= SC_NSMALL; i++) {
		bin_stats_read(arena, i, &stats);
		bytes += stats.curregs * sizeclass_size(i);
	}
	return (bytes);
}
