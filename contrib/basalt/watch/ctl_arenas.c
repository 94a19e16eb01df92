/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names about all arenas, and about size classes.  Bin j is class
 * j + 1, as class 0 means "not ours"; the classes after those of the bins
 * are the first of the lextents.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "heap/arena.h"
#include "heap/sizeclass.h"
#include "thread/cache.h"
#include "util/options.h"
#include "watch/ctl_handler.h"
#include "watch/snapshot.h"

int
_bas_ctl_decay_ms_get(const struct ctl_call *call, union ctl_value *value)
{

	value->s = _bas_decay_ms_default(call->node->offset != 0);
	return (0);
}

int
_bas_ctl_decay_ms_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	return (_bas_decay_ms_default_set(call->node->offset != 0,
	    value->s) ? EFAULT : 0);
}

int
_bas_ctl_narenas_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->u = _bas_arena_count();
	return (0);
}

static_assert(sizeof(counter) == sizeof(size_t), "what pactivep shows");

/* The last class that threads cache; 0 if that is none. */
static unsigned
tcache_class(void)
{

	return (_bas_cache_classes(_bas_options.tcache_max));
}

int
_bas_ctl_tcache_max_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->z = sizeclass_size(tcache_class());
	return (0);
}

int
_bas_ctl_nhbins_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->u = tcache_class();
	return (0);
}

int
_bas_ctl_bin_size_get(const struct ctl_call *call, union ctl_value *value)
{

	value->z = sizeclass_size((unsigned)call->index[0] + 1);
	return (0);
}

int
_bas_ctl_bin_nregs_get(const struct ctl_call *call, union ctl_value *value)
{

	value->u32 = sizeclass_nregs((unsigned)call->index[0] + 1);
	return (0);
}

int
_bas_ctl_bin_slab_size_get(const struct ctl_call *call,
    union ctl_value *value)
{

	value->z = sizeclass_slab_size((unsigned)call->index[0] + 1);
	return (0);
}

int
_bas_ctl_bin_nshards_get(const struct ctl_call *call, union ctl_value *value)
{

	value->u32 = arena_nshards((unsigned)call->index[0] + 1);
	return (0);
}

int
_bas_ctl_lextent_size_get(const struct ctl_call *call,
    union ctl_value *value)
{

	value->z = sizeclass_large_size((unsigned)call->index[0]);
	return (0);
}

static int
create(extent_hooks_t *hooks, void *oldp)
{
	unsigned index;
	int error;

	error = _bas_arena_create(hooks, &index);
	if (error == 0)
		memcpy(oldp, &index, sizeof(index));
	return (error);
}

int
_bas_ctl_arenas_create(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	extent_hooks_t *hooks = NULL;
	int error;

	(void)call;
	(void)oldlenp;
	error = _bas_ctl_in(&hooks, sizeof(void *), newp, newlen);
	return (error != 0 ? error : create(hooks, oldp));
}

/* Metadata come from where all arenas' do, whatever is asked for. */
int
_bas_ctl_arenas_create_ext(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	arena_config_t config = { NULL, false };
	int error;

	(void)call;
	(void)oldlenp;
	error = _bas_ctl_in(&config, sizeof(config), newp, newlen);
	return (error != 0 ? error : create(config.extent_hooks, oldp));
}

/*
 * The counter itself, which its arena keeps as long as it lives: programs
 * read it as a plain size_t, in which form an atomic one is stored.
 */
int
_bas_ctl_pactivep_get(const struct ctl_call *call, union ctl_value *value)
{
	struct arena *arena;

	arena = call->index[0] >= _bas_arena_count() ? NULL :
	    _bas_arena_get((unsigned)call->index[0]);
	if (arena == NULL)
		return (EFAULT);
	value->p = &arena->pages.nactive;
	return (0);
}

int
_bas_ctl_active_get(const struct ctl_call *call, union ctl_value *value)
{
	struct arena *arena;
	unsigned i, n;

	(void)call;
	n = _bas_arena_count();
	value->z = 0;
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			value->z += counter_read(&arena->pages.nactive) *
			    SNAPSHOT_PAGE;
	}
	return (0);
}
