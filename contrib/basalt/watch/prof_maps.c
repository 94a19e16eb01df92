/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "os/maps.h"
#include "os/os.h"
#include "watch/elf_symbol.h"
#include "watch/prof_maps.h"

/* Address space for it; what is not used of it takes no memory. */
#define	MEMORY_SIZE	((size_t)4 << 20)
#define	MAPS_MAX	((size_t)4096)

_Static_assert(PROF_BUILD_ID_MAX >= OS_BUILD_ID_MAX, "build ids");

struct prof_map {
	struct prof_mapping mapping;
	unsigned char	build_id[PROF_BUILD_ID_MAX];
	bool		opened;		/* or it was tried */
	struct elf_symbols symbols;	/* no functions: there are none */
};

/* The paths follow what there can be of maps; false: no room for another. */
static bool
map_add(struct prof_maps *maps, const struct os_maps *os,
    const struct os_mapping *from, char **path)
{
	size_t len = strlen(from->path) + 1;
	struct prof_map *map;

	if (maps->n == MAPS_MAX ||
	    *path + len > (char *)maps->memory + MEMORY_SIZE)
		return (false);
	map = &maps->map[maps->n++];
	memcpy(*path, from->path, len);
	map->mapping = (struct prof_mapping){ .start = from->start,
	    .end = from->end, .offset = from->offset, .path = *path,
	    .build_id = map->build_id };
	*path += len;
	if (from->base != 0)
		map->mapping.nbuild_id = _bas_os_build_id(os, from->base,
		    map->build_id);
	return (true);
}

static struct prof_map *
map_of(struct prof_maps *maps, uintptr_t pc)
{
	size_t low = 0, high = maps->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (pc < maps->map[middle].mapping.start)
			high = middle;
		else if (pc >= maps->map[middle].mapping.end)
			low = middle + 1;
		else
			return (&maps->map[middle]);
	}
	return (NULL);
}

void
_bas_prof_maps_begin(struct prof_maps *maps)
{
	struct os_mapping mapping;
	struct os_maps os;
	struct prof_map *own;
	char *path, *line;

	*maps = (struct prof_maps){ .memory = _bas_os_map(MEMORY_SIZE,
	    _bas_os_info.page) };
	if (maps->memory == NULL)
		return;
	maps->map = maps->memory;
	line = (char *)&maps->map[MAPS_MAX];
	path = line + OS_MAPS_BUFFER;
	if (!_bas_os_maps_begin(&os, line, OS_MAPS_BUFFER))
		return;
	while (_bas_os_maps_next(&os, &mapping))
		if (mapping.executable && !map_add(maps, &os, &mapping, &path))
			break;
	_bas_os_maps_end(&os);
	/* Readers take the first one for it; a JIT's code may lie below. */
	own = map_of(maps, _bas_os_entry());
	if (own != NULL)
		maps->own = (size_t)(own - maps->map);
}

void
_bas_prof_maps_end(struct prof_maps *maps)
{
	size_t i;

	for (i = 0; i < maps->n; i++)
		if (maps->map[i].symbols.memory != NULL)
			_bas_elf_symbols_close(&maps->map[i].symbols);
	if (maps->memory != NULL)
		(void)_bas_os_unmap(maps->memory, MEMORY_SIZE);
}

bool
_bas_prof_maps_get(struct prof_maps *maps, size_t i,
    struct prof_mapping *mapping)
{

	if (i >= maps->n)
		return (false);
	if (i <= maps->own)
		i = i == 0 ? maps->own : i - 1;
	*mapping = maps->map[i].mapping;
	return (true);
}

bool
_bas_prof_maps_find(struct prof_maps *maps, uintptr_t pc,
    struct prof_mapping *mapping)
{
	struct prof_map *map = map_of(maps, pc);

	if (map == NULL)
		return (false);
	*mapping = map->mapping;
	return (true);
}

bool
_bas_prof_maps_symbol(struct prof_maps *maps, uintptr_t pc,
    struct prof_symbol *symbol)
{
	struct prof_map *map = map_of(maps, pc);
	uint64_t offset, start;

	if (map == NULL)
		return (false);
	if (!map->opened && map->mapping.path[0] == '/' &&
	    !_bas_elf_symbols_open(&map->symbols, map->mapping.path))
		memset(&map->symbols, 0, sizeof(map->symbols));
	map->opened = true;
	if (map->symbols.memory == NULL)
		return (false);
	offset = prof_mapping_place(&map->mapping, pc);
	symbol->name = _bas_elf_symbols_find(&map->symbols, offset, &start);
	symbol->start = (uintptr_t)(pc - (offset - start));
	return (symbol->name != NULL);
}
