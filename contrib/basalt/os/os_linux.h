/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What the files of Linux share, and tests call with files of their own. */
#ifndef BASALT_OS_LINUX_H
#define	BASALT_OS_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/os.h"

/* A small file's text, terminated; false where it cannot be read. */
bool	_bas_linux_text(const char *path, char *buf, size_t size);
/* The number at *text, after spaces; *text is moved behind it. */
uint64_t _bas_linux_number(const char **text);

/* Where the kernel tells about huge pages. */
#define	LINUX_THP_DIR	"/sys/kernel/mm/transparent_hugepage"
/*
 * What advice may get, into all but the page of info, which is known: from
 * the files of dir, and from what prctl(PR_GET_THP_DISABLE) has returned.
 */
void	_bas_linux_thp_read(struct os_info *info, const char *dir,
	    int disabled);

#endif /* !BASALT_OS_LINUX_H */
