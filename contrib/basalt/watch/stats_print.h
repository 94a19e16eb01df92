/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The report on everything that is counted.
 */
#ifndef BASALT_STATS_PRINT_H
#define	BASALT_STATS_PRINT_H

/*
 * Write the report through write (NULL: where messages go) in terminated
 * pieces.  opts holds letters, NULL for none: J for JSON; the others leave
 * out: g what is general, m the sum over the arenas, d arenas destroyed, a
 * each arena, b classes in slabs, l larger classes, x locks, e unused
 * extents, h superpages.
 *
 * Allocates nothing and holds nothing while write runs, which may print a
 * report itself.  Of very many reports at once some leave out the arenas.
 * A handler that interrupted the allocator must leave out e and h, for
 * which superpages are locked one by one.
 */
void	_bas_stats_print(void (*write)(void *, const char *), void *arg,
	    const char *opts);

#endif /* !BASALT_STATS_PRINT_H */
