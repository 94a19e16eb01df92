/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A program whose own options have mistakes in them.
 */
#include <malloc_np.h>

const char *malloc_conf = "narenas:x";
const char *malloc_conf_2_conf_harder = "narenas=3";
