/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Files, for who may neither allocate nor be cancelled: by system calls.
 * errno stays.
 */
#ifndef BASALT_FILE_H
#define	BASALT_FILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* A descriptor, closed on exec; -1 and *error (may be NULL): none. */
int	_bas_os_file_open(const char *path, int *error);
/* For writing; mode 0644, what was there is gone. */
int	_bas_os_file_create(const char *path, int *error);
/* Bytes read, fewer at the end of the file alone; -1: an error. */
ssize_t	_bas_os_file_read(int fd, void *buf, size_t size);
ssize_t	_bas_os_file_read_at(int fd, void *buf, size_t size, uint64_t offset);
void	_bas_os_file_close(int fd);

#endif /* !BASALT_FILE_H */
