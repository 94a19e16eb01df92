/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Another program with one more variable, VARIABLE=VALUE, in its environment;
 * no dynamic linker of the host's comes across that.
 */
#include <unistd.h>

#include "check.h"

int
main(int argc, char **argv)
{

	CHECK(argc > 2);
	CHECK(putenv(argv[1]) == 0);
	execv(argv[2], argv + 2);
	return (1);
}
