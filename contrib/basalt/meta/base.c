/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdint.h>
#include <string.h>

#include "meta/base.h"
#include "os/os.h"
#include "util/atomic.h"
#include "util/bits.h"
#include "util/lock.h"
#include "util/options.h"

#define	BASE_QUANTUM	16
/* Sizes up to this have a list each of what was given back. */
#define	BASE_LISTS	512
#define	BASE_LIST_MAX	(BASE_LISTS * BASE_QUANTUM)
/* Room for two arenas and what goes with them; untouched, it costs nothing. */
#define	BASE_FIRST	((size_t)128 << 10)
#define	BASE_CHUNK	((size_t)1 << MACH_HUGE_SHIFT)
/* From so much on there is much of it: metadata_thp:auto. */
#define	BASE_MUCH	(4 * BASE_CHUNK)

struct base_free {
	struct base_free *next;
};

static _Alignas(MACH_CACHE_LINE) char first_chunk[BASE_FIRST];

static struct {
	struct lock	lock;
	char		*mark;
	char		*end;
	counter		allocated;
	counter		resident;
	counter		mapped;
	counter		nthp;
} base = {
	.lock = LOCK_INITIALIZER(RANK_BASE),
	.mark = first_chunk,
	.end = first_chunk + BASE_FIRST,
	.mapped = BASE_FIRST,
};

static struct base_free *lists[BASE_LISTS + 1];
/* On each list.  Written under the lock, read by anyone: relaxed. */
static _Atomic uint32_t unused[BASE_LISTS + 1];

static bool
is_huge_wanted(void)
{

	return (_bas_options.metadata_thp == METADATA_THP_ALWAYS ||
	    (_bas_options.metadata_thp == METADATA_THP_AUTO &&
	    counter_read(&base.mapped) >= BASE_MUCH));
}

/*
 * The rest of the old chunk is left: it was never touched, so it costs
 * addresses only.
 */
static bool
chunk_map(size_t size)
{
	size_t bytes = ROUNDUP(size, BASE_CHUNK);
	char *chunk;

	chunk = _bas_os_map(bytes, BASE_CHUNK);
	if (chunk == NULL) {
		/* A tight limit may still have room for just this. */
		bytes = ROUNDUP(size, (size_t)64 << 10);
		chunk = _bas_os_map(bytes, _bas_os_info.page);
		if (chunk == NULL)
			return (false);
	} else if (is_huge_wanted() &&
	    _bas_os_hugify(chunk, bytes, true) == 0)
		counter_add(&base.nthp, bytes / BASE_CHUNK);
	else if (_bas_options.thp == THP_NEVER && _bas_os_info.thp)
		(void)_bas_os_hugify(chunk, bytes, false);
	base.mark = chunk;
	base.end = chunk + bytes;
	counter_add(&base.mapped, bytes);
	return (true);
}

static void *
mark_move(size_t size)
{
	size_t align = size >= MACH_CACHE_LINE ? MACH_CACHE_LINE :
	    BASE_QUANTUM;
	char *p;

	p = base.mark + (-(uintptr_t)base.mark & (align - 1));
	if (size > (size_t)(base.end - base.mark) ||
	    p > base.end - size) {
		if (!chunk_map(size))
			return (NULL);
		p = base.mark;
	}
	base.mark = p + size;
	counter_add(&base.resident, size);
	return (p);
}

/* One more on a list, or one less.  Lock held. */
static void
unused_count(size_t i, bool more)
{
	uint32_t n = atomic_load_explicit(&unused[i],
	    memory_order_relaxed);

	atomic_store_explicit(&unused[i], more ? n + 1 : n - 1,
	    memory_order_relaxed);
}

void *
_bas_base_alloc(size_t size)
{
	struct base_free *free = NULL;
	void *p;

	size = ROUNDUP(size, BASE_QUANTUM);
	lock_take(&base.lock);
	if (size <= BASE_LIST_MAX)
		free = lists[size / BASE_QUANTUM];
	if (free != NULL) {
		lists[size / BASE_QUANTUM] = free->next;
		unused_count(size / BASE_QUANTUM, false);
		p = free;
	} else
		p = mark_move(size);
	if (p != NULL)
		counter_add(&base.allocated, size);
	lock_give(&base.lock);
	return (p);
}

/* What was never handed out is as it came from the OS. */
void *
_bas_base_zeros(size_t size)
{
	void *p = _bas_base_alloc(size);

	if (p != NULL && ROUNDUP(size, BASE_QUANTUM) <= BASE_LIST_MAX)
		memset(p, 0, size);
	return (p);
}

/* What is larger than the lists hold is never given back by its users. */
void
_bas_base_free(void *p, size_t size)
{
	struct base_free *free = p;

	size = ROUNDUP(size, BASE_QUANTUM);
	if (size > BASE_LIST_MAX)
		return;
	lock_take(&base.lock);
	free->next = lists[size / BASE_QUANTUM];
	lists[size / BASE_QUANTUM] = free;
	unused_count(size / BASE_QUANTUM, true);
	counter_sub(&base.allocated, size);
	lock_give(&base.lock);
}

void
_bas_base_stats(struct base_stats *stats)
{

	stats->allocated = counter_read(&base.allocated);
	stats->resident = counter_read(&base.resident);
	stats->mapped = counter_read(&base.mapped);
	stats->nthp = counter_read(&base.nthp);
}

size_t
_bas_base_unused(size_t size)
{

	size = HOWMANY(size, BASE_QUANTUM);
	return (size > BASE_LISTS ? 0 : atomic_load_explicit(
	    &unused[size], memory_order_relaxed));
}

struct lock *
_bas_base_lock(void)
{

	return (&base.lock);
}

bool
_bas_base_is_mine(void)
{

	return (lock_is_mine(&base.lock));
}

/*
 * A list may hang in the air, and the mark may not be moved yet for what
 * is already in use: start afresh with neither.
 */
void
_bas_base_mend(void)
{
	unsigned i;

	if (!lock_is_held(&base.lock))
		return;
	for (i = 0; i <= BASE_LISTS; i++) {
		lists[i] = NULL;
		atomic_store_explicit(&unused[i], 0,
		    memory_order_relaxed);
	}
	base.mark = base.end = NULL;
	_bas_lock_init(&base.lock, RANK_BASE);
}
