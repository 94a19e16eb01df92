# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause

# For z3: n + 1 pigeons in n holes, and products of bit vectors.
BEGIN {
	n = 8
	print "(set-logic QF_BV)"
	for (p = 0; p <= n; p++)
		for (h = 0; h < n; h++)
			printf "(declare-const p%d_%d Bool)\n", p, h
	for (p = 0; p <= n; p++) {
		printf "(assert (or"
		for (h = 0; h < n; h++)
			printf " p%d_%d", p, h
		print "))"
	}
	for (h = 0; h < n; h++)
		for (p = 0; p <= n; p++)
			for (q = p + 1; q <= n; q++)
				printf "(assert (not (and p%d_%d p%d_%d)))\n", \
				    p, h, q, h
	print "(check-sat)"
	print "(reset)"
	print "(set-logic QF_BV)"
	for (i = 0; i < 6; i++) {
		printf "(declare-const a%d (_ BitVec 64))\n", i
		printf "(declare-const b%d (_ BitVec 64))\n", i
		printf "(assert (= (bvmul a%d b%d) #x%016x))\n", i, i, \
		    6700417 * (2 * i + 1)
		printf "(assert (bvult #x0000000000000001 a%d))\n", i
		printf "(assert (bvult a%d b%d))\n", i, i
		printf "(assert (bvult b%d #x0000000010000000))\n", i
	}
	print "(check-sat)"
}
