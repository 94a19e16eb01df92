/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Two functions of the mathematical library, which a program may not be
 * linked with.  Right to 1 in 10^12 or better, which is more than what is
 * done with them needs; no errno, no exceptions but for inexact results.
 */
#ifndef BASALT_LN_H
#define	BASALT_LN_H

/* The natural logarithm; x is a normal number above 0. */
double	_bas_ln(double x);
/* 1 - e^-x, for x of 0 and more. */
double	_bas_exp_part(double x);

#endif /* !BASALT_LN_H */
