/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What an arena counts, and how it is read: never with a lock. */
#include <string.h>

#include "heap/arena.h"
#include "os/os.h"
#include "os/tally.h"
#include "page/extent.h"

/* What arenas counted that are no more.  Written by one thread at a time. */
struct retired {
	struct arena_stats	arena;
	struct bin_stats	bins[SC_NSMALL + 1];
	struct large_stats	large[SC_NLARGE];
};

/* The writer's own, and what others read. */
static struct retired retired;
/* Relaxed, each word right by itself. */
static _Atomic uint64_t retired_words[sizeof(retired) / sizeof(uint64_t)];
/* Release and acquire: the words were written before. */
static _Atomic bool any_retired;

static void
add(_Atomic uint64_t *sum, uint64_t n)
{

	atomic_fetch_add_explicit(sum, n, memory_order_relaxed);
}

static uint64_t
sum_read(const _Atomic uint64_t *sum)
{

	return (atomic_load_explicit(sum, memory_order_relaxed));
}

_Static_assert(sizeof(struct bin_stats) % sizeof(uint64_t) == 0 &&
    sizeof(struct large_stats) % sizeof(uint64_t) == 0 &&
    offsetof(struct retired, bins) % sizeof(uint64_t) == 0, "words");

static void
retired_read(size_t offset, void *value, size_t size)
{

	words_read(&retired_words[offset / sizeof(uint64_t)], value, size);
}

/* From now on the statistics look at that class. */
static void
large_use(struct arena *arena, unsigned large)
{
	_Atomic uint64_t *word = &arena->large_used[large / 64];
	uint64_t bit = (uint64_t)1 << large % 64;

	if ((sum_read(word) & bit) == 0)
		atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
}

void
_bas_arena_count_large(struct arena *arena, size_t npages, bool made)
{
	size_t size = npages * PAGE;
	unsigned large = sizeclass_large_of(size <= SC_SMALL_MAX ?
	    SC_SMALL_MAX + 1 : size);

	tally_write(TALLY_LARGE, &arena->large_allocated);
	if (made) {
		atomic_fetch_add_explicit(&arena->large_allocated, size,
		    memory_order_relaxed);
		add(&arena->large[large].nmalloc, 1);
		large_use(arena, large);
	} else {
		atomic_fetch_sub_explicit(&arena->large_allocated, size,
		    memory_order_relaxed);
		add(&arena->large[large].ndalloc, 1);
	}
}

/* Two that are read one after the other may not match. */
static size_t
difference(uint64_t more, uint64_t less)
{

	return (more > less ? (size_t)(more - less) : 0);
}

/*
 * Objects that went out are read after those that came in, or more may have
 * come in than went out: each came in after it went out, in an order of a lock
 * or of the program.  Acquire, or a processor might load the other way round.
 */
static void
out_after_in(void)
{

	atomic_thread_fence(memory_order_acquire);
}

/* Where the memory of a class's slabs is. */
static void
room_add(const struct bin *bin, unsigned class, struct bin_stats *stats)
{
	size_t in, n;

	in = counter_read(&bin->ndalloc);
	out_after_in();
	n = difference(counter_read(&bin->nmalloc), in) +
	    counter_read(&bin->lodged);
	stats->used_bytes += n * sizeclass_size(class);
	stats->slab_bytes += counter_read(&bin->curslabs) *
	    sizeclass_slab_size(class);
	stats->clean_bytes += counter_read(&bin->nclean) * PAGE;
}

/* One of a class's bins. */
static void
shard_add(const struct bin *bin, struct bin_stats *stats)
{
	struct lock_stats mutex;

	stats->ndalloc += counter_read(&bin->ndalloc) +
	    atomic_load_explicit(&bin->guests_in, memory_order_relaxed);
	out_after_in();
	stats->nmalloc += counter_read(&bin->nmalloc) +
	    atomic_load_explicit(&bin->guests_out, memory_order_relaxed);
	stats->nfills += counter_read(&bin->nfills);
	stats->nflushes += counter_read(&bin->nflushes);
	stats->nslabs += counter_read(&bin->nslabs);
	stats->nreslabs += counter_read(&bin->nreslabs);
	stats->curslabs += counter_read(&bin->curslabs);
	stats->nonfull_slabs += counter_read(&bin->nonfull);
	_bas_lock_stats(&bin->lock, &mutex);
	_bas_lock_stats_add(&stats->mutex, &mutex);
}

void
_bas_arena_bin_stats(struct arena *arena, unsigned class,
    struct bin_stats *stats)
{
	unsigned i;

	if (arena == NULL) {
		retired_read(offsetof(struct retired, bins) +
		    class * sizeof(*stats), stats, sizeof(*stats));
		return;
	}
	memset(stats, 0, sizeof(*stats));
	for (i = 0; i < arena_nshards(class); i++) {
		shard_add(arena_bin(arena, class, i), stats);
		room_add(arena_bin(arena, class, i), class, stats);
	}
	stats->held_bytes = difference(stats->slab_bytes,
	    stats->used_bytes + stats->clean_bytes);
	stats->nrequests = sum_read(&arena->nrequests[class]);
	stats->curregs = difference(stats->nmalloc, stats->ndalloc);
}

/*
 * What is cached is asked for when it is taken from the cache; what is not
 * when it is made.
 */
void
_bas_arena_large_stats(struct arena *arena, unsigned large,
    struct large_stats *stats)
{

	if (arena == NULL) {
		retired_read(offsetof(struct retired, large) +
		    large * sizeof(*stats), stats, sizeof(*stats));
		return;
	}
	stats->nfills = large < SC_NCLASS - SC_NSMALL ?
	    sum_read(&arena->large_nfills[large]) : 0;
	stats->ndalloc = sum_read(&arena->large[large].ndalloc);
	out_after_in();
	stats->nmalloc = sum_read(&arena->large[large].nmalloc);
	stats->cur = difference(stats->nmalloc, stats->ndalloc);
	stats->nrequests = difference(stats->nmalloc, stats->nfills);
	if (large < SC_NCLASS - SC_NSMALL)
		stats->nrequests +=
		    sum_read(&arena->nrequests[SC_NSMALL + 1 + large]);
}

uint64_t
_bas_arena_bins_used(struct arena *arena)
{

	return (arena != NULL ? sum_read(&arena->bins_used) :
	    bit_mask(1, SC_NSMALL));
}

uint64_t
_bas_arena_large_used(struct arena *arena, unsigned word)
{
	unsigned left = SC_NLARGE - word * 64;

	return (arena != NULL ? sum_read(&arena->large_used[word]) :
	    bit_mask(0, left < 64 ? left : 64));
}

/* The sum of something over the bins of the classes that are in use. */
static size_t
bins_sum(struct arena *arena, size_t (*f)(const struct bin *, unsigned))
{
	uint64_t used = sum_read(&arena->bins_used);
	unsigned class, i;
	size_t sum = 0;

	for (; used != 0; used &= used - 1) {
		class = bit_first(used);
		for (i = 0; i < arena_nshards(class); i++)
			sum += f(arena_bin(arena, class, i), class);
	}
	return (sum);
}

static size_t
bin_pclean(const struct bin *bin, unsigned class)
{

	(void)class;
	return (counter_read(&bin->nclean));
}

static size_t
bin_allocated(const struct bin *bin, unsigned class)
{
	size_t n = _bas_bin_live(bin);

	/* Less than none are out, by what was read at another time. */
	return ((ssize_t)n < 0 ? 0 : n * sizeclass_size(class));
}

/* Descriptors of slabs; bytes. */
static size_t
bin_edata(const struct bin *bin, unsigned class)
{

	return (counter_read(&bin->curslabs) * _bas_slab_bytes(class));
}

size_t
_bas_arena_allocated(struct arena *arena)
{

	return (atomic_load_explicit(&arena->large_allocated,
	    memory_order_relaxed) + bins_sum(arena, bin_allocated));
}

size_t
_bas_arena_share(struct arena *arena)
{

	return (atomic_load_explicit(&arena->large_allocated,
	    memory_order_relaxed) + atomic_load_explicit(
	    &arena->small_allocated, memory_order_relaxed));
}

static void
purges_read(const struct purge_stats *from, uint64_t *npurge,
    uint64_t *nmadvise, uint64_t *purged)
{

	*npurge = counter_read(&from->npurge);
	*nmadvise = counter_read(&from->nmadvise);
	*purged = counter_read(&from->purged);
}

static void
pages_read(struct pages *pages, struct arena_stats *stats)
{
	struct extents *extents = atomic_load_explicit(&pages->extents,
	    memory_order_acquire);

	stats->pactive = counter_read(&pages->nactive);
	stats->pdirty = counter_read(&pages->ndirty);
	stats->pmuzzy = counter_read(&pages->nmuzzy);
	stats->pidle = counter_read(&pages->nidle);
	stats->nhuge = counter_read(&pages->nhuge);
	stats->nhugified = counter_read(&pages->nhugified);
	stats->mapped = stats->nhuge * HUGE;
	stats->edata = atomic_load_explicit(&pages->edata,
	    memory_order_relaxed);
	stats->nhugifies = atomic_load_explicit(&pages->nhugifies,
	    memory_order_relaxed);
	stats->nhugify_failures = atomic_load_explicit(
	    &pages->nhugify_failures, memory_order_relaxed);
	stats->ndehugifies = atomic_load_explicit(&pages->ndehugifies,
	    memory_order_relaxed);
	if (extents_are_hooked(extents)) {
		stats->retained = counter_read(&extents->retained);
		stats->pinned = counter_read(&extents->pinned);
	}
	purges_read(&pages->dirty_stats, &stats->dirty_npurge,
	    &stats->dirty_nmadvise, &stats->dirty_purged);
	purges_read(&pages->muzzy_stats, &stats->muzzy_npurge,
	    &stats->muzzy_nmadvise, &stats->muzzy_purged);
}

void
_bas_arena_stats(struct arena *arena, struct arena_stats *stats)
{

	if (arena == NULL) {
		retired_read(offsetof(struct retired, arena), stats,
		    sizeof(*stats));
		return;
	}
	memset(stats, 0, sizeof(*stats));
	stats->nthreads = atomic_load_explicit(&arena->nthreads,
	    memory_order_relaxed);
	stats->uptime = _bas_os_clock() - sum_read(&arena->born);
	pages_read(&arena->pages, stats);
	stats->pclean = bins_sum(arena, bin_pclean);
	/* They are read one after the other, so they may not match. */
	if (stats->pclean > stats->pactive)
		stats->pclean = stats->pactive;
	stats->edata += bins_sum(arena, bin_edata);
	stats->base = _bas_arena_bytes() + stats->edata;
	stats->large_allocated = atomic_load_explicit(
	    &arena->large_allocated, memory_order_relaxed);
	stats->large_nflushes = sum_read(&arena->large_nflushes);
}

void
_bas_arena_reset_mutexes(struct arena *arena)
{
	unsigned i;

	_bas_lock_stats_reset(&arena->maintenance);
	for (i = 1; i <= _bas_arena_nbins(); i++)
		_bas_lock_stats_reset(&arena->bins[i].lock);
	_bas_lock_stats_reset(&arena->pages.lock);
}

static void
set(_Atomic uint64_t *sum, uint64_t n)
{

	atomic_store_explicit(sum, n, memory_order_relaxed);
}

/* No object is left, whatever the sums say of those a fork set aside. */
void
_bas_arena_count_none(struct arena *arena)
{
	unsigned i;

	atomic_store_explicit(&arena->large_allocated, 0,
	    memory_order_relaxed);
	for (i = 0; i < SC_NLARGE; i++)
		set(&arena->large[i].ndalloc,
		    sum_read(&arena->large[i].nmalloc));
}

static void
purge_stats_zero(struct purge_stats *stats)
{

	atomic_store_explicit(&stats->npurge, 0, memory_order_relaxed);
	atomic_store_explicit(&stats->nmadvise, 0, memory_order_relaxed);
	atomic_store_explicit(&stats->purged, 0, memory_order_relaxed);
}

static void
bin_zero(struct bin *bin)
{

	atomic_store_explicit(&bin->nmalloc, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->ndalloc, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->guests_out, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->guests_in, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->nfills, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->nflushes, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->nslabs, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->nreslabs, 0, memory_order_relaxed);
}

/* Of an arena without objects: what it has counted up. */
static void
stats_zero(struct arena *arena)
{
	unsigned i;

	purge_stats_zero(&arena->pages.dirty_stats);
	purge_stats_zero(&arena->pages.muzzy_stats);
	set(&arena->pages.nhugifies, 0);
	set(&arena->pages.nhugify_failures, 0);
	set(&arena->pages.ndehugifies, 0);
	for (i = 1; i <= _bas_arena_nbins(); i++)
		bin_zero(&arena->bins[i]);
	for (i = 1; i <= SC_NCLASS; i++)
		set(&arena->nrequests[i], 0);
	for (i = 0; i < SC_NLARGE; i++) {
		set(&arena->large[i].nmalloc, 0);
		set(&arena->large[i].ndalloc, 0);
	}
	for (i = 0; i < SC_NCLASS - SC_NSMALL; i++)
		set(&arena->large_nfills[i], 0);
	set(&arena->large_nflushes, 0);
}

static void
retire_bin(struct bin_stats *to, struct arena *arena, unsigned class)
{
	struct bin_stats from;

	_bas_arena_bin_stats(arena, class, &from);
	to->nmalloc += from.nmalloc;
	to->ndalloc += from.ndalloc;
	to->nrequests += from.nrequests;
	to->nfills += from.nfills;
	to->nflushes += from.nflushes;
	to->nslabs += from.nslabs;
	to->nreslabs += from.nreslabs;
	_bas_lock_stats_add(&to->mutex, &from.mutex);
}

static void
retire_large(struct large_stats *to, struct arena *arena, unsigned large)
{
	struct large_stats from;

	_bas_arena_large_stats(arena, large, &from);
	to->nmalloc += from.nmalloc;
	to->ndalloc += from.ndalloc;
	to->nrequests += from.nrequests;
	to->nfills += from.nfills;
}

static void
retire_arena(struct arena_stats *to, struct arena *arena)
{
	struct arena_stats from;

	_bas_arena_stats(arena, &from);
	if (to->uptime < from.uptime)
		to->uptime = from.uptime;
	to->dirty_npurge += from.dirty_npurge;
	to->dirty_nmadvise += from.dirty_nmadvise;
	to->dirty_purged += from.dirty_purged;
	to->muzzy_npurge += from.muzzy_npurge;
	to->muzzy_nmadvise += from.muzzy_nmadvise;
	to->muzzy_purged += from.muzzy_purged;
	to->nhugifies += from.nhugifies;
	to->nhugify_failures += from.nhugify_failures;
	to->ndehugifies += from.ndehugifies;
	to->large_nflushes += from.large_nflushes;
}

void
_bas_arena_stats_retire(struct arena *arena)
{
	unsigned i;

	retire_arena(&retired.arena, arena);
	for (i = 1; i <= SC_NSMALL; i++)
		retire_bin(&retired.bins[i], arena, i);
	for (i = 0; i < SC_NLARGE; i++)
		retire_large(&retired.large[i], arena, i);
	words_write(retired_words, &retired, sizeof(retired));
	atomic_store_explicit(&any_retired, true, memory_order_release);
	stats_zero(arena);
}

bool
_bas_arena_was_destroyed(void)
{

	return (atomic_load_explicit(&any_retired, memory_order_acquire));
}
