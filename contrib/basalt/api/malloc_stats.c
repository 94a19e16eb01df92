/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>
#include <stddef.h>

#include "malloc_np.h"

#include "api/init.h"
#include "api/malloc_stats.h"
#include "api/names.h"
#include "util/options.h"
#include "watch/stats_print.h"

void
_bas_malloc_stats_print(void (*write_cb)(void *, const char *), void *cbopaque,
    const char *opts)
{
	int error;

	error = errno;
	_bas_init();
	_bas_stats_print(write_cb, cbopaque, opts);
	errno = error;
}
PUBLIC_NAME(malloc_stats_print);

void
_bas_stats_print_atexit(void)
{

	_bas_stats_print(NULL, NULL, _bas_options.stats_print_opts);
}
