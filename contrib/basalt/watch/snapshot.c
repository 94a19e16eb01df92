/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdatomic.h>
#include <string.h>

#include "heap/arena.h"
#include "meta/base.h"
#include "meta/pagemap.h"
#include "page/extent.h"
#include "thread/background.h"
#include "thread/tcaches.h"
#include "thread/tsd.h"
#include "util/lock.h"
#include "util/options.h"
#include "watch/prof.h"
#include "watch/shelf.h"
#include "watch/snapshot.h"

/*
 * Arenas share the slots of a shelf by their index.  Where more arenas are
 * read in turn than there are slots, each turn gathers anew: slower, never
 * wrong.
 */
#define	ARENA_SLOTS	9

static struct lock shelves_lock = LOCK_INITIALIZER(RANK_CTL);
static struct shelf_slot arena_slots[ARENA_SLOTS];
static _Atomic uint64_t arena_words[ARENA_SLOTS][SHELF_WORDS(
    struct snapshot_arena)];
static struct snapshot_arena arena_scratch;
/* Release when it is raised, acquire when it is asked for: see there. */
static _Atomic uint64_t epoch = 1;

static const char *const dss_words[] = {
	[DSS_DISABLED] = "disabled",
	[DSS_PRIMARY] = "primary",
	[DSS_SECONDARY] = "secondary",
};

static void
arena_gather(size_t arena, void *snapshot)
{

	_bas_snapshot_gather(arena, snapshot);
}

static const struct shelf arena_shelf = {
	.lock = &shelves_lock,
	.slots = arena_slots,
	.nslots = ARENA_SLOTS,
	.words = arena_words[0],
	.scratch = &arena_scratch,
	.size = sizeof(struct snapshot_arena),
	.gather = arena_gather,
};

/* The same of those that take a walk; fewer, as it is asked for less. */
#define	PAGES_SLOTS	3

static struct shelf_slot pages_slots[PAGES_SLOTS];
static _Atomic uint64_t pages_words[PAGES_SLOTS][SHELF_WORDS(
    struct snapshot_pages)];
static struct snapshot_pages pages_scratch;

static void
pages_gather(size_t arena, void *snapshot)
{

	_bas_snapshot_gather_pages(arena, snapshot);
}

static const struct shelf pages_shelf = {
	.lock = &shelves_lock,
	.slots = pages_slots,
	.nslots = PAGES_SLOTS,
	.words = pages_words[0],
	.scratch = &pages_scratch,
	.size = sizeof(struct snapshot_pages),
	.gather = pages_gather,
};

static void
bin_add(struct snapshot_bin *bin, const struct bin_stats *stats)
{

	bin->nmalloc += stats->nmalloc;
	bin->ndalloc += stats->ndalloc;
	bin->nrequests += stats->nrequests;
	bin->curregs += stats->curregs;
	bin->nfills += stats->nfills;
	bin->nflushes += stats->nflushes;
	bin->nslabs += stats->nslabs;
	bin->nreslabs += stats->nreslabs;
	bin->curslabs += stats->curslabs;
	bin->nonfull_slabs += stats->nonfull_slabs;
	bin->slab_bytes += stats->slab_bytes;
	bin->used_bytes += stats->used_bytes;
	bin->clean_bytes += stats->clean_bytes;
	bin->held_bytes += stats->held_bytes;
	_bas_lock_stats_add(&bin->mutex, &stats->mutex);
}

static void
small_add(struct snapshot_arena *to, struct arena *arena)
{
	struct snapshot_group *group = &to->small;
	uint64_t used = _bas_arena_bins_used(arena);
	struct bin_stats stats;
	unsigned class;

	for (; used != 0; used &= used - 1) {
		class = bit_first(used);
		_bas_arena_bin_stats(arena, class, &stats);
		bin_add(&to->bins[class - 1], &stats);
		to->held += stats.held_bytes;
		group->allocated += stats.curregs * sizeclass_size(class);
		group->nmalloc += stats.nmalloc;
		group->ndalloc += stats.ndalloc;
		group->nrequests += stats.nrequests;
		group->nfills += stats.nfills;
		group->nflushes += stats.nflushes;
	}
}

static void
lextent_add(struct snapshot_arena *to, struct arena *arena, unsigned i)
{
	struct snapshot_lextent *lextent = &to->lextents[i];
	struct snapshot_group *group = &to->large;
	struct large_stats stats;

	_bas_arena_large_stats(arena, i, &stats);
	lextent->nmalloc += stats.nmalloc;
	lextent->ndalloc += stats.ndalloc;
	lextent->nrequests += stats.nrequests;
	lextent->curlextents += stats.cur;
	group->nmalloc += stats.nmalloc;
	group->ndalloc += stats.ndalloc;
	group->nrequests += stats.nrequests;
	group->nfills += stats.nfills;
}

static void
large_add(struct snapshot_arena *to, struct arena *arena)
{
	uint64_t used;
	unsigned i;

	for (i = 0; i < HOWMANY(SNAPSHOT_NLEXTENTS, 64); i++) {
		used = _bas_arena_large_used(arena, i);
		for (; used != 0; used &= used - 1)
			lextent_add(to, arena, i * 64 + bit_first(used));
	}
}

static void
purges_add(struct snapshot_arena *to, const struct arena_stats *from)
{

	to->dirty_npurge += from->dirty_npurge;
	to->dirty_nmadvise += from->dirty_nmadvise;
	to->dirty_purged += from->dirty_purged;
	to->muzzy_npurge += from->muzzy_npurge;
	to->muzzy_nmadvise += from->muzzy_nmadvise;
	to->muzzy_purged += from->muzzy_purged;
	to->npurge_passes += from->dirty_npurge + from->muzzy_npurge;
	to->npurges += from->dirty_nmadvise + from->muzzy_nmadvise;
	to->nhugifies += from->nhugifies;
	to->nhugify_failures += from->nhugify_failures;
	to->ndehugifies += from->ndehugifies;
}

static void
mutex_add(struct snapshot_arena *to, enum snapshot_arena_mutex mutex,
    const struct lock *lock)
{
	struct lock_stats stats;

	_bas_lock_stats(lock, &stats);
	_bas_lock_stats_add(&to->mutexes[mutex], &stats);
}

static void
mutexes_add(struct snapshot_arena *to, struct arena *arena)
{
	struct extents *extents = atomic_load_explicit(
	    &arena->pages.extents, memory_order_acquire);

	mutex_add(to, ARENA_MUTEX_DECAY_DIRTY, &arena->maintenance);
	mutex_add(to, ARENA_MUTEX_HPA_SHARD, &arena->pages.lock);
	if (extents_are_hooked(extents))
		mutex_add(to, ARENA_MUTEX_EXTENTS_RETAINED, &extents->lock);
}

static void
arena_add(struct snapshot_arena *to, struct arena *arena)
{
	struct arena_stats from;
	size_t cached = 0, internal = 0;

	_bas_arena_stats(arena, &from);
	if (arena != NULL) {
		mutexes_add(to, arena);
		_bas_tsd_sum(arena, &cached, &internal);
	}
	if (to->uptime < from.uptime)
		to->uptime = from.uptime;
	to->nthreads += from.nthreads;
	to->pactive += from.pactive - from.pclean;
	to->pdirty += from.pdirty;
	to->pidle += from.pidle;
	to->pmuzzy += from.pmuzzy;
	to->mapped += from.mapped;
	to->retained += from.retained;
	to->pinned += from.pinned;
	to->tcache_bytes += cached;
	to->internal += internal;
	to->base += from.base;
	to->metadata_edata += from.edata;
	to->metadata_rtree += from.nhuge * PAGEMAP_HUGE_BYTES;
	to->resident += (from.pactive - from.pclean + from.pdirty +
	    from.pidle) * SNAPSHOT_PAGE +
	    ROUNDUP(from.base + internal, SNAPSHOT_PAGE);
	to->npageslabs += from.nhuge;
	to->npageslabs_huge += from.nhugified;
	to->npageslabs_nonhuge += from.nhuge - from.nhugified;
	to->large.allocated += from.large_allocated;
	to->large.nflushes += from.large_nflushes;
	purges_add(to, &from);
	small_add(to, arena);
	large_add(to, arena);
}

static size_t
pagemap_resident(void)
{

	return (_bas_pagemap_resident(_bas_extent_mapped()));
}

/* What is the process's shows in its first arena, and in all together. */
static void
process_add(struct snapshot_arena *to)
{

	mutex_add(to, ARENA_MUTEX_EXTENTS_RETAINED, &_bas_extents.lock);
	mutex_add(to, ARENA_MUTEX_BASE, _bas_base_lock());
	mutex_add(to, ARENA_MUTEX_TCACHE_LIST, _bas_tsd_lock());
	mutex_add(to, ARENA_MUTEX_TCACHE_LIST, _bas_tcaches_lock());
	to->abandoned_vm += _bas_extent_abandoned();
	to->extent_avail += _bas_base_unused(sizeof(struct huge));
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
	process_add(snapshot);
	_bas_base_stats(&base);
	snapshot->metadata_rtree = pagemap_resident();
	snapshot->resident = (snapshot->pactive + snapshot->pdirty +
	    snapshot->pidle) * SNAPSHOT_PAGE +
	    ROUNDUP(base.resident, SNAPSHOT_PAGE) +
	    snapshot->metadata_rtree;
	snapshot->base = base.allocated + snapshot->metadata_rtree;
	snapshot->base -= snapshot->internal < snapshot->base ?
	    snapshot->internal : snapshot->base;
	snapshot->metadata_thp = base.nthp;
	snapshot->retained = _bas_extent_retained();
	snapshot->mapped = _bas_extent_mapped() - snapshot->retained;
	snapshot->pinned = _bas_extent_pinned();
	snapshot->dirty_decay_ms = -1;
	snapshot->muzzy_decay_ms = -1;
}

void
_bas_snapshot_gather(size_t index, struct snapshot_arena *snapshot)
{
	struct arena *arena;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->dss = "N/A";
	if (index == SNAPSHOT_ALL) {
		merged_gather(snapshot);
		return;
	}
	if (index == SNAPSHOT_DESTROYED) {
		arena_add(snapshot, NULL);
		snapshot->dirty_decay_ms = -1;
		snapshot->muzzy_decay_ms = -1;
		return;
	}
	arena = index < _bas_arena_count() ?
	    _bas_arena_get((unsigned)index) : NULL;
	if (arena == NULL)
		return;
	arena_add(snapshot, arena);
	if (index == 0)
		process_add(snapshot);
	snapshot->dss = dss_words[_bas_arena_dss(arena)];
	snapshot->dirty_decay_ms = arena_decay_ms(arena, false);
	snapshot->muzzy_decay_ms = arena_decay_ms(arena, true);
}

/* Each total by itself, so that one that is asked for costs no other. */
static size_t
total_of_arenas(size_t (*f)(struct arena *))
{
	struct arena *arena;
	size_t sum = 0;
	unsigned i, n;

	n = _bas_arena_count();
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			sum += f(arena);
	}
	return (sum);
}

static size_t
arena_active(struct arena *arena)
{

	return (counter_read(&arena->pages.nactive));
}

static size_t
arena_dirty(struct arena *arena)
{

	return (counter_read(&arena->pages.ndirty));
}

static size_t
arena_idle(struct arena *arena)
{

	return (counter_read(&arena->pages.nidle));
}

/*
 * Pages in use; not those of slabs that hold nothing and were given back,
 * so that active is never more than resident.
 */
static size_t
total_active(void)
{
	size_t clean = _bas_bins_clean();
	size_t active = total_of_arenas(arena_active);

	/* They are read one after the other, so they may not match. */
	return (active > clean ? (active - clean) * SNAPSHOT_PAGE : 0);
}

static size_t
arena_edata(struct arena *arena)
{
	struct arena_stats stats;

	_bas_arena_stats(arena, &stats);
	return (stats.edata);
}

size_t
_bas_snapshot_total(size_t offset)
{
	struct base_stats base;

	_bas_base_stats(&base);
	switch (offset) {
	case offsetof(struct snapshot_totals, allocated):
		return (total_of_arenas(_bas_arena_share));
	case offsetof(struct snapshot_totals, active):
		return (total_active());
	case offsetof(struct snapshot_totals, metadata):
		return (base.allocated + pagemap_resident());
	case offsetof(struct snapshot_totals, metadata_edata):
		return (total_of_arenas(arena_edata));
	case offsetof(struct snapshot_totals, metadata_rtree):
		return (pagemap_resident());
	case offsetof(struct snapshot_totals, metadata_thp):
		return (base.nthp);
	case offsetof(struct snapshot_totals, resident):
		return (total_active() + (total_of_arenas(arena_dirty) +
		    total_of_arenas(arena_idle)) * SNAPSHOT_PAGE +
		    ROUNDUP(base.resident, SNAPSHOT_PAGE) +
		    pagemap_resident());
	case offsetof(struct snapshot_totals, mapped):
		return (_bas_extent_mapped() - _bas_extent_retained());
	case offsetof(struct snapshot_totals, retained):
		return (_bas_extent_retained());
	case offsetof(struct snapshot_totals, pinned):
		return (_bas_extent_pinned());
	default:
		return (atomic_load_explicit(&_bas_zero_reallocs,
		    memory_order_relaxed));
	}
}

void
_bas_snapshot_totals(struct snapshot_totals *totals)
{
	size_t i, value;

	for (i = 0; i < sizeof(*totals); i += sizeof(value)) {
		value = _bas_snapshot_total(i);
		memcpy((char *)totals + i, &value, sizeof(value));
	}
}

bool
_bas_snapshot_has(size_t arena)
{

	if (arena == SNAPSHOT_ALL)
		return (true);
	if (arena == SNAPSHOT_DESTROYED)
		return (_bas_arena_was_destroyed());
	return (arena < _bas_arena_count() &&
	    _bas_arena_get((unsigned)arena) != NULL);
}

void
_bas_snapshot_read(size_t arena, size_t offset, void *value, size_t size)
{

	_bas_shelf_read(&arena_shelf, arena, _bas_snapshot_epoch(), offset,
	    value, size);
}

/* The caller's own takes are in, whatever those of others are. */
uint64_t
_bas_snapshot_refresh(void)
{

	_bas_thread_count();
	/* Release: who gathers for this epoch finds what was counted. */
	return (atomic_fetch_add_explicit(&epoch, 1,
	    memory_order_release) + 1);
}

uint64_t
_bas_snapshot_epoch(void)
{

	/* Acquire: see _bas_snapshot_refresh. */
	return (atomic_load_explicit(&epoch, memory_order_acquire));
}

struct lock *
_bas_snapshot_lock(void)
{

	return (&shelves_lock);
}

void
_bas_snapshot_mend(void)
{

	if (lock_is_held(&shelves_lock))
		_bas_lock_init(&shelves_lock, RANK_CTL);
	_bas_shelf_mend(&arena_shelf);
	_bas_shelf_mend(&pages_shelf);
	(void)_bas_snapshot_refresh();
}

void
_bas_snapshot_read_pages(size_t arena, size_t offset, void *value,
    size_t size)
{

	_bas_shelf_read(&pages_shelf, arena, _bas_snapshot_epoch(), offset,
	    value, size);
}

void
_bas_snapshot_mutex(enum snapshot_mutex mutex, struct lock_stats *stats)
{

	if (mutex == MUTEX_CTL)
		_bas_lock_stats(&shelves_lock, stats);
	else if (mutex == MUTEX_BACKGROUND_THREAD)
		_bas_background_lock_stats(stats);
	else if (mutex == MUTEX_PROF)
		_bas_lock_stats(_bas_prof_lock(), stats);
	else if (mutex == MUTEX_PROF_DUMP)
		_bas_lock_stats(_bas_prof_dump_lock(), stats);
	else
		*stats = (struct lock_stats){ 0 };
}

void
_bas_snapshot_mutex_reset(void)
{
	struct extents *extents;
	struct arena *arena;
	unsigned i, n;

	n = _bas_arena_count();
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena == NULL)
			continue;
		_bas_arena_reset_mutexes(arena);
		extents = atomic_load_explicit(&arena->pages.extents,
		    memory_order_acquire);
		_bas_lock_stats_reset(&extents->lock);
	}
	_bas_lock_stats_reset(&_bas_extents.lock);
	_bas_lock_stats_reset(_bas_base_lock());
	_bas_lock_stats_reset(_bas_tsd_lock());
	_bas_lock_stats_reset(_bas_tcaches_lock());
	_bas_lock_stats_reset(&shelves_lock);
	_bas_lock_stats_reset(_bas_prof_lock());
	_bas_lock_stats_reset(_bas_prof_dump_lock());
	_bas_background_lock_reset();
}
