/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What the users of an arena may set and ask. */
#include <errno.h>
#include <string.h>

#include "heap/arena.h"
#include "page/hooks.h"
#include "page/page.h"

struct arena *
_bas_arena_of(const void *p)
{
	const struct huge *huge = pagemap_huge(p);

	return (huge == NULL ? NULL : arena_of_pages(huge->owner));
}

extent_hooks_t *
_bas_arena_hooks(struct arena *arena)
{
	struct extents *extents;

	extents = atomic_load_explicit(&arena->pages.extents,
	    memory_order_acquire);
	if (!extents_are_hooked(extents))
		return (&_bas_hooks_default);
	return (atomic_load_explicit(&extents->hooks, memory_order_acquire));
}

/*
 * An arena's own address space stays its own, even if it is the OS again
 * that fills it: what it holds came from somebody's hooks.
 */
void
_bas_arena_hook(struct arena *arena, extent_hooks_t *hooks)
{
	struct extents *own = &arena->extents;

	if (hooks == NULL || hooks == _bas_arena_hooks(arena))
		return;
	if (atomic_load_explicit(&own->hooks, memory_order_relaxed) == NULL)
		_bas_extents_init(own, hooks, arena->index);
	else
		atomic_store_explicit(&own->hooks, hooks,
		    memory_order_release);
	_bas_page_set_extents(&arena->pages, own);
}

const char *
_bas_arena_name(struct arena *arena)
{

	/* Acquire: its characters were written before. */
	return (atomic_load_explicit(&arena->name, memory_order_acquire));
}

/* Into the buffer that is not shown. */
void
_bas_arena_set_name(struct arena *arena, const char *name)
{
	char *to = arena->names[0];
	size_t n = strnlen(name, ARENA_NAME - 1);

	if (atomic_load_explicit(&arena->name, memory_order_relaxed) == to)
		to = arena->names[1];
	memcpy(to, name, n);
	to[n] = '\0';
	atomic_store_explicit(&arena->name, to, memory_order_release);
}

enum dss
_bas_arena_dss(struct arena *arena)
{

	return ((enum dss)atomic_load_explicit(&arena->dss,
	    memory_order_relaxed));
}

void
_bas_arena_set_dss(struct arena *arena, enum dss dss)
{

	atomic_store_explicit(&arena->dss, (unsigned)dss,
	    memory_order_relaxed);
}

/* Relaxed: it stands alone. */
static _Atomic unsigned dss_default = DSS_SECONDARY;

enum dss
_bas_dss_default(void)
{

	return ((enum dss)atomic_load_explicit(&dss_default,
	    memory_order_relaxed));
}

void
_bas_dss_default_set(enum dss dss)
{

	atomic_store_explicit(&dss_default, (unsigned)dss,
	    memory_order_relaxed);
}

size_t
_bas_arena_oversize(struct arena *arena)
{

	return (atomic_load_explicit(&arena->oversize, memory_order_relaxed));
}

void
_bas_arena_set_oversize(struct arena *arena, size_t size)
{

	atomic_store_explicit(&arena->oversize, size, memory_order_relaxed);
}

static bool
is_hooked(const struct arena *arena)
{

	return (extents_are_hooked(atomic_load_explicit(
	    &arena->pages.extents, memory_order_acquire)));
}

size_t
_bas_arena_grow_limit(struct arena *arena)
{

	if (!is_hooked(arena))
		return (_bas_extent_limit());
	return (atomic_load_explicit(&arena->grow_limit,
	    memory_order_relaxed));
}

void
_bas_arena_set_grow_limit(struct arena *arena, size_t size)
{

	atomic_store_explicit(&arena->grow_limit, size, memory_order_relaxed);
	if (!is_hooked(arena))
		_bas_extent_set_limit(size);
}
