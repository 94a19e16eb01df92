/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Files by system calls: the C library's functions may be cancelled, or
 * be a program's own.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/file.h"

static int
file_open(const char *path, int flags, int *error)
{
	int saved = errno;
	long fd;

	fd = syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0644);
	if (error != NULL)
		*error = fd < 0 ? errno : 0;
	errno = saved;
	return ((int)fd);
}

int
_bas_os_file_open(const char *path, int *error)
{

	return (file_open(path, O_RDONLY, error));
}

int
_bas_os_file_create(const char *path, int *error)
{

	return (file_open(path, O_WRONLY | O_CREAT | O_TRUNC, error));
}

ssize_t
_bas_os_file_read(int fd, void *buf, size_t size)
{
	int saved = errno;
	size_t done = 0;
	long n;

	do {
		n = syscall(SYS_read, fd, (char *)buf + done, size - done);
		if (n > 0)
			done += (size_t)n;
	} while ((n > 0 && done < size) || (n < 0 && errno == EINTR));
	errno = saved;
	return (n < 0 && done == 0 ? -1 : (ssize_t)done);
}

ssize_t
_bas_os_file_read_at(int fd, void *buf, size_t size, uint64_t offset)
{
	int saved = errno;
	long at;

	at = lseek(fd, (off_t)offset, SEEK_SET);
	errno = saved;
	return (at < 0 ? -1 : _bas_os_file_read(fd, buf, size));
}

void
_bas_os_file_close(int fd)
{
	int saved = errno;

	(void)syscall(SYS_close, fd);
	errno = saved;
}
