/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Neighbours that are empty, as one.
 */
#ifndef BASALT_GATHER_H
#define	BASALT_GATHER_H

#include <stdbool.h>
#include <stddef.h>

#include "page/huge.h"

/*
 * Make one free span of n superpages or more out of empty superpages and
 * free spans that adjoin; it is on the list of free ones, with all lists and
 * counts right.  False: there are no such, and nothing has changed.  Lock
 * held.
 */
bool	_bas_gather(struct pages *pages, size_t n);

#endif /* !BASALT_GATHER_H */
