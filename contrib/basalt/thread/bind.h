/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Which arena a thread allocates from. */
#ifndef BASALT_BIND_H
#define	BASALT_BIND_H

struct arena;
struct cache;

/* The arena with the fewest threads; NULL: no memory for any. */
struct arena *_bas_bind(struct cache *cache);
void	_bas_unbind(struct cache *cache);
/*
 * To the arena of that number, made if it is an automatic one.  0, EFAULT:
 * there is none, or EAGAIN: no memory.
 */
int	_bas_rebind(struct cache *cache, unsigned i);

/*
 * With percpu_arena: to the arena of the processor that the caller runs on,
 * unless it was bound to a created one.
 */
void	_bas_bind_follow(struct cache *cache);

/* In a child of fork, whose only thread has that cache, or none. */
void	_bas_bind_recount(const struct cache *own);

#endif /* !BASALT_BIND_H */
