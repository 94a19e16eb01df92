/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "heap/bin.h"
#include "heap/slab.h"
#include "meta/base.h"
#include "os/os.h"
#include "page/guard.h"
#include "page/page.h"

static size_t
words_of(unsigned class)
{

	return (HOWMANY((size_t)sizeclass_nregs(class), 64));
}

size_t
_bas_slab_bytes(unsigned class)
{

	return (sizeof(struct slab) + words_of(class) * sizeof(uint64_t));
}

struct slab *
_bas_slab_make(struct pages *pages, struct bin *bin, unsigned class)
{
	unsigned npages = _bas_sizeclass[class].pages, i, first;
	struct slab *slab;
	struct huge *huge;
	bool zeroed;

	slab = _bas_base_alloc(_bas_slab_bytes(class));
	if (slab == NULL)
		return (NULL);
	memset(slab, 0, _bas_slab_bytes(class));
	if (guard_is_due(GUARD_SMALL)) {
		slab->base = _bas_guard_alloc(pages, npages, &zeroed);
		slab->guarded = slab->base != 0;
	}
	if (slab->base == 0)
		slab->base = _bas_page_alloc(pages, npages, 1, &zeroed);
	if (slab->base == 0) {
		_bas_base_free(slab, _bas_slab_bytes(class));
		return (NULL);
	}
	slab->bin = bin;
	slab->epoch = bin->epoch;
	slab->class = (uint8_t)class;
	slab->level = SLAB_NONE;
	slab->nfree = (uint16_t)sizeclass_nregs(class);
	_bas_bits_set(slab->free, 0, slab->nfree);
	huge = pagemap_huge((void *)slab->base);
	first = huge_page(huge, slab->base);
	for (i = 0; i < npages; i++)
		atomic_store_explicit(&huge->run[first + i], (uintptr_t)slab,
		    memory_order_relaxed);
	_bas_pagemap_set_class(slab->base, npages, class);
	return (slab);
}

bool
_bas_slab_unmake(struct slab *slab)
{
	unsigned class = slab->class, npages = _bas_sizeclass[class].pages;
	struct huge *huge = pagemap_huge((void *)slab->base);
	bool guarded = slab->guarded;
	uintptr_t base = slab->base;

	_bas_pagemap_set_class(base, npages, SC_NONE);
	_bas_base_free(slab, _bas_slab_bytes(class));
	if (unlikely(guarded))
		return (_bas_guard_free(huge, base, npages, true));
	return (_bas_page_free(huge, base, npages));
}

unsigned
_bas_slab_take(struct slab *slab, void **end, unsigned n)
{
	size_t size = sizeclass_size(slab->class);
	uint64_t word, *set = slab->free;
	unsigned taken = 0, i;
	uintptr_t base;

	if (n > slab->nfree)
		n = slab->nfree;
	for (i = 0; taken < n; i++) {
		word = set[i];
		base = slab->base + i * 64 * size;
		while (word != 0 && taken < n) {
			*--end = (void *)(base + bit_first(word) * size);
			word &= word - 1;
			taken++;
		}
		set[i] = word;
	}
	slab->nfree -= (uint16_t)n;
	return (n);
}

enum slab_error
_bas_slab_give(struct slab *slab, const void *p)
{
	size_t offset = (uintptr_t)p - slab->base;
	unsigned i = slab_index(slab->class, offset);

	if (i * sizeclass_size(slab->class) != offset ||
	    i >= sizeclass_nregs(slab->class))
		return (SLAB_INSIDE);
	if (bits_test(slab->free, i))
		return (SLAB_FREE);
	slab->free[i / 64] |= (uint64_t)1 << (i % 64);
	slab->nfree++;
	return (SLAB_OK);
}

/* The class is asked again: since p was freed its slab may be gone. */
struct slab *
_bas_slab_of(const void *p, unsigned class)
{
	struct huge *huge;
	uintptr_t run;

	if (class == SC_NONE || pagemap_class(p) != class)
		return (NULL);
	huge = pagemap_huge(p);
	if (huge == NULL)
		return (NULL);
	run = atomic_load_explicit(&huge->run[huge_page(huge, (uintptr_t)p)],
	    memory_order_relaxed);
	return (RUN_IS_TAG(run) ? NULL : (struct slab *)run);
}

uint32_t
_bas_slab_vacant(const struct slab *slab)
{
	unsigned npages = _bas_sizeclass[slab->class].pages;
	unsigned os = (unsigned)(_bas_os_info.page / PAGE);
	unsigned page, first, end;
	uint32_t vacant = 0;

	/* The first page of ours that begins one of the OS. */
	page = (unsigned)(-(slab->base / PAGE)) & (os - 1);
	for (; page + os <= npages; page += os) {
		slab_objects(slab, page, os, &first, &end);
		if (_bas_bits_count(slab->free, first, end - first) ==
		    end - first)
			vacant |= (uint32_t)bit_mask(page, os);
	}
	return (vacant);
}

bool
_bas_slab_is_valid(const struct slab *slab)
{
	unsigned nfree;

	nfree = _bas_bits_count(slab->free, 0,
	    (unsigned)words_of(slab->class) * 64);
	return (nfree == slab->nfree &&
	    nfree <= sizeclass_nregs(slab->class) &&
	    (slab->level == SLAB_NONE) == (nfree == 0));
}
