/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "meta/pagemap.h"
#include "os/os.h"
#include "util/bits.h"
#include "util/options.h"

_Static_assert(LEAF_SHIFT == 32, "a leaf's index is the low half");
_Static_assert(sizeof(struct pagemap_leaf) % 4096 == 0, "whole pages");

struct pagemap _bas_pagemap;

/* Bytes of leaves; a sum of whichever threads install one: relaxed. */
static BASALT_TOGETHER _Atomic size_t mapped;

/*
 * A leaf is addresses only until its pages are written: 16 MiB of heap
 * need one.  Threads may race to install the same one; the loser unmaps.
 */
static bool
leaf_make(uintptr_t address)
{
	_Atomic uintptr_t *root = &_bas_pagemap.root[address >> LEAF_SHIFT];
	size_t size = ROUNDUP(sizeof(struct pagemap_leaf), _bas_os_info.page);
	uintptr_t none = 0, offset;
	void *leaf;

	/*
	 * Acquire, here and below: who finds another's leaf finds it mapped,
	 * and so does whoever gets an address that it covers.
	 */
	if (atomic_load_explicit(root, memory_order_acquire) != 0)
		return (true);
	leaf = _bas_os_map(size, _bas_os_info.page);
	if (leaf == NULL)
		return (false);
	/* A few of its pages are used: never means here too. */
	if (_bas_options.thp == THP_NEVER && _bas_os_info.thp)
		(void)_bas_os_hugify(leaf, size, false);
	offset = (uintptr_t)leaf - (uintptr_t)&_bas_pagemap.none;
	if (atomic_compare_exchange_strong_explicit(root, &none, offset,
	    memory_order_release, memory_order_acquire))
		atomic_fetch_add_explicit(&mapped, size,
		    memory_order_relaxed);
	else
		(void)_bas_os_unmap(leaf, size);
	return (true);
}

bool
_bas_pagemap_cover(uintptr_t base, size_t size)
{
	uintptr_t address, last = base + size - 1;

	if (last < base || last >> LEAF_SHIFT >= ROOT_LEAVES)
		return (false);
	for (address = ROUNDDOWN(base, (uintptr_t)1 << LEAF_SHIFT);
	    address <= last; address += (uintptr_t)1 << LEAF_SHIFT)
		if (!leaf_make(address))
			return (false);
	return (true);
}

void
_bas_pagemap_set_huge(uintptr_t base, struct huge *huge)
{

	/* Release: who looks up a wild address finds a whole descriptor. */
	atomic_store_explicit(&pagemap_leaf(base)->huge[
	    (uint32_t)base >> HUGE_SHIFT], huge, memory_order_release);
}

/* The pages are of one superpage, so of one leaf. */
void
_bas_pagemap_set_class(uintptr_t base, size_t npages, unsigned class)
{
	struct pagemap_leaf *leaf = pagemap_leaf(base);
	size_t i, first = (uint32_t)base >> PAGE_SHIFT;

	for (i = first; i < first + npages; i++)
		__atomic_store_n(&leaf->class[i], (uint8_t)class,
		    __ATOMIC_RELAXED);
}

size_t
_bas_pagemap_mapped(void)
{

	return (atomic_load_explicit(&mapped, memory_order_relaxed));
}

/* The root's one page, and for each leaf at least one of either array. */
size_t
_bas_pagemap_resident(size_t heap)
{
	size_t n = heap / HUGE, size, least;

	size = ROUNDUP(n * HUGE_PAGES, PAGE) +
	    ROUNDUP(n * sizeof(struct huge *), PAGE);
	least = HOWMANY(_bas_pagemap_mapped(),
	    sizeof(struct pagemap_leaf)) * 2 * PAGE;
	return (PAGE + (size > least ? size : least));
}
