/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "heap/arena.h"
#include "heap/depot.h"
#include "meta/base.h"
#include "meta/pagemap.h"

static unsigned
depot_room(const struct depot *depot)
{

	return (atomic_load_explicit(&depot->room, memory_order_relaxed));
}

/* Does another thread take what is put here? */
static bool
is_wanted(const struct depot *depot)
{
	uintptr_t taker;

	taker = atomic_load_explicit(&depot->taker, memory_order_relaxed);
	return (taker != 0 && taker != lock_self());
}

/* What a depot of so much room may grow to. */
static unsigned
room_next(unsigned class, unsigned room)
{
	size_t size = sizeclass_size(class), n = room * 2;

	if (room == 0)
		n = DEPOT_FIRST_BYTES / size < DEPOT_FIRST ?
		    DEPOT_FIRST_BYTES / size : DEPOT_FIRST;
	if (n > DEPOT_MAX)
		n = DEPOT_MAX;
	return ((unsigned)(n * size > DEPOT_BYTES ? DEPOT_BYTES / size : n));
}

static void
object_free(void **object, unsigned room)
{

	if (object != NULL)
		_bas_base_free(object, room * sizeof(void *));
}

/*
 * More room where it has been full and too empty since it last grew: what
 * comes and what goes take turns that are longer than that.
 */
static bool
depot_grow(struct bin *bin, unsigned class)
{
	struct depot *depot = &bin->depot;
	unsigned was = depot_room(depot), room = room_next(class, was);
	void **object, **old;

	if (room <= was ||
	    (was != 0 && (depot_flags(depot) & DEPOT_DRY) == 0))
		return (false);
	object = _bas_base_alloc(room * sizeof(void *));
	if (object == NULL)
		return (false);
	lock_take(&bin->lock);
	old = object;
	if (depot_room(depot) == was) {
		old = depot->object;
		if (old != NULL)
			memcpy(object, old, was * sizeof(void *));
		depot->object = object;
		atomic_store_explicit(&depot->room, (uint16_t)room,
		    memory_order_relaxed);
		depot_set_flags(depot, depot_flags(depot) & ~DEPOT_DRY);
		room = was;
	}
	lock_give(&bin->lock);
	object_free(old, room);
	return (true);
}

/*
 * The address was one of the class when it was freed.  If it still is, its
 * superpage is in use.
 */
static bool
is_of(uintptr_t address, const struct pages *pages, unsigned class)
{
	struct pagemap_leaf *leaf = pagemap_leaf(address);

	return (byte_read(&leaf->class[(uint32_t)address >> PAGE_SHIFT]) ==
	    class &&
	    atomic_load_explicit(&leaf->huge[(uint32_t)address >> HUGE_SHIFT],
	    memory_order_relaxed)->owner == pages);
}

/*
 * Those that are of the class and the arena come last in the row; how many
 * others there are.  What is of another class now has been freed before.
 */
static unsigned
objects_sort(const struct pages *pages, unsigned class, void **objects,
    unsigned n)
{
	unsigned i, kept = 0;
	void *p;

	/* Neighbours are not compared: that jumps too often as not foreseen. */
	for (i = 0; i < n; i++) {
		p = objects[i];
		if (likely(is_of((uintptr_t)p, pages, class)))
			continue;
		objects[i] = objects[kept];
		objects[kept++] = p;
	}
	return (kept);
}

static bool
depot_put(struct bin *bin, void *const *objects, unsigned n)
{
	struct depot *depot = &bin->depot;
	unsigned count = depot_count(depot);

	if (count + n > depot_room(depot))
		return (false);
	memcpy(depot->object + count, objects, n * sizeof(void *));
	depot_set_count(depot, count + n);
	depot_set_flags(depot, depot_flags(depot) | DEPOT_USED);
	counter_add(&bin->ndalloc, n);
	counter_add(&bin->nflushes, 1);
	return (true);
}

unsigned
_bas_depot_hand(const struct bin *own, unsigned class, void **objects,
    unsigned n, bool *due)
{
	struct huge *huge;
	struct bin *bin;
	unsigned kept;
	bool done;

	if (arena_nshards(class) > 1 || pagemap_class(objects[0]) != class)
		return (_bas_bin_flush(own, class, objects, n, due));
	huge = pagemap_huge(objects[0]);
	bin = &arena_of_pages(huge->owner)->bins[class];
	if (!is_wanted(&bin->depot) ||
	    (depot_count(&bin->depot) + n > depot_room(&bin->depot) &&
	    !depot_grow(bin, class)))
		return (_bas_bin_flush(own, class, objects, n, due));
	kept = objects_sort(huge->owner, class, objects, n);
	if (bin == own)
		lock_take(&bin->lock);
	else if (!lock_try(&bin->lock))
		return (_bas_bin_flush(own, class, objects, n, due));
	done = depot_put(bin, objects + kept, n - kept);
	lock_give(&bin->lock);
	return (done ? kept : _bas_bin_flush(own, class, objects, n, due));
}

void
_bas_depot_drain(struct bin *bin, bool all, struct slab **empty)
{
	struct depot *depot = &bin->depot;
	unsigned n = depot_count(depot), idle = all ? n : depot->least;

	if (idle > 0) {
		_bas_bin_give(bin, depot->object, idle, empty);
		n -= idle;
		memmove(depot->object, depot->object + idle,
		    n * sizeof(void *));
		depot_set_count(depot, n);
	}
	depot->least = (uint16_t)n;
	if (n == 0 && (all || (depot_flags(depot) & DEPOT_USED) == 0)) {
		object_free(depot->object, depot_room(depot));
		depot->object = NULL;
		atomic_store_explicit(&depot->room, 0, memory_order_relaxed);
	}
	depot_set_flags(depot, 0);
}

void
_bas_depot_forget(struct depot *depot)
{

	depot_set_count(depot, 0);
	depot->least = 0;
	depot_set_flags(depot, 0);
	depot->object = NULL;
	atomic_store_explicit(&depot->room, 0, memory_order_relaxed);
}
