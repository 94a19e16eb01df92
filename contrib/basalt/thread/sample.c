/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "meta/base.h"
#include "os/os.h"
#include "thread/cache.h"
#include "thread/sample.h"
#include "util/ln.h"
#include "util/options.h"

#define	GAP_MAX		((double)((uint64_t)1 << 62))
#define	LG_BITS		8
#define	RANDOM_STEP	0x9e3779b97f4a7c15u

bool _bas_sample_on;

/*
 * lg of P, and above it how often that was set: what was drawn for another
 * one is drawn anew.  Relaxed: a thread may hear of it a little later.
 */
static _Atomic uint64_t setting;
/*
 * Of calls without a cache: bytes to their next mark.  Relaxed: sums, of
 * which one thread sees how they pass 0.
 */
static _Atomic int64_t	others_left;

static unsigned
setting_lg(uint64_t s)
{

	return ((unsigned)(s & (((uint64_t)1 << LG_BITS) - 1)));
}

unsigned
_bas_sample_lg(void)
{

	return (setting_lg(atomic_load_explicit(&setting,
	    memory_order_relaxed)));
}

void
_bas_sample_set(unsigned lg)
{
	uint64_t s = atomic_load_explicit(&setting, memory_order_relaxed);

	if (lg > SAMPLE_LG_MAX)
		lg = SAMPLE_LG_MAX;
	atomic_store_explicit(&setting, ((s >> LG_BITS) + 1) << LG_BITS | lg,
	    memory_order_relaxed);
}

double
_bas_sample_weight(double size, unsigned lg)
{

	return (lg == 0 || size <= 0 ? 1 :
	    1 / _bas_exp_part(size / (double)((uint64_t)1 << lg)));
}

/* 64 bits from a state that steps evenly: a multiply mixes them. */
static uint64_t
mix(uint64_t x)
{

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (x ^ x >> 31);
}

/* To the next mark, in steps of so many bytes, from 1 on. */
static uint64_t
gap(uint64_t random, unsigned lg, size_t step)
{
	double u, n;

	if (lg == 0)
		return (1);
	/* 53 bits, and never 0. */
	u = (double)((random >> 11) + 1) / (double)((uint64_t)1 << 53);
	n = -_bas_ln(u) * (double)((uint64_t)1 << lg) / (double)step;
	return (n >= GAP_MAX ? (uint64_t)GAP_MAX : (uint64_t)n + 1);
}

void
_bas_sample_init(void)
{

	_bas_sample_set((unsigned)_bas_options.lg_prof_sample);
	_bas_sample_on = _bas_options.prof;
	if (_bas_sample_on)
		atomic_store_explicit(&others_left,
		    (int64_t)gap(_bas_os_random(), _bas_sample_lg(), 1),
		    memory_order_relaxed);
}

static uint64_t
sample_gap(struct sample *sample, size_t step)
{

	sample->random += RANDOM_STEP;
	return (gap(mix(sample->random), setting_lg(sample->setting), step));
}

static void
sample_redraw(struct sample *sample, uint64_t s)
{
	unsigned class;

	for (class = 0; class < SC_COUNT; class++)
		sample->next[class] = 0;
	sample->setting = s;
	sample->left = (int64_t)sample_gap(sample, 1);
}

struct sample *
_bas_sample_of(struct cache *cache)
{
	uint64_t s = atomic_load_explicit(&setting, memory_order_relaxed);
	struct sample *sample = cache->sample;

	if (sample == NULL) {
		sample = _bas_base_alloc(sizeof(*sample));
		if (sample == NULL)
			return (NULL);
		*sample = (struct sample){ .random = _bas_os_random() };
		sample_redraw(sample, s);
		cache->sample = sample;
	} else if (unlikely(sample->setting != s))
		sample_redraw(sample, s);
	return (sample);
}

/* From where the count runs out, at the coming take or later. */
static void
class_draw(struct sample *sample, const struct cache *cache, unsigned class)
{
	int32_t left = cache->left[class];

	sample->next[class] = cache_takes(cache, class) +
	    (left > 0 ? (uint32_t)left : 0) +
	    sample_gap(sample, sizeclass_size(class));
}

bool
_bas_sample_class(struct cache *cache, unsigned class)
{
	struct sample *sample = _bas_sample_of(cache);

	if (sample == NULL || sample->busy)
		return (false);
	if (sample->next[class] == 0)
		class_draw(sample, cache, class);
	if (cache_takes(cache, class) + 1 < sample->next[class])
		return (false);
	/* Its count has run out, and stays there until it is drawn anew. */
	cache->left[class] = 0;
	class_draw(sample, cache, class);
	return (true);
}

void
_bas_sample_pass(struct cache *cache, unsigned class)
{
	struct sample *sample = _bas_sample_of(cache);
	uint64_t taken = cache_takes(cache, class) + 1;

	if (sample == NULL || sample->next[class] > taken)
		return;
	sample->next[class] = taken + sample_gap(sample,
	    sizeclass_size(class));
}

uint32_t
_bas_sample_distance(const struct cache *cache, unsigned class,
    uint32_t interval)
{
	const struct sample *sample = cache->sample;
	uint64_t takes;

	if (sample == NULL || sample->next[class] == 0)
		return (interval);
	takes = cache_takes(cache, class) + 1;
	if (sample->next[class] <= takes)
		return (0);
	takes = sample->next[class] - takes;
	return (takes < interval ? (uint32_t)takes : interval);
}

/* Who has no cache shares a count; whoever takes it past 0 is sampled. */
static bool
others_bytes(size_t size)
{
	unsigned lg = _bas_sample_lg();
	int64_t left;

	left = atomic_fetch_sub_explicit(&others_left, (int64_t)size,
	    memory_order_relaxed);
	if (lg == 0)
		return (true);
	if (left > (int64_t)size || left <= 0)
		return (false);
	atomic_store_explicit(&others_left, (int64_t)gap(_bas_os_random(), lg,
	    1), memory_order_relaxed);
	return (true);
}

bool
_bas_sample_bytes(struct cache *cache, size_t size)
{
	struct sample *sample;

	if (size == 0)
		return (false);
	if (cache == NULL)
		return (others_bytes(size));
	sample = _bas_sample_of(cache);
	if (sample == NULL || sample->busy)
		return (false);
	if (sample->left > (int64_t)size) {
		sample->left -= (int64_t)size;
		return (false);
	}
	sample->left = (int64_t)sample_gap(sample, 1);
	return (true);
}

void
_bas_sample_end(struct cache *cache)
{
	struct sample *sample = cache->sample;

	if (sample == NULL)
		return;
	cache->sample = NULL;
	if (sample->thread == NULL)
		_bas_base_free(sample, sizeof(*sample));
	else
		/* Release: the profile may free it from now on. */
		atomic_store_explicit(&sample->ended, true,
		    memory_order_release);
}
