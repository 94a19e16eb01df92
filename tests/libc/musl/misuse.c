/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Misuse that has to end the program. */
#include "check.h"

int
main(int argc, char **argv)
{
	static char foreign[64];
	void *p = malloc(40), *volatile q = p;

	CHECK(argc == 2);
	if (strcmp(argv[1], "foreign") == 0)
		q = foreign + 16;
	free(p);
	free(q);
	free(realloc(q, 2000000));
	exit(0);
}
