/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What control names say, by name: the report shows it, the rows of
 * ctl_table.c know how to find it.  The names here need no number.
 */
#ifndef BASALT_STATS_LEAF_H
#define	BASALT_STATS_LEAF_H

#include <stdbool.h>
#include <stddef.h>

#include "watch/ctl.h"
#include "watch/emit.h"

/* The value; index is the number of names that have one. */
bool	_bas_stats_leaf_get(const struct ctl_node *leaf, size_t index,
	    union ctl_value *value);

/*
 * The value behind prefix.key, under its own key and name (NULL: not in
 * text); nothing if there is none now.
 */
void	_bas_stats_leaf_print(struct emit *emit, const char *prefix,
	    const char *key, const char *name);

/* All of them right below the prefix. */
void	_bas_stats_leaves_print(struct emit *emit, const char *prefix);

/*
 * Of n indices an object each, in an array, with all that is right below
 * the prefix, where <i> has any number: arenas.bin.0.  Not for people.
 */
void	_bas_stats_leaves_array(struct emit *emit, const char *key,
	    const char *prefix, size_t n);

#endif /* !BASALT_STATS_LEAF_H */
