/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include <math.h>

#include "util/ln.h"

/* What the declarations promise. */
#define	ERROR_MAX	1e-12

static bool
is_near(double a, double b)
{
	return (fabs(a - b) <= ERROR_MAX * fabs(b));
}

/* From the smallest that a random number of 53 bits can be, to large ones. */
ATF_TC_WITHOUT_HEAD(ln);
ATF_TC_BODY(ln, tc)
{
	uint64_t state = 1;
	double x, y;
	int n;

	ATF_CHECK_EQ(0, _bas_ln(1));
	for (n = -60; n <= 60; n++) {
		x = ldexp(1, n);
		ATF_CHECK(is_near(_bas_ln(x), log(x)));
		y = nextafter(x, 0);
		ATF_CHECK(is_near(_bas_ln(y), log(y)));
		y = nextafter(x, 2 * x);
		ATF_CHECK(is_near(_bas_ln(y), log(y)));
	}
	for (n = 0; n < 100000; n++) {
		x = (double)(unit_random(&state) >> 11) + 1;
		y = x / (double)((uint64_t)1 << 53);
		ATF_CHECK(is_near(_bas_ln(x), log(x)));
		ATF_CHECK(is_near(_bas_ln(y), log(y)));
	}
}

/* A byte of the longest period, to objects of many periods. */
ATF_TC_WITHOUT_HEAD(exp_part);
ATF_TC_BODY(exp_part, tc)
{
	double x;

	ATF_CHECK_EQ(0, _bas_exp_part(0));
	for (x = ldexp(1, -63); x < 1e6; x *= 1.01)
		ATF_CHECK(is_near(_bas_exp_part(x), -expm1(-x)));
	ATF_CHECK_EQ(1, _bas_exp_part(1e300));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ln);
	ATF_TP_ADD_TC(tp, exp_part);
	return (atf_no_error());
}
