/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Objects for a thread: from its own cache or, where a call names them,
 * from another cache, or from an arena without any.
 */
#ifndef BASALT_OBJECT_H
#define	BASALT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "malloc_np.h"

struct arena;
struct cache;

/* The word of flags of the functions in x: its parts and their bias. */
#define	FLAGS_LG_ALIGN		0x3fu
#define	FLAGS_TCACHE_SHIFT	8
#define	FLAGS_TCACHE		0xfffu
#define	FLAGS_ARENA_SHIFT	20
/* A cache or an arena is named. */
#define	FLAGS_PLACE		0xffffff00u

/* Where an object comes from, or goes to. */
struct origin {
	struct cache	*own;	/* the thread's, which counts; or NULL */
	struct cache	*cache;	/* whose stacks serve; NULL: none */
	struct arena	*arena;
	unsigned	shard;	/* which of its bins */
	bool		any;	/* no arena was named */
};

static inline size_t
flags_align(int flags)
{

	return ((size_t)1 << ((unsigned)flags & FLAGS_LG_ALIGN));
}

/* 0: the thread's, 1: none, else the number of a named one and 2. */
static inline unsigned
flags_cache(int flags)
{

	return ((unsigned)flags >> FLAGS_TCACHE_SHIFT & FLAGS_TCACHE);
}

/* False: the arena was never made, or there is no memory for one. */
bool	_bas_origin_own(struct origin *from);
/*
 * As the flags have it: an arena without a cache means no cache, and so
 * does the number of a cache that does not exist.
 */
bool	_bas_origin_of(struct origin *from, int flags);

/*
 * A short way, for the cache that the flags lead to: an object of a class,
 * or NULL; true: it has taken it.  Where that fails there is the long way.
 */
void	*_bas_named_take(int flags, unsigned class);
bool	_bas_named_put(int flags, unsigned class, void *p);

/* Bytes of an object for such a request; 0: it is too large. */
size_t	_bas_object_size(size_t size, size_t align);
/*
 * size bytes on a multiple of align, a power of two; zeros if zero, else
 * undefined unless the options say otherwise.  NULL: no memory.
 */
void	*_bas_object_alloc(const struct origin *from, size_t size,
	    size_t align, bool zero);
/* The same, but what has a class shares its pages with no other object. */
void	*_bas_object_alloc_alone(const struct origin *from, size_t size,
	    size_t align, bool zero);
/*
 * The place in a slab that the object at p, which is alone, would have had;
 * it stays in use, but empty, until it is given back.  NULL: there is none,
 * or it would be too large.  It goes with p where p's arena is reset.
 */
void	*_bas_object_slot_take(const struct origin *from, unsigned class,
	    const void *p);
/* To the stack of own, if that is not NULL and has room. */
void	_bas_object_slot_give(struct cache *own, unsigned class, void *slot);
/*
 * Such a one, of a slab's class, is gone, and counted: its page stays with the
 * thread for the next.  False: it does not, and nothing is changed.
 */
bool	_bas_object_rest(const struct origin *to, void *p);
/*
 * The class whose stack, in the origin's cache, such an object would come
 * from; 0: it comes from no stack.
 */
unsigned _bas_object_stack(const struct origin *from, size_t size,
	    size_t align, bool zero);
/* Make size bytes zero, as cheaply as can be. */
void	_bas_object_clear(void *p, size_t size);
/* Give an object of a class, which no options look at any more, back. */
void	_bas_object_give(const struct origin *to, unsigned class, void *p);
/* Count, and fill as the options want, what changed its size. */
void	_bas_object_resized(struct cache *own, void *p, size_t from,
	    size_t to);
/*
 * n objects of the same size, as mallocx(size, flags) would give them one
 * by one, but small ones straight from the arena in batches; how many
 * there were.
 */
size_t	_bas_batch_alloc(void **objects, size_t n, size_t size, int flags);

#endif /* !BASALT_OBJECT_H */
