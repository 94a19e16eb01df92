/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The first to allocate is dlopen, which lets no thread begin before its end.
 * The argument is the library.
 */
#include <dlfcn.h>

#include "check.h"

int
main(int argc, char **argv)
{

	CHECK(argc == 2);
	CHECK(dlopen(argv[1], RTLD_NOW) != NULL);
	churn(10);
	printf("done\n");
	return (0);
}
