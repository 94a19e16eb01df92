/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Objects in batches, from and to the bins or the pages. */
#include "heap/arena.h"
#include "heap/large.h"
#include "heap/lodge.h"
#include "os/probe.h"

/* From now on the statistics look at that class. */
static void
bin_use(struct arena *arena, unsigned class)
{

	if ((atomic_load_explicit(&arena->bins_used, memory_order_relaxed) >>
	    class & 1) == 0)
		atomic_fetch_or_explicit(&arena->bins_used,
		    (uint64_t)1 << class, memory_order_relaxed);
}

/* The bin would make a slab: holes in others' are looked for first. */
static unsigned
bin_take(struct arena *arena, unsigned shard, unsigned class, void **end,
    unsigned n)
{
	struct bin *bin = arena_bin(arena, class, shard);
	unsigned got;

	if (counter_read(&bin->nonfull) == 0 &&
	    remote_is_empty(&bin->remote)) {
		got = _bas_lodge_take(arena, shard, class, end, n);
		if (got != 0)
			return (got);
	}
	return (_bas_bin_refill(bin, &arena->pages, class, end, n));
}

unsigned
_bas_heap_take(struct arena *arena, unsigned shard, unsigned class, void **end,
    unsigned n)
{
	unsigned got;
	bool zeroed = false;
	void *p;

	if (class <= SC_NSMALL) {
		got = bin_take(arena, shard, class, end, n);
		if (got == 0 && _bas_arenas_squeeze(0))
			got = bin_take(arena, shard, class, end, n);
		bin_use(arena, class);
		atomic_fetch_add_explicit(&arena->small_allocated,
		    got * sizeclass_size(class), memory_order_relaxed);
		probe_refill(class, got);
		return (got);
	}
	p = _bas_large_alloc(arena, sizeclass_size(class), 1, &zeroed);
	if (p == NULL && _bas_arenas_squeeze(sizeclass_size(class)))
		p = _bas_large_alloc(arena, sizeclass_size(class), 1,
		    &zeroed);
	if (p == NULL)
		return (0);
	atomic_fetch_add_explicit(&arena->large_nfills[class - SC_NSMALL - 1],
	    1, memory_order_relaxed);
	probe_refill(class, 1);
	end[-1] = p;
	return (1);
}

void
_bas_heap_give(struct arena *own, unsigned shard, unsigned class,
    void **objects, unsigned n)
{
	bool due = false;
	unsigned i;

	probe_flush(class, n);
	if (class <= SC_NSMALL) {
		atomic_fetch_sub_explicit(&own->small_allocated,
		    n * sizeclass_size(class), memory_order_relaxed);
		while (n > 0)
			n = _bas_bin_flush(arena_bin(own, class, shard), class,
			    objects, n, &due);
	} else {
		for (i = 0; i < n; i++)
			due |= _bas_large_free("free", objects[i]);
		atomic_fetch_add_explicit(&own->large_nflushes, 1,
		    memory_order_relaxed);
	}
	if (due)
		_bas_arenas_tick(UINT64_MAX);
}

void *
_bas_heap_alloc(struct arena *arena, unsigned shard, unsigned class)
{
	void *p;

	if (_bas_heap_take(arena, shard, class, &p + 1, 1) == 0)
		return (NULL);
	arena_request(arena, class, 1);
	return (p);
}
