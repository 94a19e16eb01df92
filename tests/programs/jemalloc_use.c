/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A program written for jemalloc: all that its header has, by either header,
 * on whichever library it runs.  Says which that was; silent otherwise.
 */
#include <jemalloc/jemalloc.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define	CHECK(c)	do {						\
	if (!(c)) {							\
		printf("line %d: %s\n", __LINE__, #c);			\
		failures++;						\
	}								\
} while (0)

const char *malloc_conf = "narenas:3,tcache:true";

static int	failures;
static size_t	mapped;

static void *
hook_alloc(extent_hooks_t *hooks, void *addr, size_t size, size_t align,
    bool *zero, bool *commit, unsigned arena)
{
	char *p;
	size_t off;

	(void)hooks;
	(void)arena;
	if (addr != NULL)
		return (NULL);
	p = mmap(NULL, size + align, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (NULL);
	off = (size_t)(-(uintptr_t)p & (align - 1));
	mapped += size;
	*zero = *commit = true;
	return (p + off);
}

static extent_hooks_t hooks = { hook_alloc, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL };

static void
plain(void)
{
	void *p, *q = NULL;

	p = malloc(100);
	CHECK(p != NULL && malloc_usable_size(p) >= 100);
	p = realloc(p, 100000);
	CHECK(p != NULL && malloc_usable_size(p) >= 100000);
	free(p);
	p = calloc(10, 10);
	CHECK(p != NULL && *(char *)p == 0);
	CHECK(posix_memalign(&q, 64, 10) == 0 && (uintptr_t)q % 64 == 0);
	free(q);
	q = aligned_alloc(4096, 4096);
	CHECK((uintptr_t)q % 4096 == 0);
	free(q);
	q = memalign(128, 3);
	CHECK((uintptr_t)q % 128 == 0);
	free(q);
	q = valloc(3);
	CHECK((uintptr_t)q % 4096 == 0);
	free(q);
	free(p);
}

static void
flags(void)
{
	size_t usable = nallocx(1000, MALLOCX_ALIGN(256));
	char *p;

	p = mallocx(1000, MALLOCX_LG_ALIGN(8) | MALLOCX_ZERO);
	CHECK(p != NULL && (uintptr_t)p % 256 == 0 && p[999] == 0);
	CHECK(sallocx(p, 0) == usable && usable >= 1000);
	CHECK(xallocx(p, 1000, 0, 0) == usable);
	p[0] = 7;
	p = rallocx(p, 50000, MALLOCX_ALIGN(4096) | MALLOCX_ZERO);
	CHECK(p != NULL && p[0] == 7 && p[49999] == 0);
	sdallocx(p, 50000, MALLOCX_ALIGN(4096));
	p = mallocx(10, MALLOCX_TCACHE_NONE | MALLOCX_ARENA(0));
	CHECK(p != NULL);
	dallocx(p, MALLOCX_TCACHE_NONE);
	CHECK(nallocx(SIZE_MAX, 0) == 0);
}

static void
arenas(void)
{
	extent_hooks_t *table = &hooks;
	unsigned arena = 0, cache = 0;
	size_t len = sizeof(unsigned), mib[3], depth = 3, i;
	static void *p[1000];
	int word;

	CHECK(mallctl("arenas.create", &arena, &len, &table,
	    sizeof(table)) == 0);
	CHECK(mallctl("tcache.create", &cache, &len, NULL, 0) == 0);
	word = MALLOCX_ARENA(arena) | MALLOCX_TCACHE(cache);
	for (i = 0; i < 1000; i++) {
		p[i] = mallocx(i * 50 + 1, word);
		CHECK(p[i] != NULL);
		memset(p[i], 1, i * 50 + 1);
	}
	CHECK(mapped > 0);
	for (i = 0; i < 1000; i++)
		dallocx(p[i], word);
	CHECK(mallctl("tcache.flush", NULL, NULL, &cache,
	    sizeof(cache)) == 0);
	CHECK(mallctl("tcache.destroy", NULL, NULL, &cache,
	    sizeof(cache)) == 0);
	CHECK(mallctlnametomib("arena.0.destroy", mib, &depth) == 0 &&
	    depth == 3);
	mib[1] = arena;
	CHECK(mallctlbymib(mib, depth, NULL, NULL, NULL, 0) == 0);
	CHECK(mallctlbymib(mib, depth, NULL, NULL, NULL, 0) == EFAULT);
}

static size_t	reported;

static void
report(void *arg, const char *text)
{
	*(size_t *)arg += strlen(text);
}

static void
message(void *arg, const char *text)
{
	(void)arg;
	reported += strlen(text);
}

static void
control(void)
{
	uint64_t epoch = 1, allocated = 0;
	size_t len = sizeof(epoch), n = 0, size = 0;
	unsigned narenas = 0;

	CHECK(mallctl("epoch", &epoch, &len, &epoch, len) == 0);
	len = sizeof(size);
	CHECK(mallctl("stats.allocated", &size, &len, NULL, 0) == 0);
	CHECK(size > 0);
	CHECK(mallctl("thread.allocated", &allocated, &len, NULL, 0) == 0);
	CHECK(allocated > 0);
	len = sizeof(narenas);
	CHECK(mallctl("opt.narenas", &narenas, &len, NULL, 0) == 0);
	CHECK(narenas == 3);
	CHECK(mallctl("no.such.name", NULL, NULL, NULL, 0) == ENOENT);
	malloc_stats_print(report, &n, "J");
	CHECK(n > 1000);
	malloc_message = message;
	malloc_stats_print(NULL, NULL, NULL);
	CHECK(reported > 1000);
}

int
main(void)
{
	const char *version = NULL;
	size_t len = sizeof(version);

	plain();
	flags();
	arenas();
	control();
	CHECK(mallctl("version", &version, &len, NULL, 0) == 0);
	printf("%s\n", version);
	return (failures != 0);
}
