/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "meta/pagemap.h"
#include "os/os.h"
#include "page/hooks.h"
#include "util/options.h"

/* Low bits of what alloc returns: that memory is never to be given back. */
#define	ALLOC_PINNED	((uintptr_t)0x01)
#define	ALLOC_FLAGS	((uintptr_t)0xff)

static struct {
	void	*(*enter)(void);
	void	(*leave)(void *);
} guard BASALT_TOGETHER;

void
_bas_hooks_init(void *(*enter)(void), void (*leave)(void *))
{

	guard.enter = enter;
	guard.leave = leave;
}

static extent_hooks_t *
hooks_begin(struct extents *extents, void **mark)
{

	*mark = guard.enter != NULL ? guard.enter() : NULL;
	return (atomic_load_explicit(&extents->hooks, memory_order_acquire));
}

static void
hooks_end(void *mark)
{

	if (guard.leave != NULL)
		guard.leave(mark);
}

/* What a careless hook gave is refused: superpages lie on superpages. */
static bool
alloc_accept(uintptr_t base, uintptr_t at, size_t size, size_t align)
{

	return (base % align == 0 && (at == 0 || base == at) &&
	    _bas_pagemap_cover(base, size));
}

bool
_bas_hooks_alloc(struct extents *extents, uintptr_t at, size_t size,
    size_t align, struct extent *extent)
{
	bool zero = false, commit = true, done = false;
	extent_hooks_t *hooks;
	uintptr_t base = 0;
	void *mark;

	hooks = hooks_begin(extents, &mark);
	if (hooks->alloc != NULL)
		base = (uintptr_t)hooks->alloc(hooks, (void *)at, size, align,
		    &zero, &commit, extents->index);
	extent->pinned = (base & ALLOC_PINNED) != 0;
	base &= ~ALLOC_FLAGS;
	extent->base = base;
	extent->n = size / HUGE;
	extent->zeroed = zero;
	if (base != 0) {
		done = alloc_accept(base, at, size, align);
		if (done && !commit) {
			done = hooks->commit != NULL && !hooks->commit(hooks,
			    (void *)base, size, 0, size, extents->index);
			extent->zeroed = true;
		}
		if (!done && hooks->dalloc != NULL)
			(void)hooks->dalloc(hooks, (void *)base, size, commit,
			    extents->index);
	}
	hooks_end(mark);
	return (done);
}

bool
_bas_hooks_dalloc(struct extents *extents, uintptr_t base, size_t size)
{
	extent_hooks_t *hooks;
	bool done;
	void *mark;

	hooks = hooks_begin(extents, &mark);
	done = hooks->dalloc != NULL && !hooks->dalloc(hooks, (void *)base,
	    size, true, extents->index);
	hooks_end(mark);
	return (done);
}

void
_bas_hooks_destroy(struct extents *extents, uintptr_t base, size_t size,
    bool committed)
{
	extent_hooks_t *hooks;
	void *mark;

	hooks = hooks_begin(extents, &mark);
	if (hooks->destroy != NULL)
		hooks->destroy(hooks, (void *)base, size, committed,
		    extents->index);
	hooks_end(mark);
}

bool
_bas_hooks_commit(struct extents *extents, uintptr_t base, size_t size)
{
	extent_hooks_t *hooks;
	bool done;
	void *mark;

	hooks = hooks_begin(extents, &mark);
	done = hooks->commit != NULL && !hooks->commit(hooks, (void *)base,
	    size, 0, size, extents->index);
	hooks_end(mark);
	return (done);
}

bool
_bas_hooks_decommit(struct extents *extents, uintptr_t base, size_t size)
{
	extent_hooks_t *hooks;
	bool done;
	void *mark;

	hooks = hooks_begin(extents, &mark);
	done = hooks->decommit != NULL && !hooks->decommit(hooks,
	    (void *)base, size, 0, size, extents->index);
	hooks_end(mark);
	return (done);
}

bool
_bas_hooks_purge(struct extents *extents, uintptr_t base, size_t size,
    uintptr_t address, size_t length, bool lazy)
{
	extent_hooks_t *hooks;
	extent_purge_t *purge;
	bool done;
	void *mark;

	hooks = hooks_begin(extents, &mark);
	purge = lazy ? hooks->purge_lazy : hooks->purge_forced;
	done = purge != NULL && !purge(hooks, (void *)base, size,
	    address - base, length, extents->index);
	hooks_end(mark);
	return (done);
}

bool
_bas_hooks_split(struct extents *extents, uintptr_t base, size_t size,
    size_t head, bool committed)
{
	extent_hooks_t *hooks;
	bool done;
	void *mark;

	hooks = hooks_begin(extents, &mark);
	done = hooks->split != NULL && !hooks->split(hooks, (void *)base, size,
	    head, size - head, committed, extents->index);
	hooks_end(mark);
	return (done);
}

bool
_bas_hooks_merge(struct extents *extents, uintptr_t base, size_t low,
    size_t high, bool committed)
{
	extent_hooks_t *hooks;
	bool done;
	void *mark;

	hooks = hooks_begin(extents, &mark);
	done = hooks->merge != NULL && !hooks->merge(hooks, (void *)base, low,
	    (void *)(base + low), high, committed, extents->index);
	hooks_end(mark);
	return (done);
}

/*
 * The table that arenas without hooks show.  Users wrap it: they do as
 * they like and leave the rest to these.
 */
static void *
default_alloc(extent_hooks_t *hooks, void *at, size_t size, size_t align,
    bool *zero, bool *commit, unsigned arena)
{
	void *p;

	(void)hooks;
	(void)arena;
	if (align < _bas_os_info.page)
		align = _bas_os_info.page;
	p = at != NULL ? _bas_os_map_at(at, size) : _bas_os_map(size, align);
	if (p != NULL)
		*zero = *commit = true;
	return (p);
}

static bool
default_dalloc(extent_hooks_t *hooks, void *p, size_t size, bool committed,
    unsigned arena)
{

	(void)hooks;
	(void)committed;
	(void)arena;
	return (_bas_options.retain || _bas_os_unmap(p, size) != 0);
}

static void
default_destroy(extent_hooks_t *hooks, void *p, size_t size, bool committed,
    unsigned arena)
{

	(void)hooks;
	(void)committed;
	(void)arena;
	(void)_bas_os_unmap(p, size);
}

/* Memory of the OS always is committed, so there is nothing to do. */
static bool
default_commit(extent_hooks_t *hooks, void *p, size_t size, size_t offset,
    size_t length, unsigned arena)
{

	(void)hooks;
	(void)p;
	(void)size;
	(void)offset;
	(void)length;
	(void)arena;
	return (true);
}

static bool
default_purge_lazy(extent_hooks_t *hooks, void *p, size_t size,
    size_t offset, size_t length, unsigned arena)
{

	(void)hooks;
	(void)size;
	(void)arena;
	return (_bas_os_purge((char *)p + offset, length, true) != 0);
}

static bool
default_purge_forced(extent_hooks_t *hooks, void *p, size_t size,
    size_t offset, size_t length, unsigned arena)
{

	(void)hooks;
	(void)size;
	(void)arena;
	return (_bas_os_purge((char *)p + offset, length, false) != 0);
}

static bool
default_split(extent_hooks_t *hooks, void *p, size_t size, size_t head,
    size_t tail, bool committed, unsigned arena)
{

	(void)hooks;
	(void)p;
	(void)size;
	(void)head;
	(void)tail;
	(void)committed;
	(void)arena;
	return (false);
}

static bool
default_merge(extent_hooks_t *hooks, void *low, size_t nlow, void *high,
    size_t nhigh, bool committed, unsigned arena)
{

	(void)hooks;
	(void)low;
	(void)nlow;
	(void)high;
	(void)nhigh;
	(void)committed;
	(void)arena;
	return (false);
}

extent_hooks_t _bas_hooks_default = {
	.alloc = default_alloc,
	.dalloc = default_dalloc,
	.destroy = default_destroy,
	.commit = default_commit,
	.decommit = default_commit,
	.purge_lazy = default_purge_lazy,
	.purge_forced = default_purge_forced,
	.split = default_split,
	.merge = default_merge,
};
