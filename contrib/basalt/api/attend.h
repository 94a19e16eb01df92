/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a thread has to do besides, when a call is done: print, and call
 * functions of the program.  It is the last thing that most slow paths of
 * this layer do; those for many small objects do it first, which is cheaper.
 */
#ifndef BASALT_ATTEND_H
#define	BASALT_ATTEND_H

#include "thread/cache.h"
#include "thread/event.h"
#include "util/bits.h"

/* errno is kept. */
void	_bas_attend(void);

static inline void
attend(void)
{

	if (unlikely((self()->cache->attention & ~EVENT_SAMPLE) != 0))
		_bas_attend();
}

#endif /* !BASALT_ATTEND_H */
