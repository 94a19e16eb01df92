/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Programs that do one of several things, by the name they are given, and
 * print "done".
 */
#ifndef WALK_CASE_H
#define	WALK_CASE_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct walk_case {
	const char	*name;
	void		(*f)(void);
};

/* What main returns; 2: there is no such case. */
static inline int
walk_case_run(const struct walk_case *cases, size_t n, int argc, char **argv)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (argc == 2 && strcmp(argv[1], cases[i].name) == 0) {
			cases[i].f();
			printf("done\n");
			return (0);
		}
	return (2);
}

#endif /* !WALK_CASE_H */
