/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A thread's own objects: a stack of pointers for each class.
 *
 * The thread takes from it and puts to it without a lock and without
 * touching the objects.  A stack with no slots is empty and full at once,
 * so neither path asks whether a thread has a cache yet: until then its
 * pointer leads to a shared block of such stacks.
 *
 * What happened is counted by one decrement a take.  left[] runs from a
 * number drawn at the last event of the class down to the next; so takes
 * are known at any time, and puts follow from them, from the depth of the
 * stack and from what the slow paths moved in and out.
 */
#ifndef BASALT_CACHE_H
#define	BASALT_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/sizeclass.h"
#include "os/countdown.h"
#include "os/self.h"
#include "util/bits.h"
#include "util/config.h"

enum cache_state {
	CACHE_NONE,		/* the thread has not been seen yet */
	CACHE_LIVE,
	CACHE_SLOW,		/* every call goes the slow way, to real */
	CACHE_DEAD		/* the thread's destructor has run */
};

/*
 * Whether the owner is changing it.  About to: it looks whether a fork lets
 * it first (gate.h), and until it has looked the cache is whole.
 */
enum cache_busy {
	CACHE_IDLE,
	CACHE_BUSY,
	CACHE_ABOUT
};

/* What only slow paths touch of a class. */
struct cache_class {
	uint64_t	takes;	/* up to the last event */
	int64_t		moved;	/* objects flushed less objects refilled */
	uint32_t	mark;	/* takes at the last collection, low half */
	uint16_t	slots;	/* of the stack, the bottom one not counted */
	uint8_t		drawn;	/* what left[] started from */
	uint8_t		flags;
};

/* What the slots of one class may hold, bytes. */
#define	CACHE_CLASS_MAX	((size_t)1 << 20)
/*
 * How many there may be, and how many where they hold more than so many
 * bytes.  Measured: performance.md, Refill and flush.
 */
#define	CACHE_SLOTS_MAX	2048
#define	CACHE_SLOTS_FEW	255
#define	CACHE_FEW_BYTES	((size_t)64 << 10)

#define	CACHE_REFILLED	0x01	/* since the last collection */
#define	CACHE_FLUSHED	0x02

struct arena;
struct event_thread;
struct sample;

/* Words for a bit a class. */
#define	CACHE_SEEN	HOWMANY(SC_COUNT, 64)

/*
 * The owner's alone, but for state and the links (tsd.c), and for a child
 * of fork that looks after caches of threads it has not.
 *
 * The statistics read head, limit, slots, seen, live and arena while the
 * owner is at work, and a fork busy: so it stores these with relaxed
 * atomics.
 */
struct cache {
	/* Slot after the top; below the first slot lies a NULL. */
	void		**head[SC_COUNT];
	void		**limit[SC_COUNT];
	int32_t		left[SC_COUNT];
	uint8_t		state;
	uint8_t		attention;	/* see event.h */
	bool		attending;
	bool		watched;	/* events or peak_on */
	bool		enabled;	/* stacks may have slots */
	bool		named;		/* no thread's: see tcaches.h */
	uint32_t	interval;	/* takes from event to event */
	struct cache	*real;		/* of CACHE_SLOW */
	unsigned	shard;		/* which of its bins */
	struct cache	*next_free;	/* of blocks without a thread */
	uint64_t	event_time;	/* ns of the last event */
	uint64_t	gc_time;	/* ns of the last collection */
	size_t		bytes;		/* that all slots could hold */
	/* Bytes that did not pass through the stacks. */
	uint64_t	other_allocated;
	uint64_t	other_deallocated;
	/* What thread.allocatedp shows, of CACHE_SLOW threads. */
	uint64_t	shown_allocated;
	uint64_t	shown_deallocated;
	/* Bytes taken that event.c has not added up, and their others. */
	uint64_t	batch;
	uint64_t	other_counted;
	struct event_thread *events;	/* NULL: nothing to be called */
	struct sample	*sample;	/* NULL: none yet, or no profiles */
	/* From the first question on: see peak.c. */
	bool		peak_on;
	int64_t		peak_base;	/* bytes in use at the last reset */
	int64_t		peak;		/* most bytes above that since */
	/* From here on others read, as they do head and limit. */
	bool		live;		/* in use */
	/*
	 * An enum cache_busy.  What is being changed is of no use to a child
	 * of fork.  The compiler is kept in order by cache_order.
	 */
	uint8_t		busy;
	struct arena	*arena;
	uint64_t	seen[CACHE_SEEN]; /* classes that ever had slots */
	struct cache_class class[SC_COUNT];
	uint16_t	most[SC_COUNT];	/* slots that a class may have */
	uint8_t		nclass;		/* the last class that is kept */
	/* Of all blocks: set once, since a fork may come at any time. */
	struct cache	*next;
};

_Static_assert(sizeof(struct cache) <= 4096, "a thread costs a page");

/* The owner's stores to what others read. */
static inline void
cache_set_head(struct cache *cache, size_t class, void **head)
{

	__atomic_store_n(&cache->head[class], head, __ATOMIC_RELAXED);
}

static inline void
cache_set_live(struct cache *cache, bool live)
{

	__atomic_store_n(&cache->live, live, __ATOMIC_RELAXED);
}

static inline void
cache_set_busy(struct cache *cache, enum cache_busy busy)
{

	__atomic_store_n(&cache->busy, (uint8_t)busy, __ATOMIC_RELAXED);
}

static inline void
cache_set_arena(struct cache *cache, struct arena *arena)
{

	__atomic_store_n(&cache->arena, arena, __ATOMIC_RELAXED);
}

/*
 * What is stored before this a child of fork sees if it sees what is stored
 * after.  The compiler alone must keep that order: a fork shows the child each
 * thread's stores up to some point of its program and none after, whatever
 * the processor's own order is (fork.md), and no thread relies on the order.
 */
static inline void
cache_order(void)
{

	atomic_signal_fence(memory_order_seq_cst);
}

/*
 * An object, or NULL: the stack is empty or its event has come.  Then
 * left[] is 0 or, where it was 0 before, -1.
 */
static inline void *
cache_take(struct cache *cache, size_t class)
{
	void **head = cache->head[class];
	void *p = pointer_result(head[-1]);

	if (unlikely(p == NULL))
		return (NULL);
	if (unlikely(countdown_step(&cache->left[class])))
		return (NULL);
	pointer_down(&cache->head[class], head);
	return (p);
}

/* False: the stack is full. */
static inline bool
cache_put(struct cache *cache, size_t class, void *p)
{
	void **head = cache->head[class];

	if (unlikely(head == cache->limit[class]))
		return (false);
	*head = p;
	/* A child of fork sees no new head with the slot's old content. */
	cache_order();
	pointer_up(&cache->head[class], head);
	return (true);
}

static inline unsigned
cache_depth(const struct cache *cache, unsigned class)
{

	return ((unsigned)(cache->head[class] - (cache->limit[class] -
	    cache->class[class].slots)));
}

static inline uint64_t
cache_takes(const struct cache *cache, unsigned class)
{
	int32_t left = cache->left[class];

	if (left < 0)
		left = 0;
	return (cache->class[class].takes + cache->class[class].drawn -
	    (uint32_t)left);
}

/* Stacks without slots; next is left as it is. */
void	_bas_cache_init(struct cache *cache, enum cache_state state);
/* The slow twins; the cache is CACHE_LIVE.  NULL: no memory. */
void	*_bas_cache_take_slow(struct cache *cache, unsigned class);
/* Aborts where what the stack holds is none of ours. */
void	_bas_cache_put_slow(struct cache *cache, unsigned class, void *p);
/* What time makes due, by who comes by without a change of the cache. */
void	_bas_cache_visit(struct cache *cache);
/* Give everything back; the slots too. */
void	_bas_cache_flush(struct cache *cache);
/*
 * The object of the class that comes next, of which there is one, leaves
 * the cache without having been taken.
 */
void	*_bas_cache_lose(struct cache *cache, unsigned class);
/* One that has left so comes back; false: there is no room. */
bool	_bas_cache_regain(struct cache *cache, unsigned class, void *p);
/* Give n objects of a class back, those that rest longest first. */
void	_bas_cache_flush_class(struct cache *cache, unsigned class,
	    unsigned n);
/* Change the slots of a class; false: no memory.  Depth must fit. */
bool	_bas_cache_resize(struct cache *cache, unsigned class, unsigned slots);

/* The takes so far go to the arena: before it changes, and at the end. */
void	_bas_cache_count(struct cache *cache);
/*
 * Profiles: an object of the class came past the stack, so the count has not
 * seen it.
 */
void	_bas_cache_one(struct cache *cache, unsigned class);
/* No more slots than n, nor objects, for now. */
void	_bas_cache_limit(struct cache *cache, unsigned class, unsigned n);

/* cache_bounds.c: what the options want, once; and for a new cache. */
void	_bas_cache_setup(void);
/* The last class that is kept where max is the largest size. */
unsigned _bas_cache_classes(size_t max);
void	_bas_cache_bounds(struct cache *cache);

/* cache_gc.c: what time makes due, at each slow path. */
void	_bas_cache_event(struct cache *cache, unsigned class);
/* The cache is busy already; _bas_cache_visit() is for others. */
void	_bas_cache_tick(struct cache *cache);
/* Shrink what is idle, now, if it was not looked at very lately. */
void	_bas_cache_gc(struct cache *cache, uint64_t now);

#endif /* !BASALT_CACHE_H */
