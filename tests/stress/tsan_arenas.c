/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Arenas that come and go.
 *
 * Each thread makes an arena, is bound to it, allocates, throws away all of
 * it or frees what it has, and destroys the arena: the next thread gets its
 * number.  Another one purges, changes decay times and reads statistics of
 * all there are meanwhile, and forks.  It ends with a line of counts; what is
 * wrong is said, and the status is 1.
 *
 * Built with BAS_PREFIXED it calls bas_malloc and so on, for an archive whose
 * names were changed because a sanitizer owns the plain ones.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../include/names.h"

#define	NTHREADS	6
#define	NBLOCKS		400
#define	MAXSIZE		((size_t)3 << 20)

static unsigned		nrounds = 40;
static _Atomic unsigned	running;
static _Atomic unsigned	nresets, ndestroys, wrong;

struct block {
	unsigned char	*p;
	size_t		size;
};

static void
fail(const char *what, int error)
{
	fprintf(stderr, "arenas: %s: %s\n", what, strerror(error));
	wrong++;
}

static int
control(const char *name, unsigned arena)
{
	char full[64];

	(void)snprintf(full, sizeof(full), name, arena);
	return (NAME(mallctl)(full, NULL, NULL, NULL, 0));
}

static uint64_t
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*state >> 33);
}

static bool
is_whole(const struct block *b)
{
	unsigned char tag = (unsigned char)((uintptr_t)b >> 4);

	return (b->p[0] == tag && b->p[b->size / 2] == tag &&
	    b->p[b->size - 1] == tag);
}

static void
fill(struct block *b)
{
	unsigned char tag = (unsigned char)((uintptr_t)b >> 4);

	b->p[0] = b->p[b->size / 2] = b->p[b->size - 1] = tag;
}

static void
one_block(uint64_t *state, struct block *b)
{
	uint64_t r = next_random(state);
	size_t size = 1 + (r >> 8) % (r % 64 == 0 ? MAXSIZE :
	    r % 8 == 0 ? 40000 : 600);

	if (b->p != NULL && !is_whole(b))
		fail("a block has changed", 0);
	if (b->p != NULL && r % 4 != 0) {
		NAME(free)(b->p);
		b->p = NULL;
		return;
	}
	b->p = NAME(realloc)(b->p, size);
	if (b->p == NULL) {
		fail("realloc", errno);
		return;
	}
	b->size = size;
	fill(b);
}

/* Blocks of the thread's arena; true: all have been freed again. */
static bool
use(uint64_t *state, bool leave)
{
	struct block blocks[NBLOCKS] = { 0 };
	unsigned i;

	for (i = 0; i < 3 * NBLOCKS; i++)
		one_block(state, &blocks[next_random(state) % NBLOCKS]);
	for (i = 0; i < NBLOCKS && !leave; i++)
		if (blocks[i].p != NULL) {
			if (!is_whole(&blocks[i]))
				fail("a block has changed", 0);
			NAME(free)(blocks[i].p);
		}
	return (!leave);
}

/* What the thread holds of one arena may not be met in another one's. */
static int
move(unsigned arena)
{
	int error;

	error = control("thread.tcache.flush", 0);
	if (error == 0)
		error = NAME(mallctl)("thread.arena", NULL, NULL, &arena,
		    sizeof(arena));
	return (error);
}

static void
one_round(uint64_t *state, unsigned home)
{
	size_t len = sizeof(unsigned);
	unsigned arena;
	int error;

	error = NAME(mallctl)("arenas.create", &arena, &len, NULL, 0);
	if (error == 0)
		error = move(arena);
	if (error != 0) {
		fail("arenas.create", error);
		return;
	}
	if (!use(state, next_random(state) % 2 == 0)) {
		error = control("thread.tcache.flush", 0);
		if (error == 0)
			error = control("arena.%u.reset", arena);
		if (error != 0)
			fail("reset", error);
		nresets++;
		(void)use(state, true);
	}
	if (control("arena.%u.destroy", arena) != EFAULT)
		fail("an arena with a thread was destroyed", 0);
	error = move(home);
	if (error == 0)
		error = control("arena.%u.destroy", arena);
	if (error != 0)
		fail("destroy", error);
	ndestroys++;
}

static void *
run(void *arg)
{
	uint64_t state = (uintptr_t)arg;
	size_t len = sizeof(unsigned);
	unsigned home = 0, i;

	if (NAME(mallctl)("thread.arena", &home, &len, NULL, 0) != 0)
		fail("thread.arena", 0);
	for (i = 0; i < nrounds && wrong == 0; i++)
		one_round(&state, home);
	running--;
	return (NULL);
}

/* Arenas of threads that it has not are the child's to purge. */
static void
fork_once(void)
{
	int status;
	pid_t pid;
	void *p;

	pid = fork();
	if (pid == 0) {
		p = NAME(malloc)(100000);
		NAME(free)(p);
		_exit(p == NULL || control("arena.4096.purge", 0) != 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		fail("a child failed", 0);
}

static void
look(unsigned k)
{
	ssize_t ms = k % 3 == 0 ? 0 : 50;
	size_t n, len = sizeof(n);
	uint64_t epoch = 1;
	char name[64];

	(void)NAME(mallctl)("epoch", NULL, NULL, &epoch, sizeof(epoch));
	(void)NAME(mallctl)("stats.allocated", &n, &len, NULL, 0);
	(void)snprintf(name, sizeof(name), "stats.arenas.%u.pdirty", k % 12);
	(void)NAME(mallctl)(name, &n, &len, NULL, 0);
	(void)snprintf(name, sizeof(name), "arena.%u.dirty_decay_ms",
	    k % 12);
	(void)NAME(mallctl)(name, NULL, NULL, &ms, sizeof(ms));
	if (control(k % 2 == 0 ? "arena.4096.purge" : "arena.4096.decay",
	    0) != 0)
		fail("purge", 0);
}

int
main(int argc, char **argv)
{
	pthread_t thread[NTHREADS];
	unsigned i, k;

	if (argc > 1)
		nrounds = (unsigned)strtoul(argv[1], NULL, 0);
	running = NTHREADS;
	for (i = 0; i < NTHREADS; i++)
		if (pthread_create(&thread[i], NULL, run,
		    (void *)(uintptr_t)(i + 1)) != 0) {
			fprintf(stderr, "arenas: cannot create a thread\n");
			return (2);
		}
	for (k = 0; running != 0; k++) {
		look(k);
		/* A sanitizer's own locks would not survive it. */
		if (k % 50 == 49 && getenv("TSAN_OPTIONS") == NULL)
			fork_once();
	}
	for (i = 0; i < NTHREADS; i++)
		(void)pthread_join(thread[i], NULL);
	printf("arenas: resets %u destroys %u wrong %u\n", nresets, ndestroys,
	    wrong);
	return (wrong != 0);
}
