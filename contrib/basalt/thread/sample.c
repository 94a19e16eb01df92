/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "heap/large.h"
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
_Atomic uint64_t _bas_sample_setting;

/*
 * Of calls without a cache: bytes to their next mark, and the setting that it
 * was drawn for.  Relaxed: who takes the first to 0 is the one who did.
 */
static _Atomic uint64_t	others_left;
static _Atomic uint64_t	others_setting;

static uint64_t
setting_read(void)
{

	return (atomic_load_explicit(&_bas_sample_setting,
	    memory_order_relaxed));
}

static unsigned
setting_lg(uint64_t s)
{

	return ((unsigned)(s & (((uint64_t)1 << LG_BITS) - 1)));
}

unsigned
_bas_sample_lg(void)
{

	return (setting_lg(setting_read()));
}

void
_bas_sample_set(unsigned lg)
{
	uint64_t s = setting_read();

	if (lg > SAMPLE_LG_MAX)
		lg = SAMPLE_LG_MAX;
	atomic_store_explicit(&_bas_sample_setting,
	    ((s >> LG_BITS) + 1) << LG_BITS | lg, memory_order_relaxed);
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
}

static __attribute__((noinline)) uint64_t
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

static __attribute__((noinline)) struct sample *
sample_renew(struct cache *cache)
{
	struct sample *sample = cache->sample;

	if (sample == NULL) {
		sample = _bas_base_alloc(sizeof(*sample));
		if (sample == NULL)
			return (NULL);
		*sample = (struct sample){ .random = _bas_os_random() };
		cache->sample = sample;
	}
	sample_redraw(sample, setting_read());
	return (sample);
}

static inline struct sample *
sample_of(struct cache *cache)
{
	struct sample *sample = cache->sample;

	return (likely(sample != NULL && sample->setting == setting_read()) ?
	    sample : sample_renew(cache));
}

struct sample *
_bas_sample_of(struct cache *cache)
{

	return (sample_of(cache));
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
	struct sample *sample = sample_of(cache);

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

/* There is nothing drawn for it, or what was is due. */
static __attribute__((noinline)) uint32_t
distance_drawn(struct cache *cache, unsigned class, uint32_t interval,
    bool pass)
{
	uint64_t taken = cache_takes(cache, class) + 1;
	struct sample *sample = sample_of(cache);

	if (sample == NULL || (!pass && sample->next[class] == 0))
		return (interval);
	if (pass && sample->next[class] <= taken)
		sample->next[class] = taken + sample_gap(sample,
		    sizeclass_size(class));
	if (sample->next[class] <= taken)
		return (0);
	taken = sample->next[class] - taken;
	return (taken < interval ? (uint32_t)taken : interval);
}

uint32_t
_bas_sample_distance(struct cache *cache, unsigned class, uint32_t interval,
    bool pass)
{
	uint64_t far = cache_takes(cache, class) + 1 + interval;
	struct sample *sample = cache->sample;

	/* Mostly it is far away. */
	if (likely(sample != NULL && sample->next[class] >= far &&
	    sample->setting == setting_read()))
		return (interval);
	return (distance_drawn(cache, class, interval, pass));
}

/* The mark comes nearer by one; where there is none, one is drawn soon. */
uint32_t
_bas_sample_one(struct cache *cache, unsigned class, uint32_t left)
{
	uint64_t coming = cache_takes(cache, class) + 1;
	struct sample *sample = cache->sample;

	if (sample == NULL || sample->setting != setting_read() ||
	    sample->next[class] <= coming)
		return (0);
	coming = --sample->next[class] - coming;
	return (coming < left ? (uint32_t)coming : left);
}

static uint64_t
others_gap(uint64_t s)
{

	return (gap(_bas_os_random(), setting_lg(s), 1));
}

/* Who has no cache shares a count; whoever takes it to 0 is sampled. */
static bool
others_bytes(size_t size)
{
	uint64_t s = setting_read(), left, next;
	bool due;

	/* Two may do so: a mark is as good as another. */
	if (atomic_load_explicit(&others_setting, memory_order_relaxed) !=
	    s) {
		atomic_store_explicit(&others_left, others_gap(s),
		    memory_order_relaxed);
		atomic_store_explicit(&others_setting, s,
		    memory_order_relaxed);
	}
	left = atomic_load_explicit(&others_left, memory_order_relaxed);
	do {
		due = left <= size;
		next = due ? others_gap(s) : left - size;
	} while (!atomic_compare_exchange_weak_explicit(&others_left, &left,
	    next, memory_order_relaxed, memory_order_relaxed));
	return (due);
}

bool
_bas_sample_bytes(struct cache *cache, size_t size)
{
	struct sample *sample;

	if (size == 0)
		return (false);
	if (cache == NULL)
		return (others_bytes(size));
	sample = sample_of(cache);
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
	while (sample->npages > 0)
		_bas_large_drop(sample->page[--sample->npages]);
	cache->sample = NULL;
	if (sample->thread == NULL)
		_bas_base_free(sample, sizeof(*sample));
	else
		/* Release: the profile may free it from now on. */
		atomic_store_explicit(&sample->ended, true,
		    memory_order_release);
}
