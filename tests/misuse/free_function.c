/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

int	main(void);

int
main(void)
{
	free(blame((void *)(uintptr_t)main));
	return (0);
}
