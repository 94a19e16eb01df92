/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Random numbers that follow from a seed: splitmix64. */

#ifndef RANDOM_H
#define	RANDOM_H

#include <stdint.h>

static inline uint64_t
random_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31));
}

static inline uint64_t
test_random(uint64_t *state)
{
	return (random_mix(*state += 0x9e3779b97f4a7c15ULL));
}

#endif /* !RANDOM_H */
