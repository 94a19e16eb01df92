/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What is to be done each time that so many bytes went by: reports of the
 * statistics, by the bytes that all threads together have allocated, and
 * calls of the program's own functions, by the bytes of each thread.
 *
 * Both are noticed on slow paths, deep down, and done between two of them by
 * the top layer, which looks at cache->attention: outside all locks, with
 * the cache whole, so that what is called may allocate.
 *
 * Reports must not cost when none is due, so they follow from what is
 * counted anyway, and only the distance of a class's events is bounded.
 * Functions of the program want their numbers exact: while there are any,
 * threads are in the slow mode.
 */
#ifndef BASALT_EVENT_H
#define	BASALT_EVENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "malloc_np.h"

#include "thread/cache.h"
#include "util/config.h"

#define	EVENT_HOOKS		4

/* What cache->attention may hold. */
#define	EVENT_LOOK		0x01	/* something may have to be called */
#define	EVENT_REPORT		0x02	/* the statistics are to be printed */
#define	EVENT_SAMPLE		0x80	/* always: objects may be sampled */

/* A function for one thread, called as it allocates and frees. */
struct event_activity {
	void		(*call)(void *, uint64_t, uint64_t);
	void		*arg;
};

/* There are reports, or functions for all threads.  Relaxed: a hint. */
extern BASALT_HIDDEN _Atomic bool _bas_event_on;
/* Events have more bounds than time: reports or profiles.  Sealed. */
extern BASALT_HIDDEN bool _bas_event_bounded;

/* Once, after the options are known. */
void	_bas_event_init(void);
/*
 * A function for all threads, from now on and for ever: others than this
 * one hear of it when they are slow.  EINVAL: nothing to call, or interval
 * 0; EAGAIN: there are EVENT_HOOKS.
 */
int	_bas_event_hook_add(const user_hook_object_t *hook);
/*
 * The calling thread's function, call NULL if there is none; either may be
 * NULL.  EAGAIN: no memory.
 */
int	_bas_event_activity(const struct event_activity *activity,
	    struct event_activity *old);

/* On slow paths of a cache that is watched: is something due? */
void	_bas_event_note(struct cache *cache);
/* The cache's thread ends. */
void	_bas_event_end(struct cache *cache);
/*
 * The calling thread's cache if there is something to do for it, and what.
 * It is left alone, whatever it allocates, until _bas_event_leave().
 */
struct cache *_bas_event_enter(unsigned *what);
/* Call what is due. */
void	_bas_event_call(struct cache *cache);
void	_bas_event_leave(struct cache *cache);

/*
 * The class's takes are counted: add them, and say how many there may be at
 * most, of as many as interval, until they must be counted again.  pass: an
 * object is taken next, sampled or not.  To be called if events are bounded.
 */
uint32_t _bas_event_distance(struct cache *cache, unsigned class,
	    uint32_t interval, bool pass);

/* Does anybody look at what the cache does? */
static inline bool
event_is_watched(const struct cache *cache)
{

	return (cache->watched | atomic_load_explicit(&_bas_event_on,
	    memory_order_relaxed));
}

#endif /* !BASALT_EVENT_H */
