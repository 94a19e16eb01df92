/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the allocator must know of the machine and cannot ask at run time.
 */
#ifndef MALLOC_MACHDEP_H
#define	MALLOC_MACHDEP_H

/* User addresses fit this many bits (four-level paging). */
#define	MACH_ADDRESS_BITS	47
/* Smallest page of the machine, and its superpages, as shifts. */
#define	MACH_PAGE_SHIFT		12
#define	MACH_HUGE_SHIFT		21
#define	MACH_GIANT_SHIFT	30
/* The line, doubled: the adjacent-line prefetcher moves pairs. */
#define	MACH_CACHE_LINE		128

/* Tell the core that this is a spin loop. */
static inline void
mach_pause(void)
{

	__builtin_ia32_pause();
}

#endif /* !MALLOC_MACHDEP_H */
