/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASALT_OS_POSIX_H
#define	BASALT_OS_POSIX_H

#include <stddef.h>

/* mmap with extra flags; NULL on failure, errno kept. */
void	*_bas_posix_map(void *hint, size_t size, int flags);

#endif /* !BASALT_OS_POSIX_H */
