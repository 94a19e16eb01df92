/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A small program that uses every part of an allocator and accepts that memory
 * runs out, but neither damage, nor a failure without its reason, nor one that
 * lasts when the system gives memory again.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "../include/testutil.h"

#define	NBLOCKS	3000

/* The library's that lets calls fail, if it is one and no tracer. */
void		faults_stop(void) __attribute__((weak));
unsigned long	faults_count(void) __attribute__((weak));

static unsigned char *blocks[NBLOCKS];
static size_t sizes[NBLOCKS];
static unsigned long nulls;

static void
die(const char *what, size_t size)
{
	char text[200];
	int n;

	n = snprintf(text, sizeof(text), "faultwork: %s, %zu bytes\n", what,
	    size);
	if (write(STDERR_FILENO, text, (size_t)n) != n)
		_exit(4);
	_exit(3);
}

/* Counts a refusal, which has to say why. */
static void *
accepted(void *p, size_t size)
{
	if (p == NULL) {
		if (errno != ENOMEM)
			die("NULL without ENOMEM", size);
		nulls++;
	}
	errno = 0;
	return (p);
}

static void
check(size_t i)
{
	size_t n = sizes[i] < 8192 ? sizes[i] : 8192;

	if (pattern_check(blocks[i], n, i) != n)
		die("content changed", sizes[i]);
}

static size_t
size_of_block(size_t i)
{
	if (i % 1000 == 999)
		return (3 * MIB + i);
	if (i % 100 == 99)
		return (40 * KIB + i * 300);
	return (1 + i * i % (i % 10 == 9 ? 9000 : 500));
}

static void
allocate(size_t i)
{
	size_t size = size_of_block(i);
	void *p = NULL;

	errno = 0;
	switch (i % 5) {
	case 0:
		p = accepted(calloc(1, size), size);
		if (p != NULL && zero_prefix(p, size) != size)
			die("calloc is not zero", size);
		break;
	case 1:
		errno = posix_memalign(&p, (size_t)16 << i % 12, size);
		p = accepted(p, size);
		break;
	default:
		p = accepted(malloc(size), size);
		break;
	}
	blocks[i] = p;
	sizes[i] = size;
	if (p != NULL)
		pattern_fill(p, size < 8192 ? size : 8192, i);
}

static void
resize(size_t i)
{
	size_t n, size;
	void *p;

	if (blocks[i] == NULL)
		return;
	size = i % 3 == 0 ? sizes[i] / 2 + 1 : sizes[i] * 3;
	check(i);
	errno = 0;
	p = accepted(realloc(blocks[i], size), size);
	if (p == NULL) {
		check(i);
		return;
	}
	n = size < sizes[i] ? size : sizes[i];
	n = n < 8192 ? n : 8192;
	if (pattern_check(p, n, i) != n)
		die("realloc lost content", size);
	blocks[i] = p;
	sizes[i] = size;
	pattern_fill(p, size < 8192 ? size : 8192, i);
}

static void
release(size_t i)
{
	if (blocks[i] == NULL)
		return;
	check(i);
	errno = 77;
	free(blocks[i]);
	if (errno != 77)
		die("free changed errno", sizes[i]);
	blocks[i] = NULL;
}

/* The process that traces this one, or 0; must not allocate. */
static pid_t
tracer(void)
{
	static const char key[] = "TracerPid:";
	char text[4096], *p;
	ssize_t n = -1;
	int fd;

	fd = open("/proc/self/status", O_RDONLY);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return (0);
	text[n] = '\0';
	p = strstr(text, key);
	return (p == NULL ? 0 : (pid_t)strtol(p + strlen(key), NULL, 10));
}

/* A tracer that is told to end lets the process go on alone. */
static void
tracer_stop(void)
{
	pid_t pid = tracer();

	if (pid == 0)
		return;
	kill(pid, SIGTERM);
	while (tracer() != 0)
		sched_yield();
}

static void *
thread_work(void *arg)
{
	void *p[100];
	int i;

	for (i = 0; i < 100; i++) {
		errno = 0;
		p[i] = accepted(malloc(50 + i * 100), 50 + i * 100);
		if (p[i] != NULL)
			memset(p[i], 1, 50 + i * 100);
	}
	for (i = 0; i < 100; i++)
		free(p[i]);
	return (arg);
}

static void
grow(void)
{
	unsigned char *p, *q;
	size_t size;

	size = 64 * KIB;
	p = accepted(malloc(size), size);
	if (p == NULL)
		return;
	memset(p, 9, 4096);
	for (; size < 64 * MIB; size *= 2) {
		errno = 0;
		q = accepted(realloc(p, size * 2), size * 2);
		if (q == NULL)
			break;
		p = q;
		if (p[0] != 9 || p[4095] != 9)
			die("a growing block lost content", size);
	}
	free(p);
}

static void
everything(void)
{
	pthread_t thread;
	size_t i;

	for (i = 0; i < NBLOCKS; i++)
		allocate(i);
	if (pthread_create(&thread, NULL, thread_work, NULL) == 0)
		pthread_join(thread, NULL);
	for (i = 0; i < NBLOCKS; i += 3)
		resize(i);
	for (i = 0; i < NBLOCKS; i += 2)
		release(i);
	grow();
	for (i = 0; i < NBLOCKS; i += 2)
		allocate(i);
	for (i = 0; i < NBLOCKS; i++)
		release(i);
}

int
main(void)
{
	unsigned long count, refused;

	everything();
	count = faults_count != NULL ? faults_count() : 0;
	if (faults_stop != NULL)
		faults_stop();
	tracer_stop();
	/* The system is generous again: nothing may be refused any more. */
	refused = nulls;
	everything();
	if (nulls != refused)
		die("no recovery", 0);
	printf("faultwork: calls %lu nulls %lu\n", count, refused);
	return (0);
}
