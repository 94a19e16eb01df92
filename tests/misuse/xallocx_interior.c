/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <malloc_np.h>

#include "misuse.h"

int
main(void)
{
	char *p = mallocx(5 * MIB, 0);

	printf("%zu\n", xallocx(blame(p + 4096), 6 * MIB, 0, 0));
	return (0);
}
