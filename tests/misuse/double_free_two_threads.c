/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Freed by two threads, neither of which allocated it. */
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
	int i;

	blame(p);
	for (i = 0; i < 2; i++) {
		if (pthread_create(&thread, NULL, release, p) != 0)
			return (1);
		pthread_join(thread, NULL);
	}
	return (0);
}
