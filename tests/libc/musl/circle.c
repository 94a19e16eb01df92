/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Who allocates has a FILE locked that another thread waits for; that one has
 * the list of all FILEs, for which a fork waits.  A thread of the allocator's
 * own that is wanted then must not wait for the fork.
 */
#define	_GNU_SOURCE
#include <sys/wait.h>
#include <fcntl.h>
#include <malloc_np.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "check.h"

static pthread_t flusher_thread, forker_thread;
/* Its number, when it is about to wait; 0: it is not there yet. */
static _Atomic int flusher_tid, forker_tid;

static void *
flusher(void *arg)
{

	atomic_store(&flusher_tid, gettid());
	CHECK(fflush(NULL) == 0);
	return (arg);
}

static void
prepare(void)
{

	atomic_store(&forker_tid, gettid());
}

static void *
forker(void *arg)
{
	int status = -1;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	return (arg);
}

/* Until the thread sleeps: it has nothing left to wait for but a lock. */
static void
wait_asleep(_Atomic int *tid)
{
	char path[64], line[256], *state;
	ssize_t n;
	int fd;

	while (atomic_load(tid) == 0)
		sched_yield();
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
	    atomic_load(tid));
	do {
		fd = open(path, O_RDONLY);
		CHECK(fd >= 0);
		n = read(fd, line, sizeof(line) - 1);
		CHECK(n > 0 && close(fd) == 0);
		line[n] = '\0';
		state = strrchr(line, ')');
		CHECK(state != NULL);
	} while (state[2] != 'S');
}

static size_t
threads(void)
{
	uint64_t epoch = 1;
	size_t n, len = sizeof(n);

	CHECK(mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch)) == 0);
	CHECK(mallctl("stats.background_thread.num_threads", &n, &len, NULL,
	    0) == 0);
	return (n);
}

/* With the FILE locked; more than once, but only the first time counts. */
static ssize_t
slow_write(void *cookie, const char *text, size_t size)
{
	bool on = true;

	(void)cookie;
	(void)text;
	if (atomic_load(&flusher_tid) != 0)
		return ((ssize_t)size);
	CHECK(pthread_create(&flusher_thread, NULL, flusher, NULL) == 0);
	wait_asleep(&flusher_tid);
	CHECK(pthread_create(&forker_thread, NULL, forker, NULL) == 0);
	wait_asleep(&forker_tid);
	CHECK(mallctl("background_thread", NULL, NULL, &on, sizeof(on)) == 0);
	churn(10);
	return ((ssize_t)size);
}

static void *
nothing(void *arg)
{

	return (arg);
}

int
main(void)
{
	cookie_io_functions_t functions = { .write = slow_write };
	size_t len = sizeof(bool);
	pthread_t thread;
	bool on = false;
	FILE *f;

	alarm(300);
	CHECK(pthread_atfork(prepare, NULL, NULL) == 0);
	/* From the first thread on FILEs are locked. */
	CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	f = fopencookie(NULL, "w", functions);
	CHECK(f != NULL && fputs("text", f) >= 0 && fflush(f) == 0);
	CHECK(pthread_join(flusher_thread, NULL) == 0);
	CHECK(pthread_join(forker_thread, NULL) == 0);
	CHECK(fclose(f) == 0);
	CHECK(mallctl("background_thread", &on, &len, NULL, 0) == 0 && on);
	while (threads() != 1)
		churn(10);
	printf("done\n");
	return (0);
}
