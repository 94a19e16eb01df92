/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * How many unused pages may stay, as time goes by.
 *
 * The time of a decay is cut into DECAY_STEPS epochs.  Pages that became
 * unused in an epoch may stay in full at first, and fade along the curve
 * 6x^5 - 15x^4 + 10x^3 to none when the time is over.  Under the lock of
 * the pages that it counts.
 */
#ifndef BASALT_DECAY_H
#define	BASALT_DECAY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define	DECAY_STEPS	200

struct decay {
	/*
	 * -1 never, 0 at once.  Written under the lock of the pages, and
	 * asked by anyone at any time: relaxed.
	 */
	_Atomic ssize_t	ms;
	uint64_t	interval;	/* ns an epoch */
	uint64_t	epoch;		/* ns when the current one began */
	size_t		npages;		/* unused at its beginning */
	uint32_t	backlog[DECAY_STEPS]; /* newly unused, oldest first */
};

void	_bas_decay_init(struct decay *decay, ssize_t ms, uint64_t now);
/*
 * Let time pass up to now, with npages unused; returns how many of them
 * may stay.
 */
size_t	_bas_decay_limit(struct decay *decay, uint64_t now, size_t npages);
/* After a purge to npages: what is gone is not news when it comes back. */
void	_bas_decay_settle(struct decay *decay, size_t npages);

#endif /* !BASALT_DECAY_H */
