/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What each thread carries.  Where, is for what basalt is built into to
 * say: malloc_self.h.  That also sets it up before the thread allocates:
 * .cache is &_bas_cache_none, everything else zero.
 */
#ifndef BASALT_SELF_H
#define	BASALT_SELF_H

#include <stddef.h>

struct cache;

struct self {
	struct cache	*cache;		/* see thread/cache.h */
	size_t		guarded[2];	/* objects since the last guard */
	/* Until it has a cache: see _bas_tsd_own(). */
	size_t		early_calls;
	size_t		early_allocated;	/* bytes */
	size_t		early_deallocated;
};

/* A cache without slots, known here by its name alone. */
extern struct cache _bas_cache_none __attribute__((visibility("hidden")));

/* Of the calling thread; its address is another one in each. */
static inline struct self *self(void);

#include "malloc_self.h"

#endif /* !BASALT_SELF_H */
