/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdatomic.h>
#include <string.h>

#include "heap/arena.h"
#include "meta/base.h"
#include "page/extent.h"
#include "util/lock.h"
#include "util/options.h"
#include "watch/snapshot.h"

/*
 * Arenas share the slots by their index, slot 0 is SNAPSHOT_ALL's.  Where
 * more arenas are read in turn than there are slots, each turn gathers anew:
 * slower, never wrong.
 */
#define	SLOTS	9

struct slot {
	uint64_t		epoch;	/* 0: empty */
	size_t			arena;
	struct snapshot_arena	snapshot;
};

static struct lock slots_lock = LOCK_INITIALIZER(RANK_CTL);
static struct slot slots[SLOTS];
static _Atomic uint64_t epoch = 1;

static void
group_add(struct snapshot_group *group, const struct snapshot_bin *bin,
    size_t size)
{

	group->allocated += bin->curregs * size;
	group->nmalloc += bin->nmalloc;
	group->ndalloc += bin->ndalloc;
	group->nfills += bin->nfills;
	group->nflushes += bin->nflushes;
}

static void
bin_add(struct snapshot_bin *bin, const struct bin_stats *stats)
{

	bin->nmalloc += stats->nmalloc;
	bin->ndalloc += stats->ndalloc;
	bin->curregs += stats->curregs;
	bin->nfills += stats->nfills;
	bin->nflushes += stats->nflushes;
	bin->nslabs += stats->nslabs;
	bin->nreslabs += stats->nreslabs;
	bin->curslabs += stats->curslabs;
	bin->nonfull_slabs += stats->nonfull_slabs;
}

static void
classes_add(struct snapshot_arena *to, const struct arena_stats *from)
{
	struct snapshot_bin own;
	unsigned i;

	for (i = 0; i < SC_NSMALL; i++) {
		own = (struct snapshot_bin){ 0 };
		bin_add(&own, &from->bins[i + 1]);
		group_add(&to->small, &own, sizeclass_size(i + 1));
		bin_add(&to->bins[i], &from->bins[i + 1]);
	}
	for (i = 0; i < SC_NCLASS - SC_NSMALL; i++)
		to->lextents[i].curlextents +=
		    (size_t)from->large_cur[SC_NSMALL + 1 + i];
	to->large.allocated += from->large_allocated;
	to->large.nmalloc += from->large_nmalloc;
	to->large.ndalloc += from->large_ndalloc;
}

static void
arena_add(struct snapshot_arena *to, struct arena *arena)
{
	struct arena_stats from;

	_bas_arena_stats(arena, &from);
	to->nthreads += from.nthreads;
	to->pactive += from.pactive;
	to->pdirty += from.pdirty;
	to->pmuzzy += from.pmuzzy;
	to->mapped += from.mapped;
	to->base += from.base;
	to->internal += from.internal;
	to->resident += (from.pactive - from.pclean + from.pdirty) *
	    SNAPSHOT_PAGE + from.base;
	to->dirty_npurge += from.dirty_npurge;
	to->dirty_nmadvise += from.dirty_nmadvise;
	to->dirty_purged += from.dirty_purged;
	to->muzzy_npurge += from.muzzy_npurge;
	to->muzzy_nmadvise += from.muzzy_nmadvise;
	to->muzzy_purged += from.muzzy_purged;
	to->npageslabs += from.nhuge;
	to->npageslabs_huge += from.nhugified;
	to->npageslabs_nonhuge += from.nhuge - from.nhugified;
	classes_add(to, &from);
}

/* Address space that nobody uses and metadata are the process's. */
static void
merged_gather(struct snapshot_arena *snapshot)
{
	struct base_stats base;
	struct arena *arena;
	unsigned i, n;

	n = _bas_arena_count();
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			arena_add(snapshot, arena);
	}
	_bas_base_stats(&base);
	snapshot->resident += base.resident - snapshot->base;
	snapshot->base = base.allocated;
	snapshot->metadata_thp = base.nthp;
	snapshot->retained = _bas_extent_retained();
	snapshot->mapped = _bas_extent_mapped() - snapshot->retained;
	snapshot->dirty_decay_ms = -1;
	snapshot->muzzy_decay_ms = -1;
}

void
_bas_snapshot_gather(size_t index, struct snapshot_arena *snapshot)
{
	struct arena *arena;

	memset(snapshot, 0, sizeof(*snapshot));
	if (index == SNAPSHOT_ALL) {
		merged_gather(snapshot);
		return;
	}
	arena = index < _bas_arena_count() ?
	    _bas_arena_get((unsigned)index) : NULL;
	if (arena == NULL)
		return;
	arena_add(snapshot, arena);
	snapshot->dirty_decay_ms = _bas_arena_decay_ms(arena, false);
	snapshot->muzzy_decay_ms = _bas_arena_decay_ms(arena, true);
}

void
_bas_snapshot_totals(struct snapshot_totals *totals)
{
	struct arena_stats stats;
	struct base_stats base;
	struct arena *arena;
	unsigned i, j, n;

	*totals = (struct snapshot_totals){ 0 };
	n = _bas_arena_count();
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena == NULL)
			continue;
		_bas_arena_stats(arena, &stats);
		for (j = 1; j <= SC_NSMALL; j++)
			totals->allocated += stats.bins[j].curregs *
			    sizeclass_size(j);
		totals->allocated += stats.large_allocated;
		totals->active += stats.pactive * SNAPSHOT_PAGE;
		totals->resident += stats.pdirty * SNAPSHOT_PAGE;
		totals->resident -= stats.pclean * SNAPSHOT_PAGE;
	}
	_bas_base_stats(&base);
	totals->metadata = base.allocated;
	totals->metadata_thp = base.nthp;
	totals->resident += totals->active + base.resident;
	totals->retained = _bas_extent_retained();
	totals->mapped = _bas_extent_mapped() - totals->retained;
	totals->zero_reallocs = atomic_load_explicit(&_bas_zero_reallocs,
	    memory_order_relaxed);
}

bool
_bas_snapshot_has(size_t arena)
{

	if (arena == SNAPSHOT_ALL)
		return (true);
	return (arena < _bas_arena_count() &&
	    _bas_arena_get((unsigned)arena) != NULL);
}

void
_bas_snapshot_read(size_t arena, size_t offset, void *value, size_t size)
{
	struct slot *slot;
	uint64_t now;

	slot = &slots[arena == SNAPSHOT_ALL ? 0 : 1 + arena % (SLOTS - 1)];
	lock_take(&slots_lock);
	now = atomic_load_explicit(&epoch, memory_order_relaxed);
	if (slot->epoch != now || slot->arena != arena) {
		_bas_snapshot_gather(arena, &slot->snapshot);
		slot->arena = arena;
		slot->epoch = now;
	}
	memcpy(value, (const char *)&slot->snapshot + offset, size);
	lock_give(&slots_lock);
}

uint64_t
_bas_snapshot_refresh(void)
{

	return (atomic_fetch_add_explicit(&epoch, 1,
	    memory_order_relaxed) + 1);
}

uint64_t
_bas_snapshot_epoch(void)
{

	return (atomic_load_explicit(&epoch, memory_order_relaxed));
}

void
_bas_snapshot_mend(void)
{

	_bas_lock_init(&slots_lock, RANK_CTL);
	/* One of them may be half gathered. */
	(void)_bas_snapshot_refresh();
}

void
_bas_snapshot_gather_pages(size_t arena, struct snapshot_pages *snapshot)
{

	(void)arena;
	memset(snapshot, 0, sizeof(*snapshot));
}

void
_bas_snapshot_read_pages(size_t arena, size_t offset, void *value,
    size_t size)
{

	(void)arena;
	(void)offset;
	memset(value, 0, size);
}

void
_bas_snapshot_mutex(enum snapshot_mutex mutex, struct lock_stats *stats)
{

	(void)mutex;
	*stats = (struct lock_stats){ 0 };
}

void
_bas_snapshot_mutex_reset(void)
{
}
