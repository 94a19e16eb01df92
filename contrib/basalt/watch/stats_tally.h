/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The part of the report that debug builds alone have.
 */
#ifndef BASALT_STATS_TALLY_H
#define	BASALT_STATS_TALLY_H

#include "watch/emit.h"

void	_bas_stats_tally_print(struct emit *emit);

#endif /* !BASALT_STATS_TALLY_H */
