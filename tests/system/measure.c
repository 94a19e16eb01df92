/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * measure FILE COMMAND [ARGUMENT ...]
 *
 * Runs the command and appends a line to the file: seconds of the clock,
 * seconds of processors, and the most KiB that it or one of its children had
 * resident.  Exits as it did.
 *
 * The child is made with vfork: what was resident before its exec counts too,
 * and that should be as little as this program has.
 */

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double
seconds(const struct timeval *tv)
{
	return ((double)tv->tv_sec + (double)tv->tv_usec / 1e6);
}

int
main(int argc, char *argv[])
{
	struct timespec begin, end;
	struct rusage ru;
	FILE *f;
	pid_t pid;
	int status;

	if (argc < 3)
		errx(2, "usage: measure file command [argument ...]");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	pid = vfork();
	if (pid == -1)
		err(1, "vfork");
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	clock_gettime(CLOCK_MONOTONIC, &end);
	getrusage(RUSAGE_CHILDREN, &ru);

	f = fopen(argv[1], "a");
	if (f == NULL)
		err(1, "%s", argv[1]);
	fprintf(f, "%.3f %.3f %ld\n", (double)(end.tv_sec - begin.tv_sec) +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
	    seconds(&ru.ru_utime) + seconds(&ru.ru_stime), ru.ru_maxrss);
	fclose(f);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}
