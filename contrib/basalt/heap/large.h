/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Objects that are pages: runs with a class, runs without, and spans.
 */
#ifndef BASALT_LARGE_H
#define	BASALT_LARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct huge;

/*
 * size bytes (up to SC_SIZE_MAX) on a multiple of align, a power of two;
 * NULL: no memory.  *zeroed tells whether they are known to be zero.
 */
void	*_bas_large_alloc(struct arena *arena, size_t size, size_t align,
	    bool *zeroed);
/*
 * An object of a slab's class in a run of its own, whose page has no class, so
 * that no cache takes it and whoever frees it comes by here.
 */
void	*_bas_large_alloc_alone(struct arena *arena, unsigned class,
	    bool *zeroed);
/*
 * Such a one, of at most a page, rests: it is no object any more, but has its
 * page still.  Its bytes; 0: p is none, or of no automatic arena, or not of
 * this one, and nothing is changed.
 */
size_t	_bas_large_rest(struct arena *arena, void *p);
/* It is one of that class.  False: it is another arena's, and went there. */
bool	_bas_large_wake(struct arena *arena, void *p, unsigned class);
/* Its page goes. */
void	_bas_large_drop(void *p);
/* p, which is in use, is such a one from now on. */
void	_bas_large_set_alone(const void *p);
/* The end of that: if it is as long as a run of a class it is one again. */
unsigned _bas_large_set_class(const void *p);
/*
 * Back; true: a purge is due.  Aborts, naming function, where p is not
 * the start of such an object.
 */
bool	_bas_large_free(const char *function, void *p);
/* The object that a span is. */
uintptr_t _bas_large_of_span(const struct huge *span);
/* Bytes of the object at p, whose class is no slab's. */
size_t	_bas_large_size(const char *function, const void *p);
/*
 * Change the size to at least size, with contents kept: where it lies or
 * by moving its pages; NULL: cannot be.
 */
void	*_bas_large_resize(void *p, size_t size);

/* The same, but where it lies, to any number of pages; false: cannot be. */
bool	_bas_large_resize_in_place(void *p, size_t size);

#endif /* !BASALT_LARGE_H */
