/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* A library that allocates when it is loaded and frees when it is unloaded. */

#include "../include/testutil.h"

static void *kept[100];
static _Thread_local char local[2000];

char	*plugin_local(void);

char *
plugin_local(void)
{
	return (local);
}

__attribute__((constructor)) static void
load(void)
{
	int i;

	for (i = 0; i < 100; i++)
		kept[i] = malloc(i * i);
}

__attribute__((destructor)) static void
unload(void)
{
	int i;

	for (i = 0; i < 100; i++)
		free(kept[i]);
}
