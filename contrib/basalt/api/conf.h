/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * From option strings to `struct options'.
 */
#ifndef BASALT_CONF_H
#define	BASALT_CONF_H

#include "util/config.h"

/*
 * Public, weak: a program may define its own.  Read once, when the allocator
 * starts.
 */
extern BASALT_PUBLIC const char *malloc_conf;
extern BASALT_PUBLIC const char *malloc_conf_2_conf_harder;

/*
 * Read every source of options and fill `_bas_options' in.  To be called
 * once, by one thread, before the first arena exists.  Allocates nothing,
 * takes no lock, needs no constructor to have run, keeps errno.
 */
void	_bas_conf_init(void);

#endif /* !BASALT_CONF_H */
