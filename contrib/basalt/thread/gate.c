/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "heap/arena.h"
#include "os/os.h"
#include "thread/cache.h"
#include "thread/gate.h"
#include "thread/tsd.h"

/* How long a slow path may take; most are over in a hundredth of a step. */
#define	GATE_STEP	((uint64_t)50 * 1000)		/* ns */
#define	GATE_PATIENCE	((uint64_t)100 * 1000000)	/* ns */

/* In a hook of an arena that it purges, which a fork waits for, it goes on. */
void
_bas_gate_wait(struct cache *cache)
{
	uint32_t closed;

	if (_bas_arenas_is_purging())
		return;
	while ((closed = atomic_load_explicit(&_bas_lock_closed,
	    memory_order_relaxed)) != 0) {
		cache_order();
		cache_set_busy(cache, CACHE_IDLE);
		_bas_os_wait(&_bas_lock_closed, closed);
		cache_set_busy(cache, CACHE_ABOUT);
		cache_order();
	}
}

/*
 * Relaxed on both sides: a thread that marked its cache a moment before may
 * not be seen, nor see the gate.  The caller looks again when the locks are
 * closed; a thread that slips even then loses what its cache holds in the
 * child, no more.
 */
bool
_bas_gate_quiet(void)
{
	static _Atomic uint32_t never;
	uint64_t end, now;

	if (!_bas_tsd_is_busy())
		return (true);
	end = _bas_os_clock() + GATE_PATIENCE;
	while (_bas_tsd_is_busy()) {
		now = _bas_os_clock();
		if (now >= end)
			return (false);
		_bas_os_wait_until(&never, 0, now + GATE_STEP);
	}
	return (true);
}
