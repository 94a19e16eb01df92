/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Calls of the functions that a user gave an arena for its address space.
 *
 * No lock of ours is held meanwhile, and the thread's cache is set aside:
 * the functions may allocate, though not from the arena that they serve.
 * Each returns true if it was done, which the user's own say with false; a
 * function that is not there declines.
 */
#ifndef BASALT_HOOKS_H
#define	BASALT_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "page/extent.h"

/* What arenas without hooks show: the OS, behind the same interface. */
extern BASALT_HIDDEN extent_hooks_t _bas_hooks_default;

/*
 * What goes round each call: enter gives a word that leave takes back.
 * Once, by the layer that knows threads, before the first hook is set.
 */
void	_bas_hooks_init(void *(*enter)(void), void (*leave)(void *));

/* Committed memory of size bytes, at exactly `at' if that is not 0. */
bool	_bas_hooks_alloc(struct extents *extents, uintptr_t at, size_t size,
	    size_t align, struct extent *extent);
bool	_bas_hooks_dalloc(struct extents *extents, uintptr_t base,
	    size_t size);
void	_bas_hooks_destroy(struct extents *extents, uintptr_t base,
	    size_t size, bool committed);
bool	_bas_hooks_commit(struct extents *extents, uintptr_t base,
	    size_t size);
bool	_bas_hooks_decommit(struct extents *extents, uintptr_t base,
	    size_t size);
/* length bytes at address, of the extent of size bytes at base. */
bool	_bas_hooks_purge(struct extents *extents, uintptr_t base, size_t size,
	    uintptr_t address, size_t length, bool lazy);
bool	_bas_hooks_split(struct extents *extents, uintptr_t base, size_t size,
	    size_t head, bool committed);
bool	_bas_hooks_merge(struct extents *extents, uintptr_t base, size_t low,
	    size_t high, bool committed);

#endif /* !BASALT_HOOKS_H */
