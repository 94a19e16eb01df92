/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "heap/arena.h"
#include "heap/lodge.h"
#include "meta/base.h"
#include "util/report.h"

/*
 * A guest has so many slots at most: longer holes are rare, and with six, or
 * with bins that have a sixth free, no more memory was saved (guests.md).
 */
#define	SLOTS_MAX	4
/* Of a guest's size, that its slots may be larger by. */
#define	WASTE_SHARE	8
/* Smaller heaps need no such care. */
#define	ACTIVE_MIN	((size_t)8 << 20 >> PAGE_SHIFT)
/* Of the pages in use, that may be unused before hosts are looked for. */
#define	DIRTY_SHARE	64
/* What a bin has free, of its own slots and of the arena's bytes. */
#define	FREE_SHARE	4
#define	BYTES_SHARE	256
/* Slabs of a bin that are looked at. */
#define	LOOKS		16

static unsigned
words_of(unsigned class)
{

	return (HOWMANY(sizeclass_nregs(class), 64u));
}

static size_t
lodge_bytes(unsigned class)
{

	return (sizeof(struct lodge) + words_of(class) * sizeof(uint64_t));
}

static bool
head_test(const struct lodge *lodge, unsigned i)
{

	return ((atomic_load_explicit(&lodge->head[i / 64],
	    memory_order_relaxed) >> (i % 64) & 1) != 0);
}

/* Under the lock; others only read. */
static void
head_flip(struct lodge *lodge, unsigned i)
{
	uint64_t word = atomic_load_explicit(&lodge->head[i / 64],
	    memory_order_relaxed);

	atomic_store_explicit(&lodge->head[i / 64],
	    word ^ (uint64_t)1 << i % 64, memory_order_relaxed);
}

static struct lodge *
lodge_of(const struct slab *slab)
{

	/* Acquire: who has no guest in it may find it just made. */
	return (atomic_load_explicit(&slab->lodge, memory_order_acquire));
}

unsigned
_bas_slab_class(const void *p)
{
	struct huge *huge = pagemap_huge(p);
	struct lodge *lodge;
	struct slab *slab;
	uintptr_t run;
	unsigned i;

	if (huge == NULL)
		return (SC_NONE);
	run = atomic_load_explicit(&huge->run[huge_page(huge, (uintptr_t)p)],
	    memory_order_relaxed);
	if (RUN_IS_TAG(run))
		return (SC_NONE);
	slab = (struct slab *)run;
	lodge = lodge_of(slab);
	i = slab_index(slab->class, (uintptr_t)p - slab->base);
	return (lodge != NULL && i < sizeclass_nregs(slab->class) &&
	    head_test(lodge, i) ? lodge->class : slab->class);
}

void
_bas_lodge_count(const struct slab *slab)
{

	atomic_fetch_add_explicit(&lodge_of(slab)->bin->guests_in, 1,
	    memory_order_relaxed);
}

/* The guest at a slot has gone. */
static void
guest_leave(struct slab *slab, struct lodge *lodge, unsigned slot)
{

	head_flip(lodge, slot);
	_bas_bits_set(slab->free, slot, lodge->slots);
	slab->nfree += lodge->slots;
	counter_sub(&slab->bin->lodged, lodge->slots);
	if (--lodge->n == 0)
		_bas_pagemap_set_class(slab->base,
		    _bas_sizeclass[slab->class].pages, slab->class);
}

/* Is a slot in the middle of one? */
static bool
is_inside(const struct lodge *lodge, unsigned slot)
{
	unsigned i;

	for (i = 1; lodge->n != 0 && i < lodge->slots && i <= slot; i++)
		if (head_test(lodge, slot - i))
			return (true);
	return (false);
}

enum slab_error
_bas_lodge_leave(struct slab *slab, const void *p)
{
	size_t offset = (uintptr_t)p - slab->base;
	unsigned slot = slab_index(slab->class, offset);
	struct lodge *lodge = lodge_of(slab);

	if (slot * sizeclass_size(slab->class) != offset ||
	    slot >= sizeclass_nregs(slab->class))
		return (SLAB_INSIDE);
	if (bits_test(slab->free, slot))
		return (SLAB_FREE);
	if (head_test(lodge, slot)) {
		guest_leave(slab, lodge, slot);
		return (SLAB_GUEST);
	}
	if (is_inside(lodge, slot))
		return (SLAB_INSIDE);
	_bas_bits_set(slab->free, slot, 1);
	slab->nfree++;
	return (SLAB_OK);
}

unsigned
_bas_lodge_slots(const struct slab *slab)
{
	struct lodge *lodge = lodge_of(slab);

	return (lodge != NULL ? (unsigned)lodge->n * lodge->slots : 0);
}

void
_bas_lodge_free(struct slab *slab)
{
	struct lodge *lodge = lodge_of(slab);

	if (lodge != NULL)
		_bas_base_free(lodge, lodge_bytes(slab->class));
}

bool
_bas_lodge_is_valid(const struct slab *slab)
{
	struct lodge *lodge = lodge_of(slab);
	unsigned i, n = 0;

	if (lodge == NULL)
		return (true);
	for (i = 0; i < sizeclass_nregs(slab->class); i++) {
		if (!head_test(lodge, i))
			continue;
		if (i + lodge->slots > sizeclass_nregs(slab->class) ||
		    _bas_bits_count(slab->free, i, lodge->slots) != 0)
			return (false);
		n++;
	}
	return (n == lodge->n && pagemap_class((void *)slab->base) ==
	    (n == 0 ? slab->class : SC_HOST));
}

/*
 * The slots of any word, a bit each, that a guest may begin at: objects lie
 * on multiples of the power of two that divides their class.
 */
static uint64_t
places(size_t slot, size_t guest)
{
	size_t step = (guest & -guest) / (slot & -slot);
	uint64_t set = 1;

	if (step == 0)
		step = 1;
	/* No such pair of classes passes slots_for. */
	if (step >= 64)
		return (0);
	for (; step < 64; step *= 2)
		set |= set << step;
	return (set);
}

/* Where in a word of the bitmap n free slots in a row begin. */
static uint64_t
holes(const struct slab *slab, unsigned word, unsigned n)
{
	uint64_t set = slab->free[word], next = 0, found = set;
	unsigned i;

	if (word + 1 < words_of(slab->class))
		next = slab->free[word + 1];
	for (i = 1; i < n; i++)
		found &= set >> i | next << (64 - i);
	return (found);
}

/* As many guests as there are holes for, at most n. */
static unsigned
slab_lodge(struct slab *slab, struct lodge *lodge, void **end, unsigned n)
{
	size_t size = sizeclass_size(slab->class);
	uint64_t found, set = places(size, sizeclass_size(lodge->class));
	unsigned i, w, nwords = words_of(slab->class), got = 0, next = 0;

	for (w = 0; w < nwords && got < n; w++)
		for (found = holes(slab, w, lodge->slots) & set;
		    found != 0 && got < n; found &= found - 1) {
			i = w * 64 + bit_first(found);
			if (i < next)
				continue;
			_bas_bits_clear(slab->free, i, lodge->slots);
			head_flip(lodge, i);
			*--end = (void *)(slab->base + i * size);
			next = i + lodge->slots;
			got++;
		}
	slab->nfree -= (uint16_t)(got * lodge->slots);
	return (got);
}

/* What is looked for. */
struct search {
	struct bin	*bin;		/* of the guests */
	struct lodge	*spare;		/* for a host that has none yet */
	unsigned	class;		/* of the guests */
	unsigned	slots;
};

/* The slab of a quarter free slots and more after that one, or the first. */
static struct slab *
host_after(const struct bin *host, const struct slab *slab)
{
	unsigned level = BIN_QUARTERS - 3;

	if (slab != NULL) {
		if (slab->next != NULL)
			return (slab->next);
		level = slab->level + 1u;
	}
	for (; level < BIN_LEVELS; level++)
		if (host->level[level] != NULL)
			return (host->level[level]);
	return (NULL);
}

static bool
is_host(const struct slab *slab, const struct search *search)
{
	const struct lodge *lodge = lodge_of(slab);

	return (!slab->guarded && (lodge == NULL || lodge->n == 0 ||
	    lodge->class == search->class));
}

/* The slab is a host of such guests from now on. */
static struct lodge *
host_make(struct slab *slab, struct search *search)
{
	struct lodge *lodge = lodge_of(slab);

	if (lodge == NULL) {
		lodge = search->spare;
		search->spare = NULL;
		if (lodge == NULL)
			return (NULL);
		/* Release: it is all zero for who finds it. */
		atomic_store_explicit(&slab->lodge, lodge,
		    memory_order_release);
	}
	if (lodge->n == 0) {
		lodge->bin = search->bin;
		lodge->class = (uint8_t)search->class;
		lodge->slots = (uint8_t)search->slots;
	}
	return (lodge);
}

/* In one slab. */
static unsigned
slab_take(struct slab *slab, struct search *search, void **end, unsigned n)
{
	struct lodge *lodge;
	unsigned got;

	lodge = is_host(slab, search) ? host_make(slab, search) : NULL;
	if (lodge == NULL)
		return (0);
	got = slab_lodge(slab, lodge, end, n);
	if (got == 0)
		return (0);
	if (lodge->n == 0)
		_bas_pagemap_set_class(slab->base,
		    _bas_sizeclass[slab->class].pages, SC_HOST);
	lodge->n += (uint16_t)got;
	counter_add(&slab->bin->lodged, got * lodge->slots);
	return (got);
}

/*
 * Under the lock of the host's bin.  The search goes on where the last one
 * ended, since what had no holes then is not likely to have some now.
 */
static unsigned
host_take(struct bin *host, struct search *search, void **end, unsigned n)
{
	unsigned got = 0, more, looks;
	struct slab *slab;

	for (looks = LOOKS; looks > 0 && got < n; looks--) {
		if (host->cursor == NULL)
			host->cursor = host_after(host, NULL);
		slab = host->cursor;
		if (slab == NULL)
			break;
		more = slab_take(slab, search, end - got, n - got);
		if (got + more < n)
			host->cursor = host_after(host, slab);
		if (more == 0)
			continue;
		_bas_bin_taken(host, slab);
		if (config_debug && !_bas_slab_is_valid(slab))
			_bas_report_fatal("lodge", "host is not valid");
		got += more;
	}
	atomic_fetch_add_explicit(&search->bin->guests_out, got,
	    memory_order_relaxed);
	return (got);
}

/* From the slabs of one class. */
static unsigned
bin_lodge(struct bin *host, unsigned class, struct search *search,
    void **end, unsigned n)
{
	size_t bytes = lodge_bytes(class);
	unsigned got;

	search->spare = _bas_base_alloc(bytes);
	if (search->spare != NULL)
		memset(search->spare, 0, bytes);
	lock_take(&host->lock);
	got = host_take(host, search, end, n);
	lock_give(&host->lock);
	if (search->spare != NULL)
		_bas_base_free(search->spare, bytes);
	return (got);
}

/* Counts that are read one after the other: it may be a little wrong. */
static bool
has_room(const struct arena *arena, const struct bin *host, unsigned class)
{
	size_t slots = counter_read(&host->curslabs) * sizeclass_nregs(class);
	size_t used = counter_read(&host->nmalloc) -
	    counter_read(&host->ndalloc) + counter_read(&host->lodged);

	return (used < slots - slots / FREE_SHARE &&
	    (slots - used) * sizeclass_size(class) / PAGE >
	    counter_read(&arena->pages.nactive) / BYTES_SHARE);
}

/* The slots that a guest takes in slabs of a class; 0: it does not fit. */
static unsigned
slots_for(unsigned host, unsigned class)
{
	size_t size = sizeclass_size(class), slot = sizeclass_size(host);
	size_t slots = HOWMANY(size, slot);

	return (slots > SLOTS_MAX ||
	    slots * slot - size > size / WASTE_SHARE ? 0 : (unsigned)slots);
}

unsigned
_bas_lodge_take(struct arena *arena, unsigned shard, unsigned class,
    void **end, unsigned n)
{
	size_t nactive = counter_read(&arena->pages.nactive);
	struct search search = { .bin = arena_bin(arena, class, shard),
	    .class = class };
	unsigned host, got = 0;
	struct bin *bin;

	if (nactive < ACTIVE_MIN ||
	    counter_read(&arena->pages.ndirty) > nactive / DIRTY_SHARE)
		return (0);
	/* The next class up, then down to where a guest has too many slots. */
	for (host = class < SC_NSMALL ? class + 1 : class; host > 1 &&
	    sizeclass_size(host) * SLOTS_MAX >= sizeclass_size(class) &&
	    got < n; host--) {
		bin = arena_bin(arena, host, shard);
		search.slots = slots_for(host, class);
		if (host != class && search.slots != 0 &&
		    has_room(arena, bin, host))
			got += bin_lodge(bin, host, &search, end - got,
			    n - got);
	}
	return (got);
}
