/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Each program here does one thing wrong and goes on to its end: some kinds
 * are noticed when a thread's cache is emptied, at the end at the latest.
 */

#ifndef MISUSE_H
#define MISUSE_H

#include <malloc.h>
#include <pthread.h>

#include "../include/testutil.h"

/* Says which pointer a report has to name. */
static inline void *
blame(void *p)
{
	printf("%p\n", p);
	fflush(stdout);
	return (hide(p));
}

#endif /* MISUSE_H */
