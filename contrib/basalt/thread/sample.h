/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Which objects are sampled for heap profiles: profiling.md.
 *
 * An object of size bytes is one with the probability 1 - e^(-size / P), as
 * if the bytes that are allocated were a road with marks on it, P apart in
 * the mean and at random, and an object sampled that a mark lies in.
 *
 * Each class counts its takes anyway, down to its next event.  While there
 * are profiles a thread draws for each class at which take the next mark
 * lies, and events come no later than that.  Whatever comes by no stack
 * counts its bytes.
 */
#ifndef BASALT_SAMPLE_H
#define	BASALT_SAMPLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/sizeclass.h"
#include "os/backtrace.h"
#include "thread/cache.h"
#include "util/config.h"

#define	SAMPLE_LG_MAX		63
/* Pages that a thread keeps for its next samples. */
#define	SAMPLE_PAGES		4u

/*
 * Of one cache; its thread's alone, but for ended.  Made when the cache's
 * first object may be one.
 */
struct sample {
	/* The take, counted from 1, that is sampled; 0: not drawn. */
	uint64_t	next[SC_COUNT];
	uint64_t	random;
	uint64_t	setting;	/* that all this was drawn for */
	uint64_t	now;		/* that what is being sampled was */
	int64_t		left;		/* bytes to the next mark */
	bool		busy;		/* being sampled: others are not */
	bool		off;		/* of this thread none is wanted */
	bool		off_known;	/* off was set, is not the default */
	void		*thread;	/* what the profile knows of it */
	struct backtrace_stack stack;	/* that it was on when last sampled */
	/* Of samples that are gone, see _bas_large_rest(). */
	void		*page[SAMPLE_PAGES];
	unsigned	npages;
	/* Release when the thread is gone, acquire by who frees this. */
	_Atomic bool	ended;
};

/* There are profiles: never changes after the options are known. */
extern BASALT_HIDDEN bool _bas_sample_on;
/*
 * lg of P, and above it how often that was set: what was drawn for another
 * one is drawn anew.  Relaxed: a thread may hear of it a little later.
 */
extern BASALT_HIDDEN _Atomic uint64_t _bas_sample_setting;

/* Once, after the options are known. */
void	_bas_sample_init(void);
/* P is 2^lg bytes from now on, up to SAMPLE_LG_MAX; and what it is. */
void	_bas_sample_set(unsigned lg);
unsigned _bas_sample_lg(void);
/* 1 / (1 - e^(-size / P)): so many objects stand behind one of that size. */
double	_bas_sample_weight(double size, unsigned lg);

/* The cache's, made if need be; NULL: no memory. */
struct sample *_bas_sample_of(struct cache *cache);
/*
 * Is the next object that the stack of the class gives to be sampled?  Then
 * it comes from elsewhere, and a new mark is drawn.  To be asked where the
 * count of the class has run out: else nothing is due.
 */
bool	_bas_sample_class(struct cache *cache, unsigned class);
/* An object of so many bytes by no stack; cache is NULL if there is none. */
bool	_bas_sample_bytes(struct cache *cache, size_t size);

/*
 * For events: how many takes of the class there may be, of as many as
 * interval, until one is due.  pass: an object is taken next, and not sampled
 * if it is due.
 */
uint32_t _bas_sample_distance(struct cache *cache, unsigned class,
	    uint32_t interval, bool pass);
/*
 * For an object that no take is counted for: how many takes of the class there
 * may be now, of as many as left, until one is due.
 */
uint32_t _bas_sample_one(struct cache *cache, unsigned class, uint32_t left);
/* The cache is not used any more. */
void	_bas_sample_end(struct cache *cache);

/* False, mostly, if _bas_sample_class() would say so: many slow paths ask. */
static inline bool
sample_is_near(const struct cache *cache, unsigned class)
{
	const struct sample *sample = cache->sample;

	if (cache->left[class] > 0)
		return (false);
	return (sample == NULL ||
	    cache_takes(cache, class) + 1 >= sample->next[class] ||
	    sample->setting != atomic_load_explicit(&_bas_sample_setting,
	    memory_order_relaxed));
}

#endif /* !BASALT_SAMPLE_H */
