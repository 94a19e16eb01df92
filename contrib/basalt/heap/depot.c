/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "heap/arena.h"
#include "heap/depot.h"
#include "meta/base.h"
#include "meta/pagemap.h"

static void **
depot_object(const struct depot *depot)
{

	return (atomic_load_explicit(&depot->object, memory_order_relaxed));
}

static unsigned
depot_limit(unsigned class)
{
	size_t n = DEPOT_BYTES / sizeclass_size(class);

	return (n > DEPOT_MAX ? DEPOT_MAX : (unsigned)n);
}

/* Does somebody else take what is put here, and is there room? */
static bool
is_wanted(struct bin *bin, unsigned class, unsigned n)
{
	struct depot *depot = &bin->depot;
	uintptr_t taker;

	taker = atomic_load_explicit(&depot->taker, memory_order_relaxed);
	return (taker != 0 && taker != lock_self() &&
	    depot_count(depot) + n <= depot_limit(class));
}

/*
 * Those that are of the class and the arena come last in the row; how many
 * others there are.  What is of another class now has been freed before.
 */
static unsigned
objects_sort(const struct pages *pages, unsigned class, void **objects,
    unsigned n)
{
	uintptr_t last = (uintptr_t)objects[0];
	struct huge *huge = pagemap_huge(objects[0]);
	unsigned i, kept = 0;
	void *p;

	for (i = 0; i < n; i++) {
		p = objects[i];
		if (((uintptr_t)p ^ last) >> HUGE_SHIFT != 0) {
			huge = pagemap_huge(p);
			last = (uintptr_t)p;
		}
		if (pagemap_class(p) == class && huge->owner == pages)
			continue;
		objects[i] = objects[kept];
		objects[kept++] = p;
	}
	return (kept);
}

/* No lock is held over asking for memory. */
static bool
depot_make(struct bin *bin)
{
	size_t size = DEPOT_MAX * sizeof(void *);
	void **object;

	object = _bas_base_alloc(size);
	if (object == NULL)
		return (false);
	lock_take(&bin->lock);
	if (depot_object(&bin->depot) == NULL) {
		atomic_store_explicit(&bin->depot.object, object,
		    memory_order_relaxed);
		object = NULL;
	}
	lock_give(&bin->lock);
	if (object != NULL)
		_bas_base_free(object, size);
	return (true);
}

static bool
depot_put(struct bin *bin, unsigned class, void *const *objects, unsigned n)
{
	struct depot *depot = &bin->depot;
	unsigned count = depot_count(depot);

	if (count + n > depot_limit(class))
		return (false);
	memcpy(depot_object(depot) + count, objects, n * sizeof(void *));
	atomic_store_explicit(&depot->n, count + n, memory_order_relaxed);
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
	if (!is_wanted(bin, class, n) ||
	    (depot_object(&bin->depot) == NULL && !depot_make(bin)))
		return (_bas_bin_flush(own, class, objects, n, due));
	kept = objects_sort(huge->owner, class, objects, n);
	if (bin == own)
		lock_take(&bin->lock);
	else if (!lock_try(&bin->lock))
		return (_bas_bin_flush(own, class, objects, n, due));
	done = depot_put(bin, class, objects + kept, n - kept);
	lock_give(&bin->lock);
	return (done ? kept : _bas_bin_flush(own, class, objects, n, due));
}

void
_bas_depot_drain(struct bin *bin, bool all, struct slab **empty)
{
	struct depot *depot = &bin->depot;
	unsigned n = depot_count(depot), idle = all ? n : depot->least;

	if (idle > 0) {
		_bas_bin_give(bin, depot_object(depot), idle, empty);
		n -= idle;
		memmove(depot_object(depot), depot_object(depot) + idle,
		    n * sizeof(void *));
		atomic_store_explicit(&depot->n, n, memory_order_relaxed);
	}
	depot->least = n;
}

void
_bas_depot_forget(struct depot *depot)
{

	atomic_store_explicit(&depot->n, 0, memory_order_relaxed);
	depot->least = 0;
}
