/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What FreeBSD has in this header: see kernel.h. */
#include "kernel.h"
