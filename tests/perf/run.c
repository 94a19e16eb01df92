/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Start a program under an allocator and measure it, or read what it says.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define	PATIENCE	120	/* seconds: a child that takes more hangs */
#define	NENV		4

static volatile sig_atomic_t child;

static void
on_alarm(int sig)
{

	(void)sig;
	if (child > 0)
		kill((pid_t)child, SIGKILL);
}

/*
 * The children see nothing of our environment but the preload, so a setting
 * for one allocator that happens to be there cannot favour another.  Only
 * basalt is given MALLOC_CONF, for trials; jemalloc would read it too.
 */
static void
environment(const struct allocator *a, char *env[NENV + 1],
    char text[NENV][PATH_LEN + 16])
{
	const char *conf, *path;
	unsigned n;

	n = 0;
	path = getenv("PATH");
	snprintf(text[n], sizeof(text[n]), "PATH=%s",
	    path != NULL ? path : "/usr/bin:/bin");
	n++;
	if (a->path[0] != '\0') {
		snprintf(text[n], sizeof(text[n]), "LD_PRELOAD=%s", a->path);
		n++;
	}
	conf = getenv("MALLOC_CONF");
	if (conf != NULL && strcmp(a->name, "basalt") == 0) {
		snprintf(text[n], sizeof(text[n]), "MALLOC_CONF=%s", conf);
		n++;
	}
	env[n] = NULL;
	while (n-- > 0)
		env[n] = text[n];
}

/* Start it with its output and its errors going to the given descriptor. */
static pid_t
start(const struct allocator *a, char *const argv[], int fd)
{
	char *env[NENV + 1], text[NENV][PATH_LEN + 16];
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	environment(a, env, text);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, 1);
	posix_spawn_file_actions_adddup2(&actions, fd, 2);
	error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		fatal("cannot start %s: %s", argv[0], strerror(error));
	child = (sig_atomic_t)pid;
	return (pid);
}

static bool
finish(struct bench *b, const struct allocator *a, char *const argv[],
    pid_t pid, struct rusage *ru)
{
	int status;

	while (wait4(pid, &status, 0, ru) < 0) {
		if (errno != EINTR)
			fatal("wait: %s", strerror(errno));
	}
	alarm(0);
	child = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return (true);
	b->failures++;
	if (WIFSIGNALED(status))
		progress_line(b, "FAILED: %s %s under %s: signal %d%s",
		    strrchr(argv[0], '/') != NULL ?
		    strrchr(argv[0], '/') + 1 : argv[0],
		    argv[1] != NULL ? argv[1] : "", a->name,
		    WTERMSIG(status), WTERMSIG(status) == SIGKILL ?
		    " (too slow or too large?)" : "");
	else
		progress_line(b, "FAILED: %s %s under %s: exit status %d",
		    argv[0], argv[1] != NULL ? argv[1] : "", a->name,
		    WEXITSTATUS(status));
	return (false);
}

static void
patience(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm;
	sigaction(SIGALRM, &sa, NULL);
	alarm(PATIENCE);
}

double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6);
}

static double
timeval_ms(const struct timeval *tv)
{

	return ((double)tv->tv_sec * 1e3 + (double)tv->tv_usec / 1e3);
}

/* Keep what the child says, as far as there is room, until it has done. */
static void
listen_to(int fd, char *text, size_t size)
{
	char spill[256];
	size_t len;
	ssize_t n;

	len = 0;
	for (;;) {
		if (len < size - 1)
			n = read(fd, text + len, size - 1 - len);
		else
			n = read(fd, spill, sizeof(spill));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (len < size - 1)
			len += (size_t)n;
	}
	text[len] = '\0';
}

static bool
run(struct bench *b, const struct allocator *a, char *const argv[],
    char *text, size_t size, struct rusage *ru)
{
	pid_t pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		fatal("pipe: %s", strerror(errno));
	patience();
	pid = start(a, argv, fds[1]);
	close(fds[1]);
	listen_to(fds[0], text, size);
	close(fds[0]);
	if (finish(b, a, argv, pid, ru))
		return (true);
	if (text[0] != '\0')
		progress_line(b, "%s", text);
	return (false);
}

/* Run to the end, and keep what it said. */
bool
run_captured(struct bench *b, const struct allocator *a, char *const argv[],
    char *text, size_t size)
{
	struct rusage ru;

	return (run(b, a, argv, text, size, &ru));
}

/*
 * Run to the end and measure.  Figures of a run that failed are NaN, never
 * a success.  The peak is the child's own word if it gives one: ru_maxrss
 * begins with what the driver had resident when it started the child, more
 * than a small program needs.
 */
bool
run_measured(struct bench *b, const struct allocator *a, char *const argv[],
    struct sample *sample)
{
	struct rusage ru;
	char text[512];
	const char *peak;
	double began;

	sample->cpu_ms = sample->wall_ms = sample->peak_kib = NAN;
	began = now_ms();
	if (!run(b, a, argv, text, sizeof(text), &ru))
		return (false);
	sample->wall_ms = now_ms() - began;
	sample->cpu_ms = timeval_ms(&ru.ru_utime) + timeval_ms(&ru.ru_stime);
	sample->peak_kib = (double)ru.ru_maxrss;
	peak = strstr(text, "peak_kib ");
	if (peak != NULL)
		sample->peak_kib = strtod(peak + strlen("peak_kib "), NULL);
	return (true);
}

/* The programs that are run lie beside the driver. */
void
run_program(const struct bench *b, const char *name, char *path, size_t size)
{

	snprintf(path, size, "%s/%s", b->dir, name);
}
