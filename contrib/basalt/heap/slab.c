/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "heap/bin.h"
#include "heap/lodge.h"
#include "heap/slab.h"
#include "meta/base.h"
#include "os/os.h"
#include "os/probe.h"
#include "os/tally.h"
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
	probe_slab_make((void *)slab->base, class);
	return (slab);
}

bool
_bas_slab_unmake(struct slab *slab)
{
	unsigned class = slab->class, npages = _bas_sizeclass[class].pages;
	struct huge *huge = pagemap_huge((void *)slab->base);
	bool guarded = slab->guarded;
	uintptr_t base = slab->base;

	probe_slab_free((void *)base, class);
	_bas_pagemap_set_class(base, npages, SC_NONE);
	_bas_lodge_free(slab);
	_bas_base_free(slab, _bas_slab_bytes(class));
	if (unlikely(guarded))
		return (_bas_guard_free(huge, base, npages, true));
	return (_bas_page_free(huge, base, npages));
}

/*
 * The objects that are taken before those that lie lower: of the first page
 * and the first word of the bitmap, from one on that follows from the slab's
 * address.  Slabs begin on pages, and their lowest objects, the only ones in
 * use in many, would share few sets of the first-level cache.
 */
static uint64_t
slab_favoured(const struct slab *slab)
{
	unsigned color = (unsigned)(slab->base >> PAGE_SHIFT) * 41 & 0xff;
	unsigned n = slab_index(slab->class, PAGE - 1), first;

	if (n > 64)
		n = 64;
	first = n * color >> 8;
	return (first < n ? bit_mask(first, n - first) : 0);
}

/*
 * Take free objects of a word of the bitmap, in the mask, and store them
 * downwards from end to stop; returns where the last one is.  Where all are
 * neighbours, as in a slab that is new, the bits are not looked at singly.
 */
static void **
word_take(uint64_t *word, uint64_t mask, uintptr_t base, size_t size,
    void **end, void *const *stop)
{
	uint64_t left = *word & mask;
	unsigned first, n;

	if (left == 0)
		return (end);
	if ((left & (left + (left & -left))) == 0) {
		first = bit_first(left);
		n = bit_last(left) - first + 1;
		if (n > (size_t)(end - stop))
			n = (unsigned)(end - stop);
		*word &= ~bit_mask(first, n);
		base += first * size;
		for (stop = end - n; end != stop; base += size)
			*--end = (void *)base;
		return (end);
	}
	*word &= ~mask;
	for (; left != 0 && end != stop; left &= left - 1)
		*--end = (void *)(base + bit_first(left) * size);
	*word |= left;
	return (end);
}

/*
 * Of a word's free objects those that share their lines with no other that is
 * in use: 1 << lg neighbours, or less at the end of a slab, fill a line or
 * some.
 */
static uint64_t
word_lines(uint64_t word, unsigned lg)
{
	static const uint64_t begins[] = { ~(uint64_t)0, 0x5555555555555555,
	    0x1111111111111111, 0x0101010101010101 };
	unsigned i;

	for (i = 0; i < lg; i++)
		word &= word >> (1u << i);
	word &= begins[lg];
	for (i = 0; i < lg; i++)
		word |= word << (1u << i);
	return (word);
}

/*
 * The same, of objects smaller than a line: whole lines first.  Who takes a
 * batch is one thread, and what others write in the same lines would cost
 * both of them some hundred times a write of their own.
 */
static void **
lines_take(struct slab *slab, size_t size, void **end, void *const *stop)
{
	uint64_t *word = slab->free, *last = word + words_of(slab->class);
	unsigned lg = bit_first(SLAB_LINE) - bit_first(size);
	uintptr_t base = slab->base;

	end = word_take(word, slab_favoured(slab) & word_lines(*word, lg),
	    base, size, end, stop);
	for (; end != stop && word != last; word++, base += 64 * size)
		if (*word != 0)
			end = word_take(word, word_lines(*word, lg), base,
			    size, end, stop);
	return (end);
}

unsigned
_bas_slab_take(struct slab *slab, void **end, unsigned n)
{
	size_t size = sizeclass_size(slab->class);
	uint64_t *word = slab->free;
	uintptr_t base = slab->base;
	void **stop;

	tally_write(TALLY_SLAB, slab);
	if (n > slab->nfree)
		n = slab->nfree;
	stop = end - n;
	if (size < SLAB_LINE && n > 1)
		end = lines_take(slab, size, end, stop);
	if (end != stop)
		end = word_take(word, slab_favoured(slab), base, size, end,
		    stop);
	for (; end != stop; word++, base += 64 * size)
		if (*word != 0)
			end = word_take(word, ~(uint64_t)0, base, size, end,
			    stop);
	slab->nfree -= (uint16_t)n;
	return (n);
}

/*
 * How many of the n objects are neighbours: each begins step bytes after the
 * one before; the first of them and at most more others.
 */
static inline unsigned
neighbours(void *const *objects, unsigned n, unsigned more, size_t step)
{
	uintptr_t next = (uintptr_t)objects[0] + step;
	unsigned k;

	if (n - 1 > more)
		n = more + 1;
	for (k = 1; k < n && (uintptr_t)objects[k] == next; k++)
		next += step;
	return (k);
}

/*
 * The first of n objects, of index i, and those after it that are its
 * neighbours in the same word, one way or the other: how many that are not
 * free, and so were given back.
 */
static inline unsigned
row_give(struct slab *slab, void *const *objects, unsigned n, unsigned i,
    const struct sizeclass *sc)
{
	uint64_t *word = &slab->free[i / 64], mask;
	unsigned bit = i % 64, first = bit, k = 1, more;
	size_t step = 0;

	if (n > 1)
		step = (uintptr_t)objects[1] - (uintptr_t)objects[0];
	if (step == sc->size) {
		more = sc->nregs - 1 - i < 63 - bit ? sc->nregs - 1 - i :
		    63 - bit;
		k = neighbours(objects, n, more, step);
	} else if (step == -(size_t)sc->size) {
		k = neighbours(objects, n, bit, step);
		first -= k - 1;
	}
	mask = bit_mask(first, k);
	if (unlikely((*word & mask) != 0)) {
		mask = (uint64_t)1 << bit;
		k = (*word & mask) == 0;
		if (k == 0)
			return (0);
	}
	*word |= mask;
	return (k);
}

unsigned
_bas_slab_give_run(struct slab *slab, void *const *objects, unsigned n,
    enum slab_error *error)
{
	const struct sizeclass *sc = &_bas_sizeclass[slab->class];
	size_t offset, size = sc->size, end = sc->nregs * size;
	unsigned done, row;
	uint64_t i;

	tally_write(TALLY_SLAB, slab);
	*error = SLAB_OK;
	for (done = 0; done < n; done += row) {
		offset = (uintptr_t)objects[done] - slab->base;
		if (offset >= end) {
			if (offset < (size_t)sc->pages * PAGE)
				*error = SLAB_INSIDE;
			break;
		}
		i = offset * sc->magic >> 32;
		if (unlikely(i * size != offset)) {
			*error = SLAB_INSIDE;
			break;
		}
		row = row_give(slab, objects + done, n - done, (unsigned)i,
		    sc);
		if (unlikely(row == 0)) {
			*error = SLAB_FREE;
			break;
		}
	}
	slab->nfree += (uint16_t)done;
	return (done);
}

enum slab_error
_bas_slab_give(struct slab *slab, const void *p)
{
	const struct sizeclass *sc = &_bas_sizeclass[slab->class];
	size_t offset = (uintptr_t)p - slab->base;
	uint64_t i = offset * sc->magic >> 32, bit = (uint64_t)1 << (i % 64);

	if (unlikely(slab_has_lodge(slab)))
		return (_bas_lodge_leave(slab, p));
	if (unlikely(i * sc->size != offset || i >= sc->nregs))
		return (SLAB_INSIDE);
	if (unlikely((slab->free[i / 64] & bit) != 0))
		return (SLAB_FREE);
	slab->free[i / 64] |= bit;
	slab->nfree++;
	return (SLAB_OK);
}

/* The class is asked again: since p was freed its slab may be gone. */
struct slab *
_bas_slab_of(const void *p, unsigned class)
{
	struct huge *huge;
	uintptr_t run;

	if (class == SC_NONE || (pagemap_class(p) != class &&
	    pointer_class(p) != class))
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
	    (slab->level == SLAB_NONE) == (nfree == 0) &&
	    _bas_lodge_is_valid(slab));
}
