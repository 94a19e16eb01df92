/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "heap/sizeclass.h"
#include "os/os.h"
#include "page/guard.h"
#include "page/page.h"
#include "page/purge.h"
#include "page/span.h"
#include "util/options.h"
#include "util/report.h"

/*
 * A run of so many pages that has to move as it grows becomes a span, which
 * has room to grow; while superpages are no more than four times what is in
 * use, and 64 besides.  Chosen: at 256 KiB page tables are less than 2 %.
 */
#define	GROW_SPAN_MIN		((size_t)64)
#define	GROW_SPAN_SPARE		((size_t)64 * HUGE_PAGES)
#define	GROW_SPAN_RATIO		4

/* The class of a run, if it is as long as one. */
static unsigned
run_class(size_t npages)
{
	unsigned class;

	if (npages * PAGE <= SC_SMALL_MAX || npages * PAGE > SC_CLASS_MAX)
		return (SC_LARGE);
	class = sizeclass_of(npages * PAGE);
	return (_bas_sizeclass[class].pages == npages ? class : SC_LARGE);
}

static void
run_set(struct huge *huge, uintptr_t base, size_t npages, uintptr_t guarded)
{

	atomic_store_explicit(&huge->run[huge_page(huge, base)],
	    RUN_TAG(npages) | guarded, memory_order_relaxed);
	_bas_pagemap_set_class(base, 1, run_class(npages));
}

uintptr_t
_bas_large_of_span(const struct huge *span)
{

	return (span->base + (span->guarded ? guard_pages() * PAGE : 0));
}

/* Pages of the object. */
static size_t
span_npages(const struct huge *span)
{

	return (span->npages - (span->guarded ? 2 * guard_pages() : 0));
}

/* Between guards; 0: they cannot be had, which is no failure. */
static uintptr_t
guarded_alloc(struct arena *arena, size_t *npages, bool *zeroed)
{
	struct huge *span;
	uintptr_t base;

	base = _bas_guard_alloc(&arena->pages, *npages, zeroed);
	if (base != 0) {
		run_set(pagemap_huge((void *)base), base, *npages,
		    RUN_GUARDED);
		return (base);
	}
	if (*npages + 2 * guard_pages() <= HUGE_PAGES)
		return (0);
	span = _bas_guard_span_alloc(&arena->pages, *npages, zeroed);
	if (span == NULL)
		return (0);
	base = _bas_large_of_span(span);
	*npages = span_npages(span);
	_bas_pagemap_set_class(base, 1, SC_LARGE);
	return (base);
}

void *
_bas_large_alloc(struct arena *arena, size_t size, size_t align, bool *zeroed)
{
	size_t npages = HOWMANY(size == 0 ? 1 : size, PAGE);
	size_t apages = HOWMANY(align, PAGE);
	struct huge *huge;
	uintptr_t base = 0;

	if (align <= PAGE && guard_is_due(GUARD_LARGE))
		base = guarded_alloc(arena, &npages, zeroed);
	if (base != 0)
		;
	else if (npages <= HUGE_PAGES && apages <= HUGE_PAGES) {
		base = _bas_page_alloc(&arena->pages, npages, apages, zeroed);
		if (base == 0)
			return (NULL);
		run_set(pagemap_huge((void *)base), base, npages, 0);
	} else {
		huge = _bas_span_alloc(&arena->pages, npages,
		    align < HUGE ? HUGE : align, zeroed);
		if (huge == NULL)
			return (NULL);
		base = huge->base;
		_bas_pagemap_set_class(base, 1, SC_LARGE);
	}
	_bas_arena_count_large(arena, npages, true);
	return ((void *)base);
}

static void
alone_set(struct arena *arena, struct huge *huge, uintptr_t base,
    unsigned class)
{
	size_t npages = HOWMANY(sizeclass_size(class), PAGE);

	atomic_store_explicit(&huge->run[huge_page(huge, base)],
	    RUN_TAG(npages) | RUN_ALONE(class), memory_order_relaxed);
	_bas_pagemap_set_class(base, 1, SC_LARGE);
	_bas_arena_count_large(arena, npages, true);
}

void *
_bas_large_alloc_alone(struct arena *arena, unsigned class, bool *zeroed)
{
	uintptr_t base;

	base = _bas_page_alloc(&arena->pages,
	    HOWMANY(sizeclass_size(class), PAGE), 1, zeroed);
	if (base == 0)
		return (NULL);
	alone_set(arena, pagemap_huge((void *)base), base, class);
	return ((void *)base);
}

size_t
_bas_large_rest(struct arena *arena, void *p)
{
	const struct huge *huge = pagemap_huge(p);
	uintptr_t run;

	if (huge->kind == HUGE_SPAN || huge->owner != &arena->pages ||
	    arena->index >= _bas_arena_auto_count())
		return (0);
	run = atomic_load_explicit(&huge->run[huge_page(huge, (uintptr_t)p)],
	    memory_order_relaxed);
	if (RUN_CLASS(run) == 0 || RUN_PAGES(run) != 1)
		return (0);
	_bas_pagemap_set_class((uintptr_t)p, 1, SC_NONE);
	_bas_arena_count_large(arena, 1, false);
	return (sizeclass_size(RUN_CLASS(run)));
}

bool
_bas_large_wake(struct arena *arena, void *p, unsigned class)
{
	struct huge *huge = pagemap_huge(p);

	if (huge->owner != &arena->pages) {
		_bas_large_drop(p);
		return (false);
	}
	alone_set(arena, huge, (uintptr_t)p, class);
	return (true);
}

void
_bas_large_drop(void *p)
{

	(void)_bas_page_free(pagemap_huge(p), (uintptr_t)p, 1);
}

void
_bas_large_set_alone(const void *p)
{

	_bas_pagemap_set_class((uintptr_t)p, 1, SC_LARGE);
}

unsigned
_bas_large_set_class(const void *p)
{
	const struct huge *huge = pagemap_huge(p);
	unsigned class;
	uintptr_t run;

	if (huge->kind == HUGE_SPAN)
		return (SC_LARGE);
	run = atomic_load_explicit(&huge->run[huge_page(huge, (uintptr_t)p)],
	    memory_order_relaxed);
	class = run_class(RUN_PAGES(run));
	if (class != SC_LARGE)
		_bas_pagemap_set_class((uintptr_t)p, 1, class);
	return (class);
}

/* The superpage or span that p is the start of an object of. */
static struct huge *
large_check(const char *function, const void *p, size_t *npages)
{
	unsigned class = (unsigned)pagemap_class(p);
	struct huge *huge = pagemap_huge(p);
	uintptr_t run;

	if (class == SC_NONE || huge == NULL)
		_bas_report_misuse(function, huge == NULL ?
		    "pointer was not allocated here" :
		    "pointer is free already or inside an object", p);
	if ((uintptr_t)p % PAGE != 0)
		_bas_report_misuse(function,
		    "pointer is not the start of an object", p);
	if (huge->kind == HUGE_SPAN) {
		*npages = span_npages(huge);
		return (huge);
	}
	run = atomic_load_explicit(&huge->run[huge_page(huge, (uintptr_t)p)],
	    memory_order_relaxed);
	if (!RUN_IS_TAG(run))
		_bas_report_misuse(function, "page map is damaged", p);
	*npages = RUN_PAGES(run);
	return (huge);
}

static bool
is_guarded(const struct huge *huge, const void *p)
{

	if (huge->kind == HUGE_SPAN)
		return (huge->guarded);
	return ((atomic_load_explicit(&huge->run[huge_page(huge,
	    (uintptr_t)p)], memory_order_relaxed) & RUN_GUARDED) != 0);
}

bool
_bas_large_free(const char *function, void *p)
{
	struct arena *arena;
	struct huge *huge;
	size_t npages;

	huge = large_check(function, p, &npages);
	arena = arena_of_pages(huge->owner);
	_bas_arena_count_large(arena, npages, false);
	_bas_pagemap_set_class((uintptr_t)p, 1, SC_NONE);
	if (is_guarded(huge, p)) {
		if (huge->kind == HUGE_RUNS)
			return (_bas_guard_free(huge, (uintptr_t)p, npages,
			    true));
		if (!_bas_guard_span_open(huge))
			return (false);
	}
	if (huge->kind == HUGE_SPAN)
		return (npages * PAGE < _bas_arena_oversize(arena) ?
		    _bas_span_free(huge) : _bas_span_discard(huge));
	return (_bas_page_free(huge, (uintptr_t)p, npages));
}

size_t
_bas_large_size(const char *function, const void *p)
{
	struct huge *huge;
	size_t npages;
	unsigned class;

	huge = large_check(function, p, &npages);
	if (huge->kind == HUGE_SPAN)
		return (npages * PAGE);
	class = RUN_CLASS(atomic_load_explicit(&huge->run[huge_page(huge,
	    (uintptr_t)p)], memory_order_relaxed));
	return (class != 0 ? sizeclass_size(class) : npages * PAGE);
}

static bool
run_resize(struct huge *huge, uintptr_t base, size_t npages, size_t new)
{

	if (new > npages) {
		if (!_bas_page_expand(huge, base, npages, new - npages))
			return (false);
	} else if (new < npages) {
		if (_bas_page_free(huge, base + new * PAGE, npages - new))
			_bas_purge_decay(huge->owner, _bas_os_clock());
	}
	run_set(huge, base, new, 0);
	return (true);
}

bool
_bas_large_resize_in_place(void *p, size_t size)
{
	size_t npages, new = HOWMANY(size, PAGE);
	struct huge *huge = large_check("realloc", p, &npages);
	struct arena *arena = arena_of_pages(huge->owner);

	/* Guards are of one place and size: a run loses them, a span stays. */
	if (is_guarded(huge, p)) {
		if (new == npages || huge->kind == HUGE_SPAN)
			return (new == npages);
		(void)_bas_guard_free(huge, (uintptr_t)p, npages, false);
		run_set(huge, (uintptr_t)p, npages, 0);
	}
	if (huge->kind == HUGE_RUNS) {
		if (new > HUGE_PAGES ||
		    !run_resize(huge, (uintptr_t)p, npages, new))
			return (false);
	} else if (!_bas_span_resize(huge, new))
		return (false);
	_bas_arena_count_large(arena, npages, false);
	_bas_arena_count_large(arena, new, true);
	return (true);
}

/*
 * Where the kernel backs what nobody advises huge, a span has memory for its
 * last superpage whole: then half of that is to be used.
 */
static size_t
grow_span_min(void)
{
	bool forced = _bas_options.thp == THP_ALWAYS ||
	    (_bas_options.thp == THP_DEFAULT &&
	    strcmp(_bas_os_info.thp_mode, "always") == 0);

	return (forced ? HUGE_PAGES / 2 : GROW_SPAN_MIN);
}

/*
 * An array that grows by little again and again would leave each of its
 * places dirty, with small objects in between.  NULL: no room, or not worth it.
 */
static struct huge *
run_to_span(struct huge *huge, void *p, size_t npages, size_t new)
{
	struct pages *pages = huge->owner;
	struct huge *span;
	bool zeroed = false;

	if (new < grow_span_min() || new < npages ||
	    _bas_huge_is_hooked(huge) ||
	    counter_read(&pages->nhuge) * HUGE_PAGES > GROW_SPAN_SPARE +
	    counter_read(&pages->nactive) * GROW_SPAN_RATIO)
		return (NULL);
	span = _bas_span_alloc(pages, new, HUGE, &zeroed);
	if (span == NULL)
		return (NULL);
	_bas_pagemap_set_class(span->base, 1, SC_LARGE);
	memcpy((void *)span->base, p, npages * PAGE);
	_bas_pagemap_set_class((uintptr_t)p, 1, SC_NONE);
	if (_bas_page_free(huge, (uintptr_t)p, npages))
		_bas_purge_decay(pages, _bas_os_clock());
	return (span);
}

void *
_bas_large_resize(void *p, size_t size)
{
	size_t npages, new = HOWMANY(size, PAGE);
	struct huge *huge = large_check("realloc", p, &npages);
	struct arena *arena = arena_of_pages(huge->owner);

	/* Superpages for so little are better used for others. */
	if (huge->kind == HUGE_SPAN && new < npages && new <= GROW_SPAN_MIN)
		return (NULL);
	if (_bas_large_resize_in_place(p, size))
		return (p);
	if (huge->kind == HUGE_SPAN && huge->guarded)
		return (NULL);
	huge = huge->kind == HUGE_RUNS ? run_to_span(huge, p, npages, new) :
	    _bas_span_move(huge, new);
	if (huge == NULL)
		return (NULL);
	_bas_arena_count_large(arena, npages, false);
	_bas_arena_count_large(arena, new, true);
	return ((void *)huge->base);
}
