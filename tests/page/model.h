/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A model of an arena's pages: what is allocated, by page, and what must be
 * in it.  Each operation is done to the arena and to the model, and they are
 * compared.
 */

#ifndef MODEL_H
#define MODEL_H

#include "../include/unit.h"

#include "os/os.h"
#include "os/os_fake.h"
#include "page/extent.h"
#include "page/page.h"
#include "page/purge.h"
#include "page/span.h"
#include "util/options.h"

#define	MODEL_MAX	600
#define	MODEL_SPACE	((size_t)64 << 30)	/* the fake's window */

struct model_run {
	struct huge	*huge;
	uintptr_t	base;
	size_t		npages;
	uint64_t	tag;
};

static struct pages	pages;
static struct {
	uintptr_t	space;
	size_t		nruns;
	struct model_run run[MODEL_MAX];
	size_t		npages;		/* of all of them */
	size_t		lost;		/* bytes that earlier arenas kept */
	uint64_t	tag;
	uint64_t	random;
	uint8_t		used[MODEL_SPACE / PAGE];
} model;

/* The leaf comes first, so that superpages lie side by side. */
static inline void
model_init(uint64_t seed, ssize_t dirty_ms, ssize_t muzzy_ms)
{
	void *p;

	_bas_os_init();
	p = _bas_os_map(65536, 65536);
	model.space = (uintptr_t)p & ~(((uintptr_t)4 << 30) - 1);
	ATF_REQUIRE(_bas_pagemap_cover(model.space, 1));
	ATF_REQUIRE_EQ(0, _bas_os_unmap(p, 65536));
	_bas_os_fake_reset();
	_bas_page_init(&pages, dirty_ms, muzzy_ms);
	model.lost = _bas_extent_mapped() - _bas_extent_retained();
	model.random = seed;
}

static inline size_t
model_below(size_t n)
{
	return (unit_below(&model.random, n));
}

/* Mark pages of the model; each must be the other way round now. */
static inline void
model_mark(uintptr_t base, size_t npages, bool used)
{
	size_t i, first;

	first = (base - model.space) / PAGE;
	for (i = first; i < first + npages; i++) {
		ATF_REQUIRE_MSG(model.used[i] == !used, "page %zu of %zu at "
		    "%#lx is somebody's", i - first, npages,
		    (unsigned long)base);
		model.used[i] = used;
	}
	model.npages += used ? npages : -npages;
}

static inline uint64_t *
model_word(uintptr_t base, size_t page, unsigned third)
{
	return ((uint64_t *)(base + page * PAGE + third * 2040));
}

static inline void
model_fill(const struct model_run *run, size_t from)
{
	size_t i;
	unsigned t;

	for (i = from; i < run->npages; i++)
		for (t = 0; t < 3; t++)
			*model_word(run->base, i, t) = run->tag + i * 3 + t;
}

static inline void
model_check(const struct model_run *run)
{
	size_t i;
	unsigned t;

	for (i = 0; i < run->npages; i++)
		for (t = 0; t < 3; t++)
			ATF_REQUIRE_EQ_MSG(run->tag + i * 3 + t,
			    *model_word(run->base, i, t),
			    "page %zu of %zu at %#lx has changed", i,
			    run->npages, (unsigned long)run->base);
}

static inline void
model_check_zero(uintptr_t base, size_t npages)
{
	size_t i;
	unsigned t;

	for (i = 0; i < npages; i++)
		for (t = 0; t < 3; t++)
			ATF_REQUIRE_EQ_MSG(0, *model_word(base, i, t),
			    "page %zu of %zu at %#lx is not zero", i, npages,
			    (unsigned long)base);
}

/* What must hold whenever no call is under way. */
static inline void
model_totals(void)
{
	ATF_REQUIRE_EQ(model.npages, counter_read(&pages.nactive));
	ATF_REQUIRE(counter_read(&pages.nactive) + counter_read(&pages.ndirty)
	    + counter_read(&pages.nmuzzy) + counter_read(&pages.nidle) <=
	    counter_read(&pages.nhuge) * HUGE_PAGES);
	ATF_REQUIRE_EQ(_bas_extent_mapped(), _bas_extent_retained() +
	    counter_read(&pages.nhuge) * HUGE + model.lost);
	ATF_REQUIRE(!lock_is_held(&pages.lock));
}

static inline void
model_put(struct huge *huge, uintptr_t base, size_t npages, bool zeroed)
{
	struct model_run *run = &model.run[model.nruns++];

	model_mark(base, npages, true);
	if (zeroed)
		model_check_zero(base, npages);
	*run = (struct model_run){ huge, base, npages, model.tag += 1000003 };
	model_fill(run, 0);
	model_totals();
}

/* False: there is no memory. */
static inline bool
model_alloc(size_t npages, size_t align)
{
	struct huge *huge;
	uintptr_t base;
	bool zeroed = false;

	base = _bas_page_alloc(&pages, npages, align, &zeroed);
	if (base == 0)
		return (false);
	ATF_REQUIRE_EQ(0, base % (align * PAGE));
	ATF_REQUIRE_EQ(base / HUGE, (base + npages * PAGE - 1) / HUGE);
	huge = pagemap_huge((void *)base);
	ATF_REQUIRE(huge != NULL && huge->base == base / HUGE * HUGE);
	ATF_REQUIRE_EQ(&pages, huge->owner);
	model_put(huge, base, npages, zeroed);
	ATF_REQUIRE(_bas_huge_is_valid(huge));
	return (true);
}

static inline bool
model_span_alloc(size_t npages, size_t align)
{
	struct huge *span;
	bool zeroed = false;

	span = _bas_span_alloc(&pages, npages, align, &zeroed);
	if (span == NULL)
		return (false);
	ATF_REQUIRE_EQ(HUGE_SPAN, span->kind);
	ATF_REQUIRE_EQ(0, span->base % align);
	ATF_REQUIRE_EQ(npages, span->npages);
	ATF_REQUIRE_EQ(span, pagemap_huge((char *)span->base + npages * PAGE -
	    1));
	model_put(span, span->base, npages, zeroed);
	return (true);
}

static inline bool
model_free(size_t i)
{
	struct model_run run = model.run[i];
	bool due;

	model_check(&run);
	model_mark(run.base, run.npages, false);
	model.run[i] = model.run[--model.nruns];
	if (run.huge->kind == HUGE_SPAN)
		due = _bas_span_free(run.huge);
	else {
		due = _bas_page_free(run.huge, run.base, run.npages);
		ATF_REQUIRE(_bas_huge_is_valid(run.huge));
	}
	model_totals();
	return (due);
}

static inline void
model_free_all(void)
{
	while (model.nruns > 0)
		(void)model_free(model_below(model.nruns));
}

/* Whether the pages after a run in its superpage are free. */
static inline bool
model_is_free(uintptr_t base, size_t npages)
{
	size_t i, first = (base - model.space) / PAGE;

	for (i = first; i < first + npages; i++)
		if (model.used[i])
			return (false);
	return (true);
}

static inline void
model_expand(size_t i, size_t more)
{
	struct model_run *run = &model.run[i];
	uintptr_t end = run->base + run->npages * PAGE;
	size_t was = run->npages;
	bool done, can;

	can = end + more * PAGE <= run->huge->base + HUGE &&
	    model_is_free(end, more);
	done = _bas_page_expand(run->huge, run->base, run->npages, more);
	ATF_REQUIRE_EQ(can, done);
	if (done) {
		model_mark(end, more, true);
		run->npages += more;
		model_fill(run, was);
	}
	model_check(run);
	model_totals();
}

/* The tail of a run goes. */
static inline void
model_shrink(size_t i, size_t less)
{
	struct model_run *run = &model.run[i];

	run->npages -= less;
	model_mark(run->base + run->npages * PAGE, less, false);
	(void)_bas_page_free(run->huge, run->base + run->npages * PAGE, less);
	model_check(run);
	model_totals();
}

static inline void
model_span_resize(size_t i, size_t npages, bool move)
{
	struct model_run *run = &model.run[i];
	size_t was = run->npages;
	struct huge *moved;

	if (_bas_span_resize(run->huge, npages)) {
		if (npages > was)
			model_mark(run->base + was * PAGE, npages - was, true);
		else
			model_mark(run->base + npages * PAGE, was - npages,
			    false);
	} else {
		ATF_REQUIRE(npages > was);
		if (!move)
			return;
		moved = _bas_span_move(run->huge, npages);
		if (moved == NULL)
			return;
		model_mark(run->base, was, false);
		run->huge = moved;
		run->base = moved->base;
		model_mark(run->base, npages, true);
	}
	run->npages = npages < was ? npages : was;
	model_check(run);
	run->npages = npages;
	model_fill(run, was < npages ? was : npages);
	ATF_REQUIRE_EQ(npages, run->huge->npages);
	ATF_REQUIRE(run->huge->n * HUGE_PAGES >= npages);
	model_totals();
}

/* Everything is free and was purged: nothing may be left. */
static inline void
model_is_empty(void)
{
	ATF_CHECK_EQ(0, counter_read(&pages.nactive));
	ATF_CHECK_EQ(0, counter_read(&pages.ndirty));
	ATF_CHECK_EQ(0, counter_read(&pages.nmuzzy));
	ATF_CHECK_EQ(0, counter_read(&pages.nidle));
	ATF_CHECK_EQ_MSG(0, counter_read(&pages.nhuge),
	    "%zu superpages were kept", counter_read(&pages.nhuge));
	ATF_CHECK_EQ(_bas_extent_mapped() - model.lost,
	    _bas_extent_retained());
}

#endif /* MODEL_H */
