/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the allocator must know of the machine and cannot ask at run time.
 */
#ifndef MALLOC_MACHDEP_H
#define	MALLOC_MACHDEP_H

#include <stdint.h>

/*
 * User addresses fit this many bits.  With five-level paging (LA57) they
 * may have 56, but a kernel maps above 2^47 only for who gives it a hint
 * above, which the allocator does not; what others have there is not ours.
 */
#define	MACH_ADDRESS_BITS	47
/* Smallest and largest page that a kernel may have, as shifts. */
#define	MACH_PAGE_SHIFT		12
#define	MACH_PAGE_SHIFT_MAX	12
/* The superpage that the backend packs into, as a shift. */
#define	MACH_HUGE_SHIFT		21
/* What one entry of the TLB can map beyond a page: 2M, 1G. */
#define	MACH_HUGE_SIZES		((uint64_t)1 << 21 | (uint64_t)1 << 30)
/* The line, doubled: the adjacent-line prefetcher moves pairs. */
#define	MACH_CACHE_LINE		128

/* Tell the core that this is a spin loop. */
static inline void
mach_pause(void)
{

	__builtin_ia32_pause();
}

#endif /* !MALLOC_MACHDEP_H */
