/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * All ways to have another process, while threads allocate: each child and
 * the parent have to be able to go on allocating.  Arguments: rounds, threads,
 * and anything more under an emulator.
 */
#define	_GNU_SOURCE
#include <sys/wait.h>
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <unistd.h>

#include "check.h"

extern char **environ;

static _Atomic int stop;
/* vfork may be a fork, and a child of a fork may start no threads. */
static int emulated;
static void *prepared;

static void *
worker(void *arg)
{

	(void)arg;
	while (!atomic_load(&stop))
		churn(20);
	return (NULL);
}

static void *
once(void *arg)
{

	(void)arg;
	churn(20);
	return (NULL);
}

/* What a child of a threaded process may not do by the book, but does. */
static void
child(void)
{
	pthread_t thread;
	FILE *f;

	churn(50);
	if (!emulated) {
		CHECK(pthread_create(&thread, NULL, once, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	f = fopen("/dev/null", "w");
	CHECK(f != NULL && fprintf(f, "%d", 1) == 1 && fclose(f) == 0);
}

static void
waited(pid_t pid)
{
	int status = -1;
	pid_t got;

	CHECK(pid > 0);
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	CHECK(got == pid && status == 0);
}

static void
forks(void)
{
	pid_t pid, inner;

	pid = fork();
	if (pid == 0) {
		child();
		inner = fork();
		if (inner == 0) {
			churn(20);
			exit(0);
		}
		waited(inner);
		exit(0);
	}
	waited(pid);
	pid = _Fork();
	if (pid == 0) {
		churn(50);
		_exit(0);
	}
	waited(pid);
}

static void
spawns(void)
{
	char *argv[] = { "true", NULL }, line[16];
	pid_t pid;
	FILE *f;

	pid = vfork();
	if (pid == 0) {
		execv("/bin/true", argv);
		_exit(1);
	}
	waited(pid);
	CHECK(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) == 0);
	waited(pid);
	f = popen("echo 1234", "r");
	CHECK(f != NULL && fgets(line, sizeof(line), f) != NULL);
	CHECK(strcmp(line, "1234\n") == 0 && pclose(f) == 0);
	CHECK(system("exit 3") == 3 << 8);
}

/* A child of vfork is the same thread: what it takes and gives is ours. */
static void
borrowed(void)
{
	static char *volatile p;
	char *volatile q = malloc(100);
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		free(q);
		p = malloc(100000);
		memset(p, 1, 100000);
		_exit(0);
	}
	waited(pid);
	CHECK(p[0] == 1 && p[99999] == 1);
	free(p);
	churn(5);
}

static void
prepare(void)
{

	prepared = malloc(777);
}

static void
finish(void)
{

	free(prepared);
	churn(1);
}

int
main(int argc, char **argv)
{
	int rounds, threads, i;
	pthread_t thread[64];

	CHECK(argc >= 3);
	emulated = argc > 3;
	rounds = atoi(argv[1]);
	threads = atoi(argv[2]);
	CHECK(pthread_atfork(prepare, finish, finish) == 0);
	for (i = 0; i < threads; i++)
		CHECK(pthread_create(&thread[i], NULL, worker, NULL) == 0);
	for (i = 0; i < rounds; i++) {
		forks();
		if (!emulated)
			borrowed();
		if (i % 4 == 0)
			spawns();
	}
	atomic_store(&stop, 1);
	for (i = 0; i < threads; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	printf("done\n");
	return (0);
}
