/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A program that runs on its libc's malloc and loads basalt as any library,
 * uses it beside the other and lets it go while a thread still knows it.
 */

#include <dlfcn.h>
#include <pthread.h>

#include "../include/testutil.h"

static void *(*late_malloc)(size_t);
static void *(*late_realloc)(void *, size_t);
static void (*late_free)(void *);
static pthread_barrier_t used, closed;

static int
exercise(void)
{
	void *ours[500], *theirs[500];
	int i;

	for (i = 0; i < 500; i++) {
		theirs[i] = malloc(i * 10);
		ours[i] = late_malloc(i * 10);
		if (ours[i] == NULL || theirs[i] == NULL)
			return (1);
		pattern_fill(ours[i], i * 10, i);
		pattern_fill(theirs[i], i * 10, i + 1);
	}
	for (i = 0; i < 500; i++) {
		ours[i] = late_realloc(ours[i], i * 20 + 1);
		if (pattern_check(ours[i], i * 10, i) != (size_t)i * 10 ||
		    pattern_check(theirs[i], i * 10, i + 1) != (size_t)i * 10)
			return (1);
		free(theirs[i]);
		late_free(ours[i]);
	}
	return (0);
}

static void *
thread(void *arg)
{
	int bad = exercise();

	pthread_barrier_wait(&used);
	/* The thread ends, with all its destructors, after the dlclose. */
	pthread_barrier_wait(&closed);
	return (bad == 0 ? arg : NULL);
}

static void *
symbol(void *library, const char *name)
{
	void *p = dlsym(library, name);

	if (p == NULL) {
		printf("late: %s\n", dlerror());
		exit(1);
	}
	return (p);
}

int
main(int argc, char **argv)
{
	void *library, *result;
	pthread_t t;
	int round;

	pthread_barrier_init(&used, NULL, 2);
	pthread_barrier_init(&closed, NULL, 2);
	for (round = 0; round < 3; round++) {
		library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
		if (library == NULL) {
			printf("late: %s\n", dlerror());
			return (1);
		}
		late_malloc = symbol(library, "malloc");
		late_realloc = symbol(library, "realloc");
		late_free = symbol(library, "free");
		if (late_malloc == malloc) {
			printf("late: malloc is not the library's\n");
			return (1);
		}
		if (exercise() != 0 ||
		    pthread_create(&t, NULL, thread, library) != 0)
			return (1);
		pthread_barrier_wait(&used);
		dlclose(library);
		pthread_barrier_wait(&closed);
		if (pthread_join(t, &result) != 0 || result != library)
			return (1);
	}
	printf("late: loaded, used and let go\n");
	return (0);
}
