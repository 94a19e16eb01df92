/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Objects in batches, from and to the bins or the pages. */
#include "heap/arena.h"
#include "heap/large.h"

unsigned
_bas_heap_take(struct arena *arena, unsigned shard, unsigned class, void **end,
    unsigned n)
{
	struct bin *bin;
	unsigned got;
	bool zeroed;
	void *p;

	if (class <= SC_NSMALL) {
		bin = arena_bin(arena, class, shard);
		got = _bas_bin_refill(bin, &arena->pages, class, end, n);
		if (got == 0 && _bas_arenas_squeeze(0))
			got = _bas_bin_refill(bin, &arena->pages, class, end,
			    n);
		return (got);
	}
	p = _bas_large_alloc(arena, sizeclass_size(class), 1, &zeroed);
	if (p == NULL && _bas_arenas_squeeze(sizeclass_size(class)))
		p = _bas_large_alloc(arena, sizeclass_size(class), 1,
		    &zeroed);
	if (p == NULL)
		return (0);
	end[-1] = p;
	return (1);
}

void
_bas_heap_give(struct arena *own, unsigned shard, unsigned class,
    void **objects, unsigned n)
{
	bool due = false;
	unsigned i;

	if (class <= SC_NSMALL)
		while (n > 0)
			n = _bas_bin_flush(arena_bin(own, class, shard), class,
			    objects, n, &due);
	else
		for (i = 0; i < n; i++)
			due |= _bas_large_free("free", objects[i]);
	if (due)
		_bas_arenas_tick(UINT64_MAX);
}
