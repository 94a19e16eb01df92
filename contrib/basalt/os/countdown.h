/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Steps that every malloc or free takes, as one instruction where one is. */
#ifndef BASALT_COUNTDOWN_H
#define	BASALT_COUNTDOWN_H

#include <stdbool.h>
#include <stdint.h>

/* One less, and whether it is below 0 now. */
static inline bool
countdown_step(int32_t *n)
{
#if defined(__x86_64__)
	bool below;

	/*
	 * Compilers see a load and a store, and compute the address of an
	 * array's element for the two in an instruction of its own; or keep
	 * the old value in a register.
	 */
	__asm__("subl $1, %0" : "+m" (*n), "=@ccs" (below));
	return (below);
#else
	return (--*n < 0);
#endif
}

/*
 * What is about to be returned.  A compiler may hold it elsewhere until then
 * and copy it in the end.
 */
static inline void *
pointer_result(void *p)
{
#if defined(__x86_64__)
	__asm__("" : "+a" (p));
#endif
	return (p);
}

/*
 * A pointer's way down or up a stack, seen whole by who reads it meanwhile.
 * On x86 the load, which is in a register too, costs less than a sum and its
 * store by themselves.
 */
static inline void
pointer_down(void ***p, void **value)
{
#if defined(__x86_64__)
	(void)value;
	__asm__("subq $8, %0" : "+m" (*p));
#else
	__atomic_store_n(p, value - 1, __ATOMIC_RELAXED);
#endif
}

static inline void
pointer_up(void ***p, void **value)
{
#if defined(__x86_64__)
	(void)value;
	__asm__("addq $8, %0" : "+m" (*p));
#else
	__atomic_store_n(p, value + 1, __ATOMIC_RELAXED);
#endif
}

#endif /* !BASALT_COUNTDOWN_H */
