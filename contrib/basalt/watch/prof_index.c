/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "os/os.h"
#include "util/bits.h"
#include "watch/prof_index.h"

#define	ROOM_FIRST	((size_t)64 << 10)
#define	SLOTS_FIRST	((size_t)2048)
/* FNV-1a's start and factor for 64 bits. */
#define	FNV_START	UINT64_C(0xcbf29ce484222325)
#define	FNV_FACTOR	UINT64_C(0x100000001b3)

bool
_bas_prof_room(struct prof_room *room, size_t size)
{
	size_t want = room->size == 0 ? ROOM_FIRST : room->size;
	void *base;

	if (room->base != NULL && size <= room->size)
		return (true);
	if (size > SIZE_MAX / 4)
		return (false);
	while (want < size)
		want *= 2;
	want = ROUNDUP(want, _bas_os_info.page);
	base = _bas_os_map(want, _bas_os_info.page);
	if (base == NULL)
		return (false);
	if (room->base != NULL)
		memcpy(base, room->base, room->size);
	_bas_prof_room_end(room);
	room->base = base;
	room->size = want;
	return (true);
}

void
_bas_prof_room_end(struct prof_room *room)
{

	if (room->base != NULL)
		(void)_bas_os_unmap(room->base, room->size);
	room->base = NULL;
	room->size = 0;
}

static struct prof_slot *
slot_of(struct prof_slot *slots, size_t nslots, uint64_t key)
{
	/* The golden ratio's bits; the upper ones mix best. */
	size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	for (i &= nslots - 1;; i = (i + 1) & (nslots - 1))
		if (slots[i].id == 0 || slots[i].key == key)
			return (&slots[i]);
}

/* Room for twice as many. */
static bool
index_grow(struct prof_index *index)
{
	struct prof_room room = { NULL, 0 };
	struct prof_slot *old = index->slots.base;
	size_t nslots = index->nslots == 0 ? SLOTS_FIRST : 2 * index->nslots;
	size_t i;

	if (!_bas_prof_room(&room, nslots * sizeof(struct prof_slot)))
		return (false);
	for (i = 0; i < index->nslots; i++)
		if (old[i].id != 0)
			*slot_of(room.base, nslots, old[i].key) = old[i];
	_bas_prof_room_end(&index->slots);
	index->slots = room;
	index->nslots = nslots;
	return (true);
}

uint64_t
_bas_prof_index(struct prof_index *index, uint64_t key, bool *isnew)
{
	struct prof_slot *slot;

	*isnew = false;
	if (4 * index->count >= 3 * index->nslots && !index_grow(index))
		return (0);
	slot = slot_of(index->slots.base, index->nslots, key);
	if (slot->id == 0) {
		*isnew = true;
		slot->key = key;
		slot->id = ++index->count;
	}
	return (slot->id);
}

void
_bas_prof_index_end(struct prof_index *index)
{

	_bas_prof_room_end(&index->slots);
	index->nslots = 0;
	index->count = 0;
}

uint64_t
_bas_prof_key(const void *text, size_t len)
{
	const unsigned char *p = text;
	uint64_t key = FNV_START;

	for (; len > 0; len--)
		key = (key ^ *p++) * FNV_FACTOR;
	return (key);
}
