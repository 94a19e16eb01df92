/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "os/maps.h"
#include "watch/elf_symbol.h"
#include "watch/prof_places.h"

struct place {
	uintptr_t	 start, end;
	uint64_t	 offset;
	size_t		 path;		/* into paths */
	size_t		 first;		/* mapping of the file, with names */
	unsigned	 nbuild_id;
	unsigned char	 build_id[OS_BUILD_ID_MAX];
	bool		 looked;	/* for names; none: nfunctions is 0 */
	struct elf_symbols symbols;
};

_Static_assert(OS_BUILD_ID_MAX <= PROF_BUILD_ID_MAX, "build ids");

static const char *
path_of(const struct prof_places *places, const struct place *place)
{

	return ((const char *)places->paths.base + place->path);
}

/* Mappings of a file stand close together: mostly the one before. */
static size_t
first_of(const struct prof_places *places, const struct os_mapping *mapping)
{
	const struct place *place = places->maps.base;
	size_t i;

	for (i = places->nmaps; i > 0; i--)
		if (strcmp(path_of(places, &place[i - 1]),
		    mapping->path) == 0)
			return (place[i - 1].first);
	return (places->nmaps);
}

/* False: out of memory. */
static bool
place_add(struct prof_places *places, const struct os_mapping *mapping)
{
	size_t len = strlen(mapping->path) + 1, first;
	struct place *place;

	if (!_bas_prof_room(&places->maps,
	    (places->nmaps + 1) * sizeof(*place)) ||
	    !_bas_prof_room(&places->paths, places->paths_len + len))
		return (false);
	first = first_of(places, mapping);
	place = (struct place *)places->maps.base + places->nmaps;
	memset(place, 0, sizeof(*place));
	place->start = mapping->start;
	place->end = mapping->end;
	place->offset = mapping->offset;
	place->path = places->paths_len;
	place->first = first;
	if (mapping->base != 0)
		place->nbuild_id = _bas_os_build_id(mapping->base,
		    place->build_id);
	memcpy((char *)places->paths.base + place->path, mapping->path, len);
	places->paths_len += len;
	places->nmaps++;
	return (true);
}

static void
maps_read(struct prof_places *places)
{
	struct prof_room buf = { NULL, 0 };
	struct os_mapping mapping;
	struct os_maps maps;

	if (!_bas_prof_room(&buf, OS_MAPS_BUFFER))
		return;
	if (_bas_os_maps_begin(&maps, buf.base, buf.size)) {
		while (_bas_os_maps_next(&maps, &mapping))
			if (mapping.executable && mapping.path[0] != '\0' &&
			    !place_add(places, &mapping))
				break;
		_bas_os_maps_end(&maps);
	}
	_bas_prof_room_end(&buf);
}

static bool
places_mapping(struct prof_view *view, size_t i, struct prof_mapping *mapping)
{
	const struct prof_places *places = view->places;
	const struct place *place;

	if (i >= places->nmaps)
		return (false);
	place = (const struct place *)places->maps.base + i;
	mapping->start = place->start;
	mapping->end = place->end;
	mapping->offset = place->offset;
	mapping->path = path_of(places, place);
	mapping->build_id = place->build_id;
	mapping->nbuild_id = place->nbuild_id;
	return (true);
}

/* By halving: they are in the order of their addresses, and apart. */
static struct place *
place_find(struct prof_places *places, uintptr_t pc)
{
	struct place *place = places->maps.base;
	size_t low = 0, high = places->nmaps, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (place[middle].end <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	return (low < places->nmaps && place[low].start <= pc ? &place[low] :
	    NULL);
}

static bool
places_symbol(struct prof_view *view, uintptr_t pc,
    struct prof_symbol *symbol)
{
	struct prof_places *places = view->places;
	struct place *place = place_find(places, pc), *first;
	uint64_t start = 0;

	if (place == NULL)
		return (false);
	first = (struct place *)places->maps.base + place->first;
	if (!first->looked) {
		first->looked = true;
		if (!_bas_elf_symbols_open(&first->symbols,
		    path_of(places, first)))
			first->symbols.nfunctions = 0;
	}
	if (first->symbols.nfunctions == 0)
		return (false);
	symbol->name = _bas_elf_symbols_find(&first->symbols,
	    pc - place->start + place->offset, &start);
	symbol->start = place->start - place->offset + start;
	return (symbol->name != NULL && symbol->name[0] != '\0');
}

void
_bas_prof_places_begin(struct prof_places *places, struct prof_view *view,
    bool names)
{

	memset(places, 0, sizeof(*places));
	maps_read(places);
	view->places = places;
	view->mapping = places_mapping;
	view->symbol = names ? places_symbol : NULL;
}

void
_bas_prof_places_end(struct prof_places *places, struct prof_view *view)
{
	struct place *place = places->maps.base;
	size_t i;

	for (i = 0; i < places->nmaps; i++)
		_bas_elf_symbols_close(&place[i].symbols);
	_bas_prof_room_end(&places->maps);
	_bas_prof_room_end(&places->paths);
	places->nmaps = 0;
	view->places = NULL;
	view->mapping = NULL;
	view->symbol = NULL;
}
