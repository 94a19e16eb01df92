/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The public functions by names that no other library has: it may be
 * another malloc that the program calls by the usual ones.  malloc_np.h
 * and stdlib.h say what they do.
 *
 * PUBLIC_NAME(f), behind the definition of _bas_f, gives it the names that
 * it has where it is built: in a library of its own, or in a libc.
 * DERIVED_NAME(f) is for those that a program with a malloc of its own may
 * have left out: a libc may want them to follow that.
 */
#ifndef BASALT_NAMES_H
#define	BASALT_NAMES_H

#include <stddef.h>

#include "malloc_names.h"
#include "malloc_np.h"

void	*_bas_malloc(size_t size);
void	*_bas_calloc(size_t number, size_t size);
void	*_bas_realloc(void *p, size_t size);
void	_bas_free(void *p);
int	_bas_posix_memalign(void **result, size_t align, size_t size);
void	*_bas_aligned_alloc(size_t align, size_t size);
void	*_bas_memalign(size_t align, size_t size);
void	*_bas_valloc(size_t size);
void	*_bas_pvalloc(size_t size);
size_t	_bas_malloc_usable_size(_MALLOC_NP_CONST void *p);
void	*_bas_reallocarray(void *p, size_t number, size_t size);
void	*_bas_reallocf(void *p, size_t size);
void	*_bas_recallocarray(void *p, size_t oldnumber, size_t number,
	    size_t size);
void	_bas_free_sized(void *p, size_t size);
void	_bas_free_aligned_sized(void *p, size_t align, size_t size);

void	*_bas_mallocx(size_t size, int flags);
void	*_bas_rallocx(void *p, size_t size, int flags);
size_t	_bas_xallocx(void *p, size_t size, size_t extra, int flags);
size_t	_bas_sallocx(const void *p, int flags);
void	_bas_dallocx(void *p, int flags);
void	_bas_sdallocx(void *p, size_t size, int flags);
size_t	_bas_nallocx(size_t size, int flags);

int	_bas_mallctl(const char *name, void *oldp, size_t *oldlenp,
	    void *newp, size_t newlen);
int	_bas_mallctlnametomib(const char *name, size_t *mibp,
	    size_t *miblenp);
int	_bas_mallctlbymib(const size_t *mib, size_t miblen, void *oldp,
	    size_t *oldlenp, void *newp, size_t newlen);
void	_bas_malloc_stats_print(void (*write_cb)(void *, const char *),
	    void *cbopaque, const char *opts);

#endif /* !BASALT_NAMES_H */
