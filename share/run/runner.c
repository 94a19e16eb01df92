/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * runner library atexit program [argument ...]
 *
 * Runs the program on basalt and ends with a report on the error output.  The
 * program keeps its input, output and exit status; after a signal that is 128
 * and the signal's number, as in a shell.
 */

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define	NOTRUN	127	/* a shell's word for it, too */

enum { ALLOCATED, ACTIVE, METADATA, RESIDENT, MAPPED, RETAINED, RSS, NTOTALS };

static const char *const names[NTOTALS] = {
	"allocated", "active", "metadata", "resident", "mapped", "retained",
	"rss"
};

struct totals {
	bool		known[NTOTALS];
	double		bytes[NTOTALS];
};

static void
run(char *argv[], const char *report)
{
	char *preload, pid[32];
	const char *before;

	/* What the caller preloads still comes, after us. */
	before = getenv("LD_PRELOAD");
	if (before == NULL)
		before = "";
	if (asprintf(&preload, "%s:%s%s%s", argv[1], argv[2],
	    *before != '\0' ? ":" : "", before) == -1)
		err(127, "LD_PRELOAD");
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("BASALT_REPORT", report, 1);
	setenv("BASALT_REPORT_PID", pid, 1);
	setenv("LD_PRELOAD", preload, 1);
	execvp(argv[3], argv + 3);
	fprintf(stderr, "%s: %s\n", argv[3], strerror(errno));
	_exit(NOTRUN);
}

static void
totals_read(struct totals *t, const char *report)
{
	char name[32];
	double bytes;
	FILE *f;
	int i;

	memset(t, 0, sizeof(*t));
	f = fopen(report, "r");
	if (f == NULL)
		return;
	while (fscanf(f, "%31s %lf", name, &bytes) == 2) {
		for (i = 0; i < NTOTALS; i++) {
			if (strcmp(name, names[i]) == 0) {
				t->known[i] = true;
				t->bytes[i] = bytes;
			}
		}
	}
	fclose(f);
}

static void
bytes_print(const char *label, double bytes, const char *what)
{
	fprintf(stderr, "  %-22s %10.1f MiB   %s\n", label,
	    bytes / (1024 * 1024), what);
}

static void
total_print(const struct totals *t, int i, const char *what)
{
	if (t->known[i])
		bytes_print(names[i], t->bytes[i], what);
}

static double
seconds(const struct timeval *tv)
{
	return ((double)tv->tv_sec + (double)tv->tv_usec / 1e6);
}

static void
report_print(const char *program, double wall, const struct rusage *ru,
    const struct totals *t)
{
	double peak, back;

	peak = (double)ru->ru_maxrss * 1024;
	fprintf(stderr, "\n%s on basalt\n\n", program);
	fprintf(stderr, "  %-22s %10.2f s     user %.2f s, system %.2f s\n",
	    "time", wall, seconds(&ru->ru_utime), seconds(&ru->ru_stime));
	bytes_print("peak resident", peak, "the most it ever held in memory");
	if (!t->known[RSS]) {
		fprintf(stderr, "\n  It did not leave through exit, or has no"
		    " dynamic loader: no more is known.\n");
		return;
	}
	fprintf(stderr, "\n  when it ended\n");
	bytes_print("resident", t->bytes[RSS], "the whole process");
	back = peak - t->bytes[RSS];
	bytes_print("given back", back > 0 ? back : 0,
	    "peak less what was resident at the end");
	if (!t->known[ALLOCATED]) {
		fprintf(stderr, "\n  basalt did not answer.\n");
		return;
	}
	fprintf(stderr, "\n  of which in basalt\n");
	total_print(t, ALLOCATED, "asked for and not yet freed");
	total_print(t, ACTIVE, "pages that hold it");
	total_print(t, METADATA, "the allocator's own account");
	total_print(t, RESIDENT, "in memory, with what waits for reuse");
	total_print(t, MAPPED, "address space in use");
	total_print(t, RETAINED, "address space kept, its memory given back");
}

int
main(int argc, char *argv[])
{
	char report[] = "/tmp/basalt.XXXXXX";
	struct timespec t0, t1;
	struct totals totals;
	struct rusage ru;
	double wall;
	pid_t pid;
	int fd, status;

	if (argc < 4)
		errx(2, "usage: runner library atexit program [argument ...]");
	fd = mkstemp(report);
	if (fd == -1)
		err(1, "%s", report);
	close(fd);

	clock_gettime(CLOCK_MONOTONIC, &t0);
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0)
		run(argv, report);

	/* The terminal's signals go to the program too: it decides. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (wait4(pid, &status, 0, &ru) == -1) {
		if (errno != EINTR)
			err(1, "wait");
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	wall = (double)(t1.tv_sec - t0.tv_sec) +
	    (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;

	totals_read(&totals, report);
	unlink(report);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOTRUN &&
	    !totals.known[RSS])
		return (NOTRUN);
	report_print(argv[3], wall, &ru, &totals);
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "\n  It was ended by signal %d (%s).\n",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
		return (128 + WTERMSIG(status));
	}
	return (WEXITSTATUS(status));
}
