/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASALT_OS_POSIX_H
#define	BASALT_OS_POSIX_H

#include <stddef.h>

/* mmap with extra flags; NULL on failure, errno kept. */
void	*_bas_posix_map(void *hint, size_t size, int flags);

/*
 * Flags of mmap for memory on a multiple of align, 0: there are none.  They
 * may also be a wish that it does not grant.
 */
int	_bas_posix_align(size_t align);

#endif /* !BASALT_OS_POSIX_H */
