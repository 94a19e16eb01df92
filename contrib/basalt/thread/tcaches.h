/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Caches that the program makes and names in its calls.  They belong to no
 * thread: whoever uses one sees to it that nobody else does meanwhile.
 */
#ifndef BASALT_TCACHES_H
#define	BASALT_TCACHES_H

#include <stddef.h>

/* Numbers are below this: what 12 bits of a flag word leave. */
#define	TCACHES_MAX	4094

struct cache;
struct origin;

/*
 * Make one; its number, the lowest that is free, in *id.  0, or EFAULT: no
 * memory, or no number is free.
 */
int	_bas_tcache_create(unsigned *id);
/* Give what it holds back.  0, or EFAULT: there is no such cache. */
int	_bas_tcache_flush(unsigned id);
/* The same, and it is no more: the number may be given out again. */
int	_bas_tcache_destroy(unsigned id);
/* NULL: there is none. */
struct cache *_bas_tcache_of(unsigned id);
/* It is nobody's, so it takes from where the call does, from now on. */
void	_bas_tcache_lead(struct cache *cache, const struct origin *from);
/* For its statistics. */
struct lock *_bas_tcaches_lock(void);
/* In a child of fork: a cache that another thread was changing is emptied. */
void	_bas_tcaches_mend(void);

#endif /* !BASALT_TCACHES_H */
