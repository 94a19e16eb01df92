/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A program whose malloc is another one: what it left out follows that or
 * fails, the libc's own objects are the libc's, and what malloc_np.h has
 * besides still is basalt's.
 */
#include <errno.h>
#include <locale.h>
#include <malloc_np.h>
#include <pthread.h>
#include <unistd.h>

#include "check.h"

int	own(const void *p);
size_t	own_taken(void);

static void
family(void)
{
	size_t i;
	char *p;

	p = malloc(10);
	CHECK(own(p));
	p = realloc(p, 100);
	CHECK(own(p));
	p = reallocarray(p, 10, 100);
	CHECK(own(p));
	p = reallocf(p, 2000);
	CHECK(own(p));
	free_sized(p, 2000);
	p = calloc(10, 100);
	CHECK(own(p));
	for (i = 0; i < 1000; i++)
		CHECK(p[i] == 0);
	free(p);
	errno = 0;
	CHECK(calloc(SIZE_MAX / 2, 3) == NULL && errno == ENOMEM);
	CHECK(calloc(1, SIZE_MAX / 2) == NULL);
}

/* No memory that the program's free does not know. */
static void
aligned(void)
{
	void *q = NULL;
	char *p;

	errno = 0;
	p = aligned_alloc(64, 128);
	if (HAVE < 3) {
		CHECK(p == NULL && errno == ENOMEM);
		CHECK(posix_memalign(&q, 64, 10) == ENOMEM && q == NULL);
		CHECK(memalign(64, 10) == NULL && valloc(10) == NULL);
		return;
	}
	CHECK(own(p) && (uintptr_t)p % 64 == 0);
	free_aligned_sized(p, 64, 128);
	CHECK(posix_memalign(&q, 64, 10) == 0 && own(q));
	CHECK((uintptr_t)q % 64 == 0);
	free(q);
	p = memalign(256, 10);
	CHECK(own(p) && (uintptr_t)p % 256 == 0);
	free(p);
	p = valloc(10);
	CHECK(own(p) && (uintptr_t)p % 4096 == 0);
	free(p);
}

static void *
worker(void *arg)
{

	free(malloc(10));
	return (arg);
}

/* What goes by the public names, and what does not. */
static void
inside(void)
{
	pthread_t thread;
	char *line = NULL;
	size_t size = 0, n, len = sizeof(n), before;
	FILE *f;
	void *p;

	before = own_taken();
	f = fopen("/proc/self/status", "r");
	CHECK(f != NULL && own_taken() > before);
	CHECK(getline(&line, &size, f) > 0 && own(line));
	free(line);
	fclose(f);
	line = strdup("word");
	CHECK(own(line));
	free(line);
	CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);
	CHECK(atexit((void (*)(void))own_taken) == 0);
	CHECK(pthread_create(&thread, NULL, worker, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	p = mallocx(100, MALLOCX_ZERO);
	CHECK(p != NULL && !own(p) && sallocx(p, 0) >= 100);
	CHECK(mallctl("stats.allocated", &n, &len, NULL, 0) == 0);
	dallocx(p, 0);
}

int
main(void)
{

	family();
	aligned();
	inside();
	printf("done\n");
	return (0);
}
