/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The section of the report on which sites hold memory back. */
#ifndef BASALT_STATS_PINS_H
#define	BASALT_STATS_PINS_H

#include "watch/emit.h"

/* Nothing where there are no profiles. */
void	_bas_stats_pins_print(struct emit *emit);

#endif /* !BASALT_STATS_PINS_H */
