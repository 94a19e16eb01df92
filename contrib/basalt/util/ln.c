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
#define	EXP_TERMS	14
/* e^-40 is less than what a double tells from 0 beside 1. */
#define	EXP_MAX		40.0

/*
 * x is 2^n * m, m within a factor of the square root of 2 of 1; with
 * z = (m - 1) / (m + 1), ln m is 2 * (z + z^3 / 3 + z^5 / 5 + ...), of which
 * z^19 is the last that counts.
 */
double
_bas_ln(double x)
{
	static const double terms[] = { 1, 1. / 3, 1. / 5, 1. / 7, 1. / 9,
	    1. / 11, 1. / 13, 1. / 15, 1. / 17, 1. / 19 };
	double m, z, zz, sum = 0;
	uint64_t word;
	size_t i;
	int n;

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
	for (i = sizeof(terms) / sizeof(terms[0]); i-- > 0;)
		sum = sum * zz + terms[i];
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
