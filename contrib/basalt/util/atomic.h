/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Counters that one writer at a time changes and anyone reads.
 *
 * The writer holds the lock of the structure or is the owning thread, so
 * a plain load and store do; they are relaxed atomics only so that a
 * reader without the lock sees some value that was true.
 */
#ifndef BASALT_ATOMIC_H
#define	BASALT_ATOMIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef _Atomic size_t counter;

static inline size_t
counter_read(const counter *c)
{

	return (atomic_load_explicit(c, memory_order_relaxed));
}

static inline void
counter_add(counter *c, size_t n)
{

	atomic_store_explicit(c, counter_read(c) + n, memory_order_relaxed);
}

static inline void
counter_sub(counter *c, size_t n)
{

	atomic_store_explicit(c, counter_read(c) - n, memory_order_relaxed);
}

#endif /* !BASALT_ATOMIC_H */
