/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names about arenas and classes.  Bin j is class j + 1, as class 0
 * means "not ours"; the classes after those of the bins are the lextents.
 */
#include <errno.h>

#include "heap/arena.h"
#include "heap/sizeclass.h"
#include "util/options.h"
#include "watch/ctl_handler.h"
#include "watch/snapshot.h"

/* The arena that the name's number means; NULL if it is none, or not yet. */
static struct arena *
call_arena(const struct ctl_call *call)
{

	if (call->index[0] >= _bas_arena_count())
		return (NULL);
	return (_bas_arena_get((unsigned)call->index[0]));
}

/* Do something to that arena, or to each of them. */
static void
call_each(const struct ctl_call *call, void (*f)(struct arena *))
{
	struct arena *arena;
	unsigned i, n;

	if (call->index[0] != SNAPSHOT_ALL) {
		arena = call_arena(call);
		if (arena != NULL)
			f(arena);
		return;
	}
	n = _bas_arena_count();
	for (i = 0; i < n; i++) {
		arena = _bas_arena_get(i);
		if (arena != NULL)
			f(arena);
	}
}

int
_bas_ctl_arena_initialized_get(const struct ctl_call *call,
    union ctl_value *value)
{

	value->b = call->index[0] == SNAPSHOT_ALL || call_arena(call) != NULL;
	return (0);
}

int
_bas_ctl_arena_decay(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)value;
	call_each(call, _bas_arena_decay);
	return (0);
}

int
_bas_ctl_arena_purge(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)value;
	call_each(call, _bas_arena_purge);
	return (0);
}

int
_bas_ctl_arena_decay_ms_get(const struct ctl_call *call,
    union ctl_value *value)
{
	struct arena *arena;

	arena = call_arena(call);
	if (arena == NULL)
		return (EFAULT);
	value->s = _bas_arena_decay_ms(arena, call->node->offset != 0);
	return (0);
}

int
_bas_ctl_arena_decay_ms_set(const struct ctl_call *call,
    const union ctl_value *value)
{
	struct arena *arena;

	arena = call_arena(call);
	if (arena == NULL || value->s < -1 ||
	    value->s > OPTIONS_DECAY_MS_LIMIT)
		return (EFAULT);
	return (_bas_arena_set_decay_ms(arena, call->node->offset != 0,
	    value->s) ? EFAULT : 0);
}

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

/* The last class that threads cache; 0 if that is none. */
static unsigned
tcache_class(void)
{
	unsigned class;

	class = SC_NCLASS;
	while (class > 0 && sizeclass_size(class) > _bas_options.tcache_max)
		class--;
	return (class);
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

	(void)call;
	value->u32 = 1;
	return (0);
}

int
_bas_ctl_lextent_size_get(const struct ctl_call *call,
    union ctl_value *value)
{

	value->z = sizeclass_large_size((unsigned)call->index[0]);
	return (0);
}
