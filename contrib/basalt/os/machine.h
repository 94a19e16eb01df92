/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a walk up the stack must know of the processor, and of the frame
 * that Linux puts there for a signal.
 */
#ifndef BASALT_MACHINE_H
#define	BASALT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Registers by the numbers that .eh_frame has for them.  Where the frame
 * pointer points there is the caller's, then the return address.
 *
 * In the frame of a signal the kernel has them in an order of its own, from
 * the stack pointer on.  It is known by the code that returns from it.
 */
#if defined(__x86_64__)

#define	MACHINE_REGISTERS	17
#define	MACHINE_FP		6
#define	MACHINE_SP		7
#define	MACHINE_RA		16

/* The caller's stack pointer, of who has this frame pointer. */
#define	MACHINE_CFA(frame)	((uintptr_t)(frame) + 16)

/* mov $15, %rax; syscall */
#define	MACHINE_SIGRETURN						\
	{ 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 }
#define	MACHINE_SIGNAL_REGISTERS	40
/* r8 to r15, di, si, bp, bx, dx, ax, cx, sp, ip */
#define	MACHINE_SIGNAL_ORDER						\
	{ 8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16 }

static inline uintptr_t
machine_strip(uintptr_t address)
{

	return (address);
}

#else	/* aarch64; there is no third malloc_machdep.h */

#define	MACHINE_REGISTERS	33
#define	MACHINE_FP		29
#define	MACHINE_SP		31
#define	MACHINE_RA		30

/* gcc has the two words at the frame's low end, clang at the high one. */
#if defined(__clang__)
#define	MACHINE_CFA(frame)	((uintptr_t)(frame) + 16)
#else
#define	MACHINE_CFA(frame)	((uintptr_t)__builtin_dwarf_cfa())
#endif

/* mov x8, #139; svc #0 */
#define	MACHINE_SIGRETURN						\
	{ 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4 }
#define	MACHINE_SIGNAL_REGISTERS	312
/* x0 to x30, sp, pc: here the last is a place of its own. */
#define	MACHINE_SIGNAL_ORDER						\
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,	\
	18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 }

/* A return address may carry a signature; older processors do nothing. */
static inline uintptr_t
machine_strip(uintptr_t address)
{
	register uintptr_t lr __asm__("x30") = address;

	__asm__("hint #7" : "+r" (lr));
	return (lr);
}

#endif

/* Is the code at p what a signal handler returns to? */
static inline bool
machine_is_sigreturn(const void *p)
{
	static const uint8_t code[] = MACHINE_SIGRETURN;

	return (memcmp(p, code, sizeof(code)) == 0);
}

#define	MACHINE_SIGRETURN_SIZE	((size_t)16)

#endif /* !BASALT_MACHINE_H */
