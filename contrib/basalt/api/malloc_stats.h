/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASALT_MALLOC_STATS_H
#define	BASALT_MALLOC_STATS_H

/* What the option stats_print asks to be done when the process exits. */
void	_bas_stats_print_atexit(void);

#endif /* !BASALT_MALLOC_STATS_H */
