/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * cost PRELOAD COMMAND...: run a command on a malloc ("" for its own) and
 * say what it and its children took: user and system microseconds, peak
 * resident KiB of the largest, and page faults without input.  What it
 * prints itself is dropped.  PYTHONMALLOC=malloc is set, as python's own
 * allocator is not what is asked about.
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
run(char *argv[])
{
	int fd;

	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		_exit(127);
	if (argv[1][0] != '\0' && setenv("LD_PRELOAD", argv[1], 1) != 0)
		_exit(127);
	if (setenv("PYTHONMALLOC", "malloc", 1) != 0)
		_exit(127);
	execvp(argv[2], argv + 2);
	_exit(127);
}

static long
micro(struct timeval tv)
{

	return ((long)tv.tv_sec * 1000000 + (long)tv.tv_usec);
}

int
main(int argc, char *argv[])
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: cost PRELOAD COMMAND...\n");
		return (2);
	}
	pid = fork();
	if (pid == 0)
		run(argv);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		perror(argv[2]);
		return (2);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "cost: %s failed\n", argv[2]);
		return (1);
	}
	printf("%ld %ld %ld %ld\n", micro(usage.ru_utime),
	    micro(usage.ru_stime), usage.ru_maxrss, usage.ru_minflt);
	return (0);
}
