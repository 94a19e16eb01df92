/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * An arena on the memory of one NUMA node.
 *
 *	numa [node]
 *
 * The hooks are those that every arena has, but for the one that allocates:
 * it tells the kernel which node the pages are to come from when they are
 * first touched.  Where the kernel knows no nodes the arena is there all the
 * same, on whatever memory there is.
 */
#include <sys/syscall.h>

#include <err.h>
#include <errno.h>
#include <malloc_np.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* From the kernel's interface, to need no library for it. */
#define	MPOL_PREFERRED	1
#define	MPOL_F_NODE	1
#define	MPOL_F_ADDR	2

#define	NOBJECTS	1000
#define	SIZE		50000

static extent_hooks_t hooks;
static extent_alloc_t *default_alloc;
static unsigned long node;
static int bind_error;

/* Called without locks, and by several threads at once. */
static void *
node_alloc(extent_hooks_t *self, void *at, size_t size, size_t align,
    bool *zero, bool *commit, unsigned arena)
{
	unsigned long mask[16] = { 0 };
	void *p;

	p = default_alloc(self, at, size, align, zero, commit, arena);
	if (p == NULL)
		return (NULL);
	mask[node / 64] = 1UL << (node % 64);
	if (syscall(SYS_mbind, p, size, MPOL_PREFERRED, mask,
	    sizeof(mask) * 8, 0) != 0)
		bind_error = errno;
	return (p);
}

static unsigned
arena_create(void)
{
	extent_hooks_t *defaults, *new = &hooks;
	size_t len = sizeof(defaults);
	unsigned arena;
	int error;

	error = mallctl("arena.0.extent_hooks", &defaults, &len, NULL, 0);
	if (error != 0)
		errx(1, "arena.0.extent_hooks: %s", strerror(error));
	hooks = *defaults;
	default_alloc = hooks.alloc;
	hooks.alloc = node_alloc;
	len = sizeof(arena);
	error = mallctl("arenas.create", &arena, &len, &new, sizeof(new));
	if (error != 0)
		errx(1, "arenas.create: %s", strerror(error));
	return (arena);
}

/* The node that a page is on, or -1. */
static int
node_of(void *p)
{
	int found;

	if (syscall(SYS_get_mempolicy, &found, NULL, 0, p,
	    MPOL_F_NODE | MPOL_F_ADDR) != 0)
		return (-1);
	return (found);
}

static void
arena_call(const char *what, unsigned arena)
{
	char name[64];
	int error;

	(void)snprintf(name, sizeof(name), "arena.%u.%s", arena, what);
	error = mallctl(name, NULL, NULL, NULL, 0);
	if (error != 0)
		errx(1, "%s: %s", name, strerror(error));
}

int
main(int argc, char **argv)
{
	unsigned there = 0, i, arena;
	void *p;
	int flags;

	if (argc > 1)
		node = strtoul(argv[1], NULL, 10);
	if (node >= 1024)
		errx(1, "no such node: %s", argv[1]);
	arena = arena_create();
	flags = MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE;
	for (i = 0; i < NOBJECTS; i++) {
		p = mallocx(SIZE, flags);
		if (p == NULL)
			errx(1, "out of memory");
		memset(p, (int)i, SIZE);
		there += node_of(p) == (int)node;
	}
	if (bind_error != 0)
		printf("the kernel does not bind memory: %s\n",
		    strerror(bind_error));
	printf("arena %u: %u objects, %u of them on node %lu\n", arena,
	    (unsigned)NOBJECTS, there, node);
	/* All of them at once, and the arena with them. */
	arena_call("destroy", arena);
	return (bind_error == 0 && there != NOBJECTS);
}
