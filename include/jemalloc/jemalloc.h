/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * For programs written for jemalloc: the interface of <malloc_np.h> under
 * the header name and with the macros that they ask for.
 *
 * The version is that of the interface, which programs compare; what they
 * run on says the control name "version".  Public names are the plain ones;
 * who defines JEMALLOC_MANGLE or JEMALLOC_NO_DEMANGLE may use them with je_
 * before them too.
 */
#ifndef JEMALLOC_H_
#define	JEMALLOC_H_

#include <malloc_np.h>

#define	JEMALLOC_VERSION		"5.3.0-0-g0"
#define	JEMALLOC_VERSION_MAJOR		5
#define	JEMALLOC_VERSION_MINOR		3
#define	JEMALLOC_VERSION_BUGFIX		0
#define	JEMALLOC_VERSION_NREV		0
#define	JEMALLOC_VERSION_GID		"0"
#define	JEMALLOC_VERSION_GID_IDENT	0

/* What others declare functions of this kind with. */
#define	JEMALLOC_EXPORT	__attribute__((__visibility__("default")))
#define	JEMALLOC_NOTHROW	__attribute__((__nothrow__))
#define	JEMALLOC_SYS_NOTHROW	JEMALLOC_NOTHROW
#define	JEMALLOC_CXX_THROW	_MALLOC_NP_THROW
#define	JEMALLOC_USABLE_SIZE_CONST	_MALLOC_NP_CONST

#if defined(JEMALLOC_MANGLE) || defined(JEMALLOC_NO_DEMANGLE)
#define	je_malloc			malloc
#define	je_calloc			calloc
#define	je_realloc			realloc
#define	je_free				free
#define	je_free_sized			free_sized
#define	je_free_aligned_sized		free_aligned_sized
#define	je_posix_memalign		posix_memalign
#define	je_aligned_alloc		aligned_alloc
#define	je_memalign			memalign
#define	je_valloc			valloc
#define	je_pvalloc			pvalloc
#define	je_malloc_usable_size		malloc_usable_size
#define	je_mallocx			mallocx
#define	je_rallocx			rallocx
#define	je_xallocx			xallocx
#define	je_sallocx			sallocx
#define	je_dallocx			dallocx
#define	je_sdallocx			sdallocx
#define	je_nallocx			nallocx
#define	je_mallctl			mallctl
#define	je_mallctlnametomib		mallctlnametomib
#define	je_mallctlbymib			mallctlbymib
#define	je_malloc_stats_print		malloc_stats_print
#define	je_malloc_message		malloc_message
#define	je_malloc_conf			malloc_conf
#define	je_malloc_conf_2_conf_harder	malloc_conf_2_conf_harder
#endif

#endif /* !JEMALLOC_H_ */
