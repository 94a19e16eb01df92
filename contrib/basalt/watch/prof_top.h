/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The stacks that there is most of, for reports to people. */
#ifndef BASALT_PROF_TOP_H
#define	BASALT_PROF_TOP_H

#include <stddef.h>

#include "watch/prof_source.h"

#define	PROF_TOP	8	/* stacks */
/* Functions of each that are named, and what that takes. */
#define	PROF_TOP_FRAMES	6
#define	PROF_TOP_LINE	1024

struct prof_top {
	const struct prof_stack *stack;
	struct prof_sums sums;
};

enum prof_top_by {
	PROF_TOP_INUSE,
	PROF_TOP_PINNED
};

/*
 * The largest ones, n of them, that first; returns how many stacks have any
 * at all.
 */
size_t	_bas_prof_top(const struct prof_source *source, enum prof_top_by by,
	    struct prof_top tops[PROF_TOP], unsigned *n);
/*
 * Its functions, the innermost first, with a space before each; what has no
 * name is the file and the place in it.  The source's maps are there.
 */
void	_bas_prof_top_line(struct prof_source *source,
	    const struct prof_stack *stack, char line[PROF_TOP_LINE]);

#endif /* !BASALT_PROF_TOP_H */
