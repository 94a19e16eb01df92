/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdint.h>
#include <string.h>

#include "util/ln.h"

#define	LN2		0.693147180559945309417
#define	SQRT2		1.41421356237309504880
#define	FRACTION_BITS	52
#define	EXPONENT_BIAS	1023
#define	EXPONENT_MASK	0x7ffu
/* Terms of the series, for arguments as small as they are here. */
#define	LN_TERMS	9
#define	EXP_TERMS	14
/* e^-40 is less than what a double tells from 0 beside 1. */
#define	EXP_MAX		40.0

/*
 * x is 2^n * m, m within a factor of the square root of 2 of 1; with
 * z = (m - 1) / (m + 1), ln m is 2 * (z + z^3 / 3 + z^5 / 5 + ...).
 */
double
_bas_ln(double x)
{
	double m, z, zz, sum = 0;
	uint64_t word;
	int n, i;

	memcpy(&word, &x, sizeof(word));
	n = (int)(word >> FRACTION_BITS & EXPONENT_MASK) - EXPONENT_BIAS;
	word &= ((uint64_t)1 << FRACTION_BITS) - 1;
	word |= (uint64_t)EXPONENT_BIAS << FRACTION_BITS;
	memcpy(&m, &word, sizeof(m));
	if (m > SQRT2) {
		m /= 2;
		n++;
	}
	z = (m - 1) / (m + 1);
	zz = z * z;
	for (i = LN_TERMS; i >= 0; i--)
		sum = sum * zz + 1.0 / (2 * i + 1);
	return (n * LN2 + 2 * z * sum);
}

/*
 * By the series where x is small, so that nothing is lost to the 1; else
 * with f(2x) = f(x) * (2 - f(x)).
 */
double
_bas_exp_part(double x)
{
	double sum = 0;
	unsigned i, halved = 0;

	if (x > EXP_MAX)
		return (1);
	for (; x > 0.5; halved++)
		x /= 2;
	/* x - x^2 / 2! + x^3 / 3! - ... */
	for (i = EXP_TERMS; i >= 1; i--)
		sum = (1 - sum) * x / i;
	for (; halved > 0; halved--)
		sum *= 2 - sum;
	return (sum);
}
