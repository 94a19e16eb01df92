/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Libraries that come and go while threads are there, each with thread-local
 * memory and a constructor that allocates.  Arguments: the libraries.
 */
#include <dlfcn.h>
#include <pthread.h>

#include "check.h"

static int (*visit)(void);
static pthread_barrier_t loaded, seen;
static int rounds;

static void *
worker(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < rounds; i++) {
		churn(5);
		pthread_barrier_wait(&loaded);
		CHECK(visit() >= 1);
		pthread_barrier_wait(&seen);
	}
	return (NULL);
}

static void *
fresh(void *arg)
{

	churn(2);
	CHECK(visit() == 1);
	return (arg);
}

static void
use(char *path)
{
	char name[] = "visit?";
	pthread_t thread;
	void *handle;

	handle = dlopen(path, RTLD_NOW);
	if (handle == NULL)
		printf("%s\n", dlerror());
	CHECK(handle != NULL);
	/* libN.so */
	name[5] = strrchr(path, '/')[4];
	visit = (int (*)(void))dlsym(handle, name);
	CHECK(visit != NULL);
	pthread_barrier_wait(&loaded);
	CHECK(visit() >= 1);
	CHECK(pthread_create(&thread, NULL, fresh, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	pthread_barrier_wait(&seen);
	CHECK(dlclose(handle) == 0);
	CHECK(dlopen("/nowhere/at/all.so", RTLD_NOW) == NULL);
	CHECK(strstr(dlerror(), "nowhere") != NULL);
	CHECK(dlsym(RTLD_DEFAULT, "no_such_symbol") == NULL);
	CHECK(dlerror() != NULL);
}

int
main(int argc, char **argv)
{
	pthread_t thread[3];
	int i;

	rounds = 2 * (argc - 1);
	pthread_barrier_init(&loaded, NULL, 4);
	pthread_barrier_init(&seen, NULL, 4);
	for (i = 0; i < 3; i++)
		CHECK(pthread_create(&thread[i], NULL, worker, NULL) == 0);
	for (i = 0; i < rounds; i++)
		use(argv[1 + i % (argc - 1)]);
	for (i = 0; i < 3; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	printf("done\n");
	return (0);
}
