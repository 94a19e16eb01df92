/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* A step that every malloc takes, as one instruction where there is one. */
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

#endif /* !BASALT_COUNTDOWN_H */
