/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Freed by a thread that has ended, and again by its owner. */
#include "misuse.h"

static void *
release(void *p)
{
	free(hide(p));
	return (NULL);
}

int
main(void)
{
	pthread_t thread;
	void *p = malloc(64);

	blame(p);
	if (pthread_create(&thread, NULL, release, p) != 0)
		return (1);
	pthread_join(thread, NULL);
	free(hide(p));
	return (0);
}
