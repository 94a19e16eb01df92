/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a program may say about its options: below and above its user.
 */
#include <malloc_np.h>

const char *malloc_conf = "dirty_decay_ms:111,muzzy_decay_ms:111,"
    "narenas:1,stats_print_opts:b";
const char *malloc_conf_2_conf_harder = "muzzy_decay_ms:333,"
    "stats_print_opts:l";
