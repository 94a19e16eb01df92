/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads that come and go in all ways; what they kept has to come back.
 * The argument says what to do.
 */
#define	_GNU_SOURCE
#include <malloc_np.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <threads.h>
#include <unistd.h>

#include "check.h"

static pthread_t main_thread;
static pthread_key_t key;
static sem_t ended;
static _Atomic int destroyed;

/* A destructor that allocates, and frees what the thread had. */
static void
destroy(void *arg)
{

	free(arg);
	free(malloc(5000));
	churn(1);
	atomic_fetch_add(&destroyed, 1);
	sem_post(&ended);
}

static void *
worker(void *arg)
{

	churn(3);
	if (arg != NULL)
		free(arg);
	CHECK(pthread_setspecific(key, malloc(10)) == 0);
	return (NULL);
}

static int
c11_worker(void *arg)
{

	worker(arg);
	return (7);
}

/* Bytes in objects, and of the allocator itself. */
static size_t
statistic(const char *name)
{
	uint64_t epoch = 1;
	size_t value, len = sizeof(value);

	CHECK(mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch)) == 0);
	CHECK(mallctl(name, &value, &len, NULL, 0) == 0);
	return (value);
}

/* Thousands of threads: their caches are given back, so nothing grows. */
static void
detached(void)
{
	size_t metadata = 0, allocated = 0;
	pthread_attr_t attr;
	pthread_t thread;
	int i, j;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (i = 0; i < 300; i++) {
		for (j = 0; j < 8; j++)
			CHECK(pthread_create(&thread, &attr, worker,
			    malloc(100)) == 0);
		for (j = 0; j < 8; j++)
			sem_wait(&ended);
		if (i == 30) {
			metadata = statistic("stats.metadata");
			allocated = statistic("stats.allocated");
		}
	}
	CHECK(statistic("stats.metadata") < metadata + (2 << 20));
	CHECK(statistic("stats.allocated") < allocated + (4 << 20));
}

static void
joined(void)
{
	pthread_t thread[16];
	thrd_t c11;
	int i, result;

	for (i = 0; i < 16; i++)
		CHECK(pthread_create(&thread[i], NULL, worker,
		    malloc(64)) == 0);
	for (i = 0; i < 16; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	CHECK(atomic_load(&destroyed) == 16);
	CHECK(thrd_create(&c11, c11_worker, NULL) == thrd_success);
	CHECK(thrd_join(c11, &result) == thrd_success && result == 7);
}

static void
last_words(void)
{

	churn(2);
	free(malloc(100000));
	printf("done\n");
}

static void *
survivor(void *arg)
{

	CHECK(pthread_join(main_thread, NULL) == 0);
	churn(100);
	return (worker(arg));
}

/* The main thread ends first; the last one ends the process. */
static void
main_ends(void)
{
	pthread_t thread;

	atexit(last_words);
	main_thread = pthread_self();
	CHECK(pthread_create(&thread, NULL, survivor, malloc(10)) == 0);
	CHECK(pthread_create(&thread, NULL, worker, malloc(10)) == 0);
	pthread_detach(thread);
	free(malloc(10));
	pthread_exit(NULL);
}

static void *
leaver(void *arg)
{

	churn(2);
	exit((int)(intptr_t)arg);
}

/* A thread ends the process while others are at work. */
static void
thread_leaves(void)
{
	pthread_t thread;

	atexit(last_words);
	CHECK(pthread_create(&thread, NULL, leaver, NULL) == 0);
	for (;;)
		churn(10);
}

/* A stack of the program's own, with no room to spare for the libc. */
static void
own_stack(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	char *stack;
	int i;

	for (i = 0; i < 50; i++) {
		stack = aligned_alloc(4096, 65536);
		CHECK(stack != NULL);
		memset(stack, 0xa5, 65536);
		pthread_attr_init(&attr);
		CHECK(pthread_attr_setstack(&attr, stack, 65536) == 0);
		CHECK(pthread_create(&thread, &attr, worker, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
		free(stack);
	}
}

static void
background(void)
{
	size_t n;
	bool on = true;

	CHECK(mallctl("background_thread", NULL, NULL, &on, sizeof(on)) == 0);
	n = statistic("stats.background_thread.num_threads");
	CHECK(n >= 1);
	churn(10);
	on = false;
	CHECK(mallctl("background_thread", NULL, NULL, &on, sizeof(on)) == 0);
	CHECK(statistic("stats.background_thread.num_threads") == 0);
}

int
main(int argc, char **argv)
{

	CHECK(argc == 2);
	CHECK(pthread_key_create(&key, destroy) == 0);
	CHECK(sem_init(&ended, 0, 0) == 0);
	if (strcmp(argv[1], "main_ends") == 0)
		main_ends();
	if (strcmp(argv[1], "thread_leaves") == 0)
		thread_leaves();
	if (strcmp(argv[1], "detached") == 0)
		detached();
	if (strcmp(argv[1], "joined") == 0)
		joined();
	if (strcmp(argv[1], "own_stack") == 0)
		own_stack();
	if (strcmp(argv[1], "background") == 0)
		background();
	printf("done\n");
	return (0);
}
