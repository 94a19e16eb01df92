/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Nobody begins to change a cache while a fork has closed locks.
 *
 * Else each thread that is in a slow path would come to a lock, and wait
 * there with its cache half changed until the child is made, which could
 * not use it.
 */
#ifndef BASALT_GATE_H
#define	BASALT_GATE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "util/lock.h"

struct cache;

static inline bool
gate_is_closed(void)
{

	return (atomic_load_explicit(&_bas_lock_closed,
	    memory_order_relaxed) != 0);
}

/* The cache is marked as about to be busy; it is idle while this waits. */
void	_bas_gate_wait(struct cache *cache);
/*
 * Wait for those who are at it.  False: after a while there still was a
 * thread; whatever it waits for, it may be the caller.
 */
bool	_bas_gate_quiet(void);

#endif /* !BASALT_GATE_H */
