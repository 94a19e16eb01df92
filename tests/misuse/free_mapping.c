/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Memory that the program had from the system itself. */
#include <sys/mman.h>

#include "misuse.h"

int
main(void)
{
	void *p;

	p = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (1);
	free(blame(p));
	return (0);
}
