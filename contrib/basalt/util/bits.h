/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Bits, powers of two, and sets of up to 512 bits in words.
 */
#ifndef BASALT_BITS_H
#define	BASALT_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define	likely(x)	__builtin_expect(!!(x), 1)
#define	unlikely(x)	__builtin_expect(!!(x), 0)

/* The round of n up to a multiple of align, a power of two. */
#define	ROUNDUP(n, align)	(((n) + (align) - 1) & ~((align) - 1))
#define	ROUNDDOWN(n, align)	((n) & ~((align) - 1))
#define	HOWMANY(n, unit)	(((n) + (unit) - 1) / (unit))

static inline bool
is_pow2(size_t n)
{

	return (n != 0 && (n & (n - 1)) == 0);
}

/* Index of the lowest and of the highest one; word is not 0. */
static inline unsigned
bit_first(uint64_t word)
{

	return ((unsigned)__builtin_ctzll(word));
}

static inline unsigned
bit_last(uint64_t word)
{

	return (63 - (unsigned)__builtin_clzll(word));
}

static inline unsigned
bit_count(uint64_t word)
{

	return ((unsigned)__builtin_popcountll(word));
}

/* The bits [from, from + n) of one word; n is 1 to 64. */
static inline uint64_t
bit_mask(unsigned from, unsigned n)
{

	return ((~(uint64_t)0 >> (64 - n)) << from);
}

static inline bool
bits_test(const uint64_t *set, unsigned i)
{

	return ((set[i / 64] >> (i % 64)) & 1);
}

void	 _bas_bits_set(uint64_t *set, unsigned from, unsigned n);
void	 _bas_bits_clear(uint64_t *set, unsigned from, unsigned n);
/* How many of [from, from + n) are set. */
unsigned _bas_bits_count(const uint64_t *set, unsigned from, unsigned n);
/* First bit at or after from that is value; nbits where there is none. */
unsigned _bas_bits_next(const uint64_t *set, unsigned from, unsigned nbits,
	    bool value);
/* One past the last set bit below from; 0 where there is none. */
unsigned _bas_bits_prev(const uint64_t *set, unsigned from);

#endif /* !BASALT_BITS_H */
