/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Nobody begins to change a cache while the gate is closed.
 *
 * A fork with locks held closes it first: else each thread that is in a
 * slow path would come to a lock, and wait there with its cache half
 * changed until the child is made, which could not use it.
 */
#ifndef BASALT_GATE_H
#define	BASALT_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/config.h"

struct cache;

/* 1: closed.  Relaxed where it is looked at: see _bas_gate_close. */
extern BASALT_HIDDEN _Atomic uint32_t _bas_gate;

static inline bool
gate_is_closed(void)
{

	return (atomic_load_explicit(&_bas_gate, memory_order_relaxed) != 0);
}

/* The cache is marked busy; it is not while the caller waits. */
void	_bas_gate_wait(struct cache *cache);
/*
 * One caller at a time.  False: after a while there still was a thread at
 * it; whatever it waits for, it may be the caller.
 */
bool	_bas_gate_close(void);
void	_bas_gate_open(void);

#endif /* !BASALT_GATE_H */
