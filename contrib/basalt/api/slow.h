/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The slow twins of the fast paths, shared by the functions of this
 * layer.  errno is the caller's to set.
 */
#ifndef BASALT_SLOW_H
#define	BASALT_SLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "api/names.h"

/* Contents are undefined unless the options say otherwise. */
void	*_bas_alloc_slow(size_t size);
/* On a multiple of align, a power of two. */
void	*_bas_alloc_aligned(size_t align, size_t size);
/* The same for function, a size of any kind; NULL as malloc gives it. */
void	*_bas_alloc_memalign(const char *function, size_t align, size_t size);
/* Zeros. */
void	*_bas_alloc_zero(size_t size);
/*
 * As the flags of mallocx() have it; zeros all over the object.  NULL: no
 * memory, or the arena was never made.
 */
void	*_bas_alloc_flags(size_t size, int flags);
/* p's page is of that class; aborts, naming function, if it is not ours. */
void	_bas_free_slow(const char *function, void *p, unsigned class);
/* p, which may be NULL, by way of the cache that the flags name. */
void	_bas_free_flags(const char *function, void *p, int flags);
/* Bytes of the object at p, which is not NULL; aborts if it is not ours. */
size_t	_bas_usable(const char *function, const void *p);
/* NULL, errno ENOMEM; says so and aborts where the options want that. */
void	*_bas_alloc_fail(const char *function);
/*
 * Another size for an object of pages, in place or, if it may move, by moving
 * its pages; request bytes were asked for.  NULL: cannot be.
 */
void	*_bas_pages_resize(void *p, size_t size, size_t request, bool move);
/* Count, and fill as the options want, an object that changed its size. */
void	_bas_resize_finish(void *p, size_t from, size_t to);

#endif /* !BASALT_SLOW_H */
