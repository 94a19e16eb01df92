/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdbool.h>
#include <string.h>

#include "util/atomic.h"
#include "watch/shelf.h"
#include "watch/snapshot.h"

static size_t
slot_index(const struct shelf *shelf, size_t arena)
{

	return (arena == SNAPSHOT_ALL ? 0 :
	    1 + (arena & (shelf->nslots - 2)));
}

static _Atomic uint64_t *
slot_words(const struct shelf *shelf, size_t i)
{

	return (&shelf->words[i * shelf->size / sizeof(uint64_t)]);
}

static bool
slot_is(const struct shelf_slot *slot, size_t arena, uint64_t epoch)
{

	return (atomic_load_explicit(&slot->epoch, memory_order_relaxed) ==
	    epoch && atomic_load_explicit(&slot->arena,
	    memory_order_relaxed) == arena);
}

/* False: it is another's, or was changed meanwhile. */
static bool
slot_read(const struct shelf *shelf, size_t i, size_t arena, uint64_t epoch,
    size_t offset, uint64_t *word)
{
	const struct shelf_slot *slot = &shelf->slots[i];
	uint64_t changes;
	bool is;

	/* Acquire: what is read now was written before, or after the odd. */
	changes = atomic_load_explicit(&slot->changes, memory_order_acquire);
	is = slot_is(slot, arena, epoch);
	*word = atomic_load_explicit(&slot_words(shelf, i)[offset /
	    sizeof(*word)], memory_order_relaxed);
	/* What was read, was read before the second look. */
	atomic_thread_fence(memory_order_acquire);
	return (is && changes % 2 == 0 && atomic_load_explicit(
	    &slot->changes, memory_order_relaxed) == changes);
}

static void
slot_write(const struct shelf *shelf, size_t i, size_t arena, uint64_t epoch)
{
	struct shelf_slot *slot = &shelf->slots[i];
	uint64_t changes;

	changes = atomic_load_explicit(&slot->changes, memory_order_relaxed);
	atomic_store_explicit(&slot->changes, changes + 1,
	    memory_order_relaxed);
	/* No part is seen before the odd number. */
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&slot->epoch, epoch, memory_order_relaxed);
	atomic_store_explicit(&slot->arena, arena, memory_order_relaxed);
	words_write(slot_words(shelf, i), shelf->scratch, shelf->size);
	atomic_store_explicit(&slot->changes, changes + 2,
	    memory_order_release);
}

static uint64_t
read_slow(const struct shelf *shelf, size_t i, size_t arena, uint64_t epoch,
    size_t offset)
{
	uint64_t word;

	lock_take(shelf->lock);
	if (!slot_is(&shelf->slots[i], arena, epoch)) {
		shelf->gather(arena, shelf->scratch);
		slot_write(shelf, i, arena, epoch);
	}
	word = atomic_load_explicit(&slot_words(shelf, i)[offset /
	    sizeof(word)], memory_order_relaxed);
	lock_give(shelf->lock);
	return (word);
}

void
_bas_shelf_read(const struct shelf *shelf, size_t arena, uint64_t epoch,
    size_t offset, void *value, size_t size)
{
	size_t i = slot_index(shelf, arena);
	uint64_t word;

	if (!slot_read(shelf, i, arena, epoch, offset, &word))
		word = read_slow(shelf, i, arena, epoch, offset);
	if (size == sizeof(word))
		memcpy(value, &word, sizeof(word));
	else
		memcpy(value, (char *)&word + offset % sizeof(word), size);
}

void
_bas_shelf_mend(const struct shelf *shelf)
{
	size_t i;

	for (i = 0; i < shelf->nslots; i++) {
		atomic_store_explicit(&shelf->slots[i].changes, 0,
		    memory_order_relaxed);
		atomic_store_explicit(&shelf->slots[i].epoch, 0,
		    memory_order_relaxed);
	}
}
