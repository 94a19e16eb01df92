/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdatomic.h>
#include <string.h>

#include "page/decay.h"
#include "util/bits.h"

#define	WEIGHT_BITS	20

void
_bas_decay_init(struct decay *decay, ssize_t ms, uint64_t now)
{

	memset(decay->backlog, 0, sizeof(decay->backlog));
	atomic_store_explicit(&decay->ms, ms, memory_order_relaxed);
	decay->interval = ms > 0 ? (uint64_t)ms * 1000000 / DECAY_STEPS : 0;
	decay->epoch = now;
	decay->npages = 0;
}

/*
 * Share of the pages of step i that may stay, the newest step being
 * DECAY_STEPS - 1; in 1 / 2^WEIGHT_BITS.  i^3 (6i^2 - 15in + 10n^2) / n^5
 * stays below 2^62 for n = 200 and 20 bits.
 */
static uint64_t
weight(uint64_t i)
{
	const uint64_t n = DECAY_STEPS;
	uint64_t value;

	i++;
	value = i * i * i * (10 * n * n + 6 * i * i - 15 * i * n);
	return ((value << WEIGHT_BITS) / (n * n * n * n * n));
}

static void
backlog_shift(struct decay *decay, uint64_t steps)
{
	size_t n;

	n = steps < DECAY_STEPS ? (size_t)steps : DECAY_STEPS;
	memmove(decay->backlog, decay->backlog + n,
	    (DECAY_STEPS - n) * sizeof(decay->backlog[0]));
	memset(decay->backlog + DECAY_STEPS - n, 0,
	    n * sizeof(decay->backlog[0]));
}

size_t
_bas_decay_limit(struct decay *decay, uint64_t now, size_t npages)
{
	ssize_t ms = atomic_load_explicit(&decay->ms, memory_order_relaxed);
	uint64_t steps, sum = 0;
	unsigned i;

	if (ms < 0)
		return (SIZE_MAX);
	if (ms == 0)
		return (0);
	/* A clock that went back starts a new epoch, and keeps the pages. */
	if (now < decay->epoch)
		decay->epoch = now;
	steps = decay->interval == 0 ? DECAY_STEPS :
	    (now - decay->epoch) / decay->interval;
	if (steps > 0) {
		backlog_shift(decay, steps);
		decay->epoch = decay->interval == 0 ? now :
		    decay->epoch + steps * decay->interval;
		if (npages > decay->npages)
			decay->backlog[DECAY_STEPS - 1] =
			    (uint32_t)(npages - decay->npages);
		decay->npages = npages;
	}
	for (i = 0; i < DECAY_STEPS; i++)
		if (decay->backlog[i] != 0)
			sum += decay->backlog[i] * weight(i);
	sum = (sum >> WEIGHT_BITS);
	/* What came since the epoch began has not begun to fade. */
	if (npages > decay->npages)
		sum += npages - decay->npages;
	return ((size_t)sum);
}

void
_bas_decay_settle(struct decay *decay, size_t npages)
{

	if (npages < decay->npages)
		decay->npages = npages;
}
