/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What is freed at the very end, and a destructor that runs after others. */
#include "check.h"

static void *kept[100];

__attribute__((constructor)) static void
begin(void)
{
	int i;

	for (i = 0; i < 100; i++)
		kept[i] = malloc(1 << 20);
}

static void
leave(void)
{

	free(malloc(10));
}

__attribute__((destructor)) static void
end(void)
{
	int i;

	for (i = 0; i < 100; i++)
		free(kept[i]);
}

int
main(void)
{

	atexit(leave);
	printf("done\n");
	return (0);
}
