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
 * User addresses fit this many bits.  With LVA or LPA2 they may have 52,
 * but a kernel maps above 2^48 only for who gives it a hint above, which
 * the allocator does not; what others have there is not ours.  Kernels
 * with fewer (47, 42, 39, 36) fit too.
 */
#define	MACH_ADDRESS_BITS	48
/* Smallest and largest page that a kernel may have, as shifts. */
#define	MACH_PAGE_SHIFT		12
#define	MACH_PAGE_SHIFT_MAX	16
/*
 * The superpage that the backend packs into, as a shift.  A kernel with 4K
 * pages maps it as a block, one with 16K or 64K pages as a contiguous
 * group of the last level.
 */
#define	MACH_HUGE_SHIFT		21
/*
 * What one entry of the TLB can map beyond a page.  As a block: 2M, 32M,
 * 512M with pages of 4K, 16K, 64K; as a contiguous group: 64K, 2M, 2M.
 */
#define	MACH_HUGE_SIZES							\
	((uint64_t)1 << 16 | (uint64_t)1 << 21 | (uint64_t)1 << 25 |	\
	    (uint64_t)1 << 29)
/* The largest line that such machines have. */
#define	MACH_CACHE_LINE		128

/* Let a spin loop pause: yield does nothing on many cores, this does. */
static inline void
mach_pause(void)
{

	__asm__ __volatile__("isb" ::: "memory");
}

#endif /* !MALLOC_MACHDEP_H */
