/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names about one arena, or about all of them in turn.
 */
#include <errno.h>
#include <string.h>

#include "heap/arena.h"
#include "page/dirty.h"
#include "page/hooks.h"
#include "thread/sample.h"
#include "util/conf_table.h"
#include "util/options.h"
#include "watch/ctl_handler.h"
#include "watch/prof.h"
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

	if (call->index[0] == SNAPSHOT_DESTROYED)
		value->b = _bas_arena_was_destroyed();
	else
		value->b = call->index[0] == SNAPSHOT_ALL ||
		    call_arena(call) != NULL;
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
	value->s = arena_decay_ms(arena, call->node->offset != 0);
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
_bas_ctl_arena_dirty_max_get(const struct ctl_call *call,
    union ctl_value *value)
{
	struct arena *arena;

	arena = call_arena(call);
	if (arena == NULL)
		return (EFAULT);
	value->s = _bas_dirty_max(&arena->pages);
	return (0);
}

int
_bas_ctl_arena_dirty_max_set(const struct ctl_call *call,
    const union ctl_value *value)
{
	struct arena *arena;

	arena = call_arena(call);
	if (arena == NULL || value->s < -1)
		return (EFAULT);
	_bas_arena_set_dirty_max(arena, value->s);
	return (0);
}

/* Samples among what a reset throws away; automatic arenas have none. */
static void
samples_forget(const struct ctl_call *call)
{
	struct arena *arena;

	if (!_bas_sample_on || call->index[0] < _bas_arena_auto_count())
		return;
	arena = call_arena(call);
	if (arena != NULL)
		_bas_prof_forget_arena(arena);
}

int
_bas_ctl_arena_reset(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)value;
	samples_forget(call);
	return (_bas_arena_reset((unsigned)call->index[0]));
}

int
_bas_ctl_arena_destroy(const struct ctl_call *call,
    const union ctl_value *value)
{
	const struct arena *arena = call_arena(call);

	(void)value;
	/* Relaxed: if a thread is there still, it is not destroyed. */
	if (arena != NULL && atomic_load_explicit(&arena->nthreads,
	    memory_order_relaxed) == 0)
		samples_forget(call);
	return (_bas_arena_destroy((unsigned)call->index[0]));
}

/* All of them together have one too: that of those to come. */
int
_bas_ctl_arena_dss_get(const struct ctl_call *call, union ctl_value *value)
{
	const struct conf_word *word;
	struct arena *arena = NULL;
	enum dss dss;

	if (call->index[0] != SNAPSHOT_ALL) {
		arena = call_arena(call);
		if (arena == NULL)
			return (EFAULT);
	}
	dss = arena == NULL ? _bas_dss_default() : _bas_arena_dss(arena);
	for (word = _bas_conf_words(_bas_conf_row("dss", 3));
	    word->name[0] != '\0';
	    word++)
		if (word->value == (unsigned)dss) {
			value->str = word->name;
			return (0);
		}
	return (EFAULT);
}

int
_bas_ctl_arena_dss_set(const struct ctl_call *call,
    const union ctl_value *value)
{
	const struct conf_word *word = _bas_conf_words(
	    _bas_conf_row("dss", 3));
	struct arena *arena;

	if (value->str == NULL)
		return (EINVAL);
	while (word->name[0] != '\0' && strcmp(word->name, value->str) != 0)
		word++;
	if (word->name[0] == '\0')
		return (EINVAL);
	if (call->index[0] == SNAPSHOT_ALL) {
		_bas_dss_default_set((enum dss)word->value);
		return (0);
	}
	arena = call_arena(call);
	if (arena == NULL)
		return (EFAULT);
	_bas_arena_set_dss(arena, (enum dss)word->value);
	return (0);
}

int
_bas_ctl_arena_oversize_get(const struct ctl_call *call,
    union ctl_value *value)
{
	struct arena *arena = call_arena(call);

	if (arena == NULL)
		return (EFAULT);
	value->z = _bas_arena_oversize(arena);
	return (0);
}

int
_bas_ctl_arena_oversize_set(const struct ctl_call *call,
    const union ctl_value *value)
{
	struct arena *arena = call_arena(call);

	if (arena == NULL)
		return (EFAULT);
	_bas_arena_set_oversize(arena, value->z);
	return (0);
}

/* An automatic arena that is not there yet will have the default ones. */
int
_bas_ctl_arena_hooks_get(const struct ctl_call *call,
    union ctl_value *value)
{
	struct arena *arena = call_arena(call);

	if (arena == NULL && call->index[0] >= _bas_arena_auto_count())
		return (EFAULT);
	value->p = arena == NULL ? &_bas_hooks_default :
	    _bas_arena_hooks(arena);
	return (0);
}

int
_bas_ctl_arena_hooks_set(const struct ctl_call *call,
    const union ctl_value *value)
{
	extent_hooks_t *old;

	if (value->p == NULL)
		return (EINVAL);
	return (_bas_arena_set_hooks((unsigned)call->index[0], value->p,
	    &old));
}

int
_bas_ctl_arena_grow_get(const struct ctl_call *call, union ctl_value *value)
{
	struct arena *arena = call_arena(call);

	if (!_bas_options.retain)
		return (ENOENT);
	if (arena == NULL)
		return (EFAULT);
	value->z = _bas_arena_grow_limit(arena);
	return (0);
}

int
_bas_ctl_arena_grow_set(const struct ctl_call *call,
    const union ctl_value *value)
{
	struct arena *arena = call_arena(call);

	if (!_bas_options.retain)
		return (ENOENT);
	if (arena == NULL || value->z < SNAPSHOT_PAGE)
		return (EFAULT);
	_bas_arena_set_grow_limit(arena, value->z);
	return (0);
}

/*
 * Both ways a pointer to characters is passed: reading fills the
 * ARENA_NAME bytes that it points to.
 */
int
_bas_ctl_arena_name(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	struct arena *arena = call_arena(call);
	char *to, *from = NULL;
	int error;

	if (call->index[0] >= SNAPSHOT_ALL)
		return (EINVAL);
	if (arena == NULL)
		return (EFAULT);
	error = _bas_ctl_in(&from, sizeof(from), newp, newlen);
	if (error != 0 || (newp != NULL && from == NULL))
		return (EINVAL);
	if (oldp != NULL && oldlenp != NULL) {
		if (*oldlenp != sizeof(to))
			return (EINVAL);
		memcpy(&to, oldp, sizeof(to));
		if (to == NULL)
			return (EINVAL);
		strncpy(to, _bas_arena_name(arena), ARENA_NAME - 1);
		to[ARENA_NAME - 1] = '\0';
	}
	if (from != NULL)
		_bas_arena_set_name(arena, from);
	return (0);
}
