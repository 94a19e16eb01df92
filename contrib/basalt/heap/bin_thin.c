/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Memory back from within slabs.
 *
 * After a program has freed nine in ten objects at random, few slabs are
 * empty, but many of their pages are.  A slab that is half empty, and
 * that nothing was done with for a while, gives those back.  A while is
 * two passes: each change stamps the slab with the bin's pass, so that
 * it takes no clock.
 *
 * As in page/purge.c no lock is held over the system call: the objects on
 * the pages are marked as in use meanwhile.
 */
#include <string.h>

#include "heap/bin.h"
#include "meta/pagemap.h"
#include "os/os.h"
#include "page/page.h"

#define	QUIET_PASSES	2
#define	SLAB_WORDS	16
/* Slabs that are only looked at between two looks at the clock. */
#define	LOOKS_A_CLOCK	256

_Static_assert(SLAB_WORDS * 64 >= 1024, "objects of a slab");

/* Mark the free objects on the pages as in use, and which, in held. */
static void
objects_hold(struct slab *slab, uint32_t pages, uint64_t held[SLAB_WORDS])
{
	unsigned page, first, end, n = 0;

	memset(held, 0, SLAB_WORDS * sizeof(held[0]));
	for (; pages != 0; pages &= pages - 1) {
		page = bit_first(pages);
		slab_objects(slab, page, 1, &first, &end);
		for (; first < end; first++)
			if (bits_test(slab->free, first)) {
				_bas_bits_clear(slab->free, first, 1);
				_bas_bits_set(held, first, 1);
				n++;
			}
	}
	slab->nfree -= (uint16_t)n;
}

/* One that was freed twice meanwhile is free already: it counts once. */
static void
objects_drop(struct slab *slab, const uint64_t held[SLAB_WORDS])
{
	unsigned i, nwords = HOWMANY(sizeclass_nregs(slab->class), 64u);

	for (i = 0; i < nwords; i++) {
		slab->nfree += (uint16_t)bit_count(held[i] & ~slab->free[i]);
		slab->free[i] |= held[i];
	}
}

/* The system calls, one a run of pages; which pages have no memory now. */
static uint32_t
pages_purge(const struct slab *slab, uint32_t pages)
{
	struct huge *huge = pagemap_huge((void *)slab->base);
	uint32_t clean = 0, run;
	unsigned first, n;

	_bas_page_split(huge);
	for (; pages != 0; pages &= ~run) {
		first = bit_first(pages);
		n = bit_first(~((uint64_t)pages >> first));
		run = (uint32_t)bit_mask(first, n);
		if (_bas_huge_purge(huge, slab->base + first * PAGE, n * PAGE,
		    false))
			clean |= run;
	}
	return (clean);
}

/* Thin one slab, with the lock held, and dropped meanwhile. */
static void
slab_thin(struct bin *bin, struct slab *slab, uint32_t pages,
    struct slab **empty)
{
	uint64_t held[SLAB_WORDS];
	uint32_t clean;

	objects_hold(slab, pages, held);
	/* On no list that this goes through, and not to be thinned twice. */
	_bas_bin_move(bin, slab, slab->nfree == 0 ? SLAB_NONE : BIN_THINNED);
	lock_give(&bin->lock);
	clean = pages_purge(slab, pages);
	lock_take(&bin->lock);
	objects_drop(slab, held);
	_bas_bin_count_clean(bin, bit_count(clean & ~(uint32_t)slab->clean),
	    true);
	slab->clean |= (uint16_t)clean;
	_bas_bin_settle(bin, slab, empty);
	if (slab->nfree != sizeclass_nregs(slab->class))
		_bas_bin_move(bin, slab, BIN_THINNED);
}

static bool
is_quiet(const struct bin *bin, const struct slab *slab)
{

	return ((uint8_t)(bin->pass - slab->stamp) >= QUIET_PASSES);
}

static bool
time_is_over(const struct thin *thin)
{

	return (thin->until != UINT64_MAX &&
	    _bas_os_clock_exact() >= thin->until);
}

/* One slab more was looked at; true: that was the last. */
static bool
look(struct thin *thin)
{

	thin->looks--;
	if (thin->looks % LOOKS_A_CLOCK == 0 && time_is_over(thin))
		thin->looks = 0;
	return (thin->looks == 0);
}

/* The next slab of a list that is to be looked at, or NULL. */
static struct slab *
level_next(const struct bin *bin, unsigned level, bool force,
    struct thin *thin)
{
	struct slab *slab;

	for (slab = bin->level[level]; slab != NULL && thin->looks > 0;
	    slab = slab->next) {
		if (force || is_quiet(bin, slab))
			return (slab);
		if (look(thin))
			break;
	}
	return (NULL);
}

/*
 * Each slab that is looked at leaves the list, so the search begins at
 * the head again; those that are not quiet yet are few, or the program is
 * busy with them.
 */
static bool
level_thin(struct bin *bin, unsigned level, bool force, struct thin *thin,
    struct slab **empty)
{
	struct slab *slab;
	uint32_t pages;

	while ((slab = level_next(bin, level, force, thin)) != NULL) {
		if (thin->purges == 0)
			return (true);
		pages = _bas_slab_vacant(slab) & ~(uint32_t)slab->clean;
		if (pages == 0) {
			_bas_bin_move(bin, slab, BIN_THINNED);
			if (look(thin))
				return (true);
			continue;
		}
		thin->purges--;
		slab_thin(bin, slab, pages, empty);
		if (time_is_over(thin))
			thin->purges = 0;
	}
	return (false);
}

void
_bas_bin_pass(struct bin *bin)
{

	lock_take(&bin->lock);
	bin->pass++;
	lock_give(&bin->lock);
}

bool
_bas_bin_thin(struct bin *bin, bool force, struct thin *thin)
{
	struct slab *empty = NULL;
	bool more;

	lock_take(&bin->lock);
	more = level_thin(bin, BIN_QUARTERS - 1, force, thin, &empty) ||
	    level_thin(bin, BIN_QUARTERS - 2, force, thin, &empty);
	lock_give(&bin->lock);
	(void)_bas_bin_release(empty);
	return (more);
}
