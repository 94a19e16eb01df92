/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the allocator must know of the machine and cannot ask at run time.
 */
#ifndef MALLOC_MACHDEP_H
#define	MALLOC_MACHDEP_H

#include <stdbool.h>
#include <stdint.h>

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
/*
 * One less, and whether it is below 0 now.  Compilers address the array
 * twice for what is one instruction here, in every malloc.
 */
static inline bool
mach_countdown(int32_t *n)
{
	bool below;

	__asm__("subl $1, %0" : "+m" (*n), "=@ccs" (below));
	return (below);
}

#endif /* !MALLOC_MACHDEP_H */
