/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "util/bits.h"

void
_bas_bits_set(uint64_t *set, unsigned from, unsigned n)
{
	unsigned here;

	for (; n > 0; n -= here, from += here) {
		here = 64 - from % 64 < n ? 64 - from % 64 : n;
		set[from / 64] |= bit_mask(from % 64, here);
	}
}

void
_bas_bits_clear(uint64_t *set, unsigned from, unsigned n)
{
	unsigned here;

	for (; n > 0; n -= here, from += here) {
		here = 64 - from % 64 < n ? 64 - from % 64 : n;
		set[from / 64] &= ~bit_mask(from % 64, here);
	}
}

unsigned
_bas_bits_count(const uint64_t *set, unsigned from, unsigned n)
{
	unsigned here, count = 0;
	uint64_t word;

	for (; n > 0; n -= here, from += here) {
		here = 64 - from % 64 < n ? 64 - from % 64 : n;
		word = set[from / 64] & bit_mask(from % 64, here);
		/* Few machines that we build for count in one step. */
		if (word != 0)
			count += bit_count(word);
	}
	return (count);
}

unsigned
_bas_bits_next(const uint64_t *set, unsigned from, unsigned nbits, bool value)
{
	uint64_t flip = value ? 0 : ~(uint64_t)0;
	uint64_t word;
	unsigned i;

	if (from >= nbits)
		return (nbits);
	i = from / 64;
	word = (set[i] ^ flip) & (~(uint64_t)0 << (from % 64));
	while (word == 0) {
		if (++i >= nbits / 64)
			return (nbits);
		word = set[i] ^ flip;
	}
	return (i * 64 + bit_first(word));
}

unsigned
_bas_bits_prev(const uint64_t *set, unsigned from)
{
	uint64_t word;
	unsigned i = from / 64;

	word = from % 64 == 0 ? 0 : set[i] & bit_mask(0, from % 64);
	while (word == 0) {
		if (i-- == 0)
			return (0);
		word = set[i];
	}
	return (i * 64 + bit_last(word) + 1);
}
