/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The functions under test, by their plain names, or with BAS_PREFIXED as
 * bas_malloc and so on: in the archive that unit tests link, and in the one
 * for sanitizers, which own the plain ones.
 */

#ifndef NAMES_H
#define	NAMES_H

#include <stddef.h>

#ifdef BAS_PREFIXED
#define	NAME(n)	bas_##n
#else
#define	NAME(n)	n
#endif

void	*NAME(malloc)(size_t);
void	*NAME(calloc)(size_t, size_t);
void	*NAME(realloc)(void *, size_t);
void	 NAME(free)(void *);
void	 NAME(free_sized)(void *, size_t);
void	 NAME(free_aligned_sized)(void *, size_t, size_t);
void	*NAME(aligned_alloc)(size_t, size_t);
int	 NAME(posix_memalign)(void **, size_t, size_t);
void	*NAME(mallocx)(size_t, int);
void	*NAME(rallocx)(void *, size_t, int);
size_t	 NAME(xallocx)(void *, size_t, size_t, int);
void	 NAME(dallocx)(void *, int);
void	 NAME(sdallocx)(void *, size_t, int);
size_t	 NAME(nallocx)(size_t, int);
int	 NAME(mallctl)(const char *, void *, size_t *, void *, size_t);
int	 NAME(mallctlnametomib)(const char *, size_t *, size_t *);
int	 NAME(mallctlbymib)(const size_t *, size_t, void *, size_t *, void *,
	    size_t);
void	 NAME(malloc_stats_print)(void (*)(void *, const char *), void *,
	    const char *);

extern const char *NAME(malloc_conf);

#endif /* !NAMES_H */
