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

/* User addresses fit this many bits (without LVA). */
#define	MACH_ADDRESS_BITS	48
/*
 * Smallest page of the machine and the superpage that the backend packs
 * into, as shifts.  A kernel with 4K pages maps 2M as a block, one with
 * 16K or 64K pages as a contiguous group of the last level.
 */
#define	MACH_PAGE_SHIFT		12
#define	MACH_HUGE_SHIFT		21
#define	MACH_GIANT_SHIFT	30
#define	MACH_CACHE_LINE		128

/* Tell the core that this is a spin loop. */
static inline void
mach_pause(void)
{

	__asm__ __volatile__("isb" ::: "memory");
}
/* One less, and whether it is below 0 now. */
static inline bool
mach_countdown(int32_t *n)
{

	return (--*n < 0);
}

#endif /* !MALLOC_MACHDEP_H */
