/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * limits space SIZE	fill a limited address space with blocks of SIZE bytes,
 *			free all, ask for a quarter of it in one block
 * limits stack		all kinds of requests on the smallest of stacks
 * limits maps		the same work where the number of mappings is short
 */

#include <sys/mman.h>
#include <sys/resource.h>

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>

#include "../include/testutil.h"

static int
fail(const char *what)
{
	printf("limits: %s: %s\n", what, strerror(errno));
	return (1);
}

/* Blocks form a list through their first bytes. */
static int
space(size_t size)
{
	struct rlimit limit = { 2 * GIB, 2 * GIB };
	void *list, *p;
	size_t n;
	int round;

	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return (fail("setrlimit"));
	for (round = 0; round < (size < 4096 ? 1 : 2); round++) {
		list = NULL;
		for (n = 0;; n++) {
			errno = 0;
			p = malloc(size);
			if (p == NULL)
				break;
			*(void **)p = list;
			list = p;
		}
		if (errno != ENOMEM)
			return (fail("no ENOMEM"));
		/* Overheads differ, but half of it must be of use. */
		if (n * size < GIB)
			return (fail("less than half could be used"));
		while (list != NULL) {
			p = list;
			list = *(void **)p;
			free(p);
		}
		p = malloc(GIB / 2);
		if (p == NULL)
			return (fail("a quarter in one block"));
		memset(p, 1, GIB / 2);
		free(p);
	}
	printf("limits: %zu blocks of %zu bytes\n", n, size);
	return (0);
}

static void *
all_kinds(void *arg)
{
	size_t size;
	void *p, *q;

	for (size = 1; size < 16 * MIB; size = size * 3 + 1) {
		p = malloc(size);
		p = realloc(p, size * 2);
		if (posix_memalign(&q, 4096, size) != 0 || p == NULL)
			return (NULL);
		free(p);
		p = calloc(3, size);
		free(q);
		free(p);
	}
	/* What goes wrong must also be told on this stack. */
	p = hide(malloc(hide_size(SIZE_MAX)));
	return (p == NULL ? arg : NULL);
}

/*
 * The smallest stack that threads may have, with what libc itself puts there:
 * its TLS and, on some processors, a large register save area.
 */
static int
stack(void)
{
	pthread_attr_t attr;
	pthread_t thread[16];
	size_t size = 16 * KIB;
	void *result;
	int i, round;

	/* There are libcs whose least would not do for a printf. */
	if (size < (size_t)PTHREAD_STACK_MIN)
		size = (size_t)PTHREAD_STACK_MIN;
	pthread_attr_init(&attr);
	if (pthread_attr_setstacksize(&attr, size) != 0)
		return (fail("stack size"));
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 16; i++)
			if ((errno = pthread_create(&thread[i], &attr,
			    all_kinds, thread)) != 0)
				return (fail("pthread_create"));
		for (i = 0; i < 16; i++)
			if (pthread_join(thread[i], &result) != 0 ||
			    result != thread)
				return (fail("thread"));
	}
	printf("limits: stacks of %zu bytes suffice\n", size);
	return (0);
}

/*
 * Uses up the mappings that a process may have, so that whatever would split
 * one fails, and works in what is left.
 */
static int
maps(void)
{
	static void *blocks[2000];
	uint64_t seed = 1;
	size_t i, page = sysconf(_SC_PAGESIZE), size;
	char *p;

	p = mmap(NULL, 400000 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return (fail("mmap"));
	for (i = 0; i < 200000; i++)
		if (mprotect(p + i * 2 * page, page, PROT_NONE) != 0)
			break;
	if (i == 200000) {
		printf("limits: no limit on mappings\n");
		return (0);
	}
	for (i = 0; i < 40000; i++) {
		size = test_random(&seed) % (1U << i % 22);
		free(blocks[i % 2000]);
		errno = 0;
		blocks[i % 2000] = malloc(size);
		if (blocks[i % 2000] == NULL && errno != ENOMEM)
			return (fail("no ENOMEM"));
		if (blocks[i % 2000] != NULL)
			memset(blocks[i % 2000], 1, size);
	}
	for (i = 0; i < 2000; i++)
		free(blocks[i]);
	munmap(p, 400000 * page);
	blocks[0] = malloc(10 * MIB);
	if (blocks[0] == NULL)
		return (fail("after the mappings are gone"));
	free(blocks[0]);
	printf("limits: worked without mappings to spare\n");
	return (0);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "space") == 0)
		return (space(strtoul(argv[2], NULL, 0)));
	if (argc == 2 && strcmp(argv[1], "stack") == 0)
		return (stack());
	if (argc == 2 && strcmp(argv[1], "maps") == 0)
		return (maps());
	fprintf(stderr, "usage: limits space size | stack | maps\n");
	return (2);
}
