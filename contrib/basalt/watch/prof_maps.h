/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The code that is mapped in this process, and the names of its functions,
 * for who writes a profile.  In memory of its own; files are opened when the
 * first address in them is asked for.
 */
#ifndef BASALT_PROF_MAPS_H
#define	BASALT_PROF_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watch/prof_view.h"

struct prof_map;

struct prof_maps {
	struct prof_map	*map;		/* by address */
	size_t		 n;
	size_t		 own;		/* the program's own file, or 0 */
	void		*memory;	/* NULL: there is nothing */
};

/* Without memory, or where the kernel does not tell, there are none. */
void	_bas_prof_maps_begin(struct prof_maps *maps);
void	_bas_prof_maps_end(struct prof_maps *maps);
/* As struct prof_view has them; the program's own file is the first one. */
bool	_bas_prof_maps_get(struct prof_maps *maps, size_t i,
	    struct prof_mapping *mapping);
/* The one that pc is in; false: none. */
bool	_bas_prof_maps_find(struct prof_maps *maps, uintptr_t pc,
	    struct prof_mapping *mapping);
bool	_bas_prof_maps_symbol(struct prof_maps *maps, uintptr_t pc,
	    struct prof_symbol *symbol);

#endif /* !BASALT_PROF_MAPS_H */
