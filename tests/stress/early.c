/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The first and the last calls of a process and of its threads: from the array
 * that runs before any constructor, from constructors, from a free that comes
 * before any malloc, from destructors of every kind and from exit handlers.
 */

#include <malloc.h>
#include <pthread.h>

#include "../include/testutil.h"

static void *before_all, *in_constructor;
static pthread_key_t key;
static int rounds;

static void
use(const char *where)
{
	unsigned char *p;
	size_t size;

	for (size = 1; size < 5 * MIB; size = size * 5 + 3) {
		p = malloc(size);
		if (p == NULL) {
			printf("early: no memory %s\n", where);
			_exit(1);
		}
		p[0] = p[size - 1] = 1;
		p = realloc(p, size + size / 2);
		free(p);
	}
}

static void
first_of_all(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	free(hide(NULL));
	before_all = malloc(1000);
}

/*
 * Runs before the constructors of the libraries, which is early indeed, but is
 * not known to every libc: then the first constructor has to do.
 */
__attribute__((section(".preinit_array"), used))
static void (*const preinit)(int, char **, char **) = first_of_all;

__attribute__((constructor(101))) static void
first_constructor(void)
{

	if (before_all == NULL)
		first_of_all(0, NULL, NULL);
}

__attribute__((constructor)) static void
constructor(void)
{
	use("in a constructor");
	in_constructor = malloc(2 * MIB);
}

__attribute__((destructor)) static void
destructor(void)
{
	use("in a destructor");
	free(in_constructor);
	in_constructor = NULL;
}

static void
at_exit(void)
{
	use("at exit");
	free(before_all);
	before_all = malloc(50);
}

/* Libc repeats these as long as the key is set, four times in all. */
static void
key_destructor(void *p)
{
	use("in a key's destructor");
	free(p);
	rounds++;
	if (rounds % 4 != 0)
		pthread_setspecific(key, malloc(100));
}

static void *
only_frees(void *p)
{
	free(p);
	return (NULL);
}

static void *
only_free_null(void *p)
{
	free(hide(NULL));
	return (p);
}

static void *
only_usable(void *p)
{
	return ((void *)malloc_usable_size(p));
}

static void *
only_realloc(void *p)
{
	return (realloc(p, 100000));
}

/* Nothing but the destructor uses the allocator in this thread. */
static void *
only_destructor(void *arg)
{
	pthread_setspecific(key, arg);
	return (NULL);
}

static void *
in_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, run, arg) != 0 ||
	    pthread_join(thread, &result) != 0) {
		printf("early: no thread\n");
		_exit(1);
	}
	return (result);
}

int
main(void)
{
	void *p;
	int i;

	if (before_all == NULL || in_constructor == NULL) {
		printf("early: nothing was allocated before main\n");
		return (1);
	}
	atexit(at_exit);
	pthread_key_create(&key, key_destructor);
	for (i = 0; i < 50; i++) {
		in_thread(only_frees, malloc(40));
		in_thread(only_frees, malloc(6 * MIB));
		in_thread(only_free_null, NULL);
		p = malloc(100);
		if (in_thread(only_usable, p) < (void *)100)
			return (1);
		free(in_thread(only_realloc, p));
		in_thread(only_destructor, malloc(30));
	}
	/* The first of the key's rounds in each thread is followed by three. */
	printf("early: %d rounds of destructors\n", rounds);
	return (rounds == 200 ? 0 : 1);
}
