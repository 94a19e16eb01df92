/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "misuse.h"

static char text[] = "a string of the program";

int
main(void)
{
	free(blame(hide(text)));
	return (0);
}
