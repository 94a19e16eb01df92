/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The part of the report that does not change: what was built, what is
 * set, what the sizes are.
 */
#ifndef BASALT_STATS_GENERAL_H
#define	BASALT_STATS_GENERAL_H

#include "watch/emit.h"

void	_bas_stats_general_print(struct emit *emit);

#endif /* !BASALT_STATS_GENERAL_H */
