/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* A program that allocates nothing, and so has no allocator in it. */
#include <unistd.h>

int
main(void)
{

	return (write(1, "done\n", 5) != 5);
}
