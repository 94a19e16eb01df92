/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Where addresses are: the mappings of this process that have code of files,
 * and the functions that the files name, for a view that is to be written.
 * The tables are in memory that is mapped for them.
 */
#ifndef BASALT_PROF_PLACES_H
#define	BASALT_PROF_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "watch/prof_index.h"
#include "watch/prof_view.h"

struct prof_places {
	struct prof_room maps;		/* struct place, by address */
	struct prof_room paths;
	size_t		 nmaps;
	size_t		 paths_len;
};

/*
 * Gives the view mapping() and, if names are wanted, symbol(); the places
 * are the view's until the end.  Files are read as their names are asked
 * for.  Without memory there are fewer of both.
 */
void	_bas_prof_places_begin(struct prof_places *places,
	    struct prof_view *view, bool names);
void	_bas_prof_places_end(struct prof_places *places,
	    struct prof_view *view);

#endif /* !BASALT_PROF_PLACES_H */
