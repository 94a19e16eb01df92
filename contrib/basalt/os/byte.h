/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASALT_BYTE_H
#define	BASALT_BYTE_H

#include <stdint.h>

/*
 * A byte that others may write meanwhile, in no order: relaxed.  It is read
 * once, which is all that a volatile one asks for, and by an address in parts
 * as the processor has it; compilers first add up that of an atomic one.
 */
static inline uint8_t
byte_read(const uint8_t *byte)
{

#if defined(__SANITIZE_THREAD__)
	return (__atomic_load_n(byte, __ATOMIC_RELAXED));
#else
	return (*(const volatile uint8_t *)byte);
#endif
}

#endif /* !BASALT_BYTE_H */
