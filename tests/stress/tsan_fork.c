/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Forks with every lock closed, as a libc makes that has basalt in its tree.
 *
 * Threads allocate, free, flush and turn controls while two others fork.  A
 * child gives back all that was in use, and finds nothing lost: the bytes in
 * use are none but those that a thread just had in its hand, no structure
 * was set aside, and each page in use belongs to a slab.  Then it forks again.
 * One of the forkers calls the hooks as FreeBSD's libthr does: the same after
 * the fork in parent and child.
 *
 * It knows the insides, so it is linked with the archive for that, which has
 * an OS in memory and a clock that it turns itself.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../include/forkhooks.h"
#include "heap/arena.h"
#include "malloc_np.h"
#include "os/os_fake.h"
#include "page/extent.h"
#include "thread/tsd.h"
#include "watch/snapshot.h"

size_t	 bas_malloc_usable_size(const void *);

/* Of the thread sanitizer: what the child reads has no threads any more. */
extern void AnnotateIgnoreReadsBegin(const char *, int)
    __attribute__((weak));
extern void AnnotateIgnoreWritesBegin(const char *, int)
    __attribute__((weak));

#define	NCACHED		3	/* threads that allocate by their caches */
#define	NWORKERS	(NCACHED + 2)
#define	DIRECT		NCACHED
#define	BRIEF		(NCACHED + 1)
#define	NFORKERS	2
#define	NSLOTS		400

/* What a child sees of a thread. */
struct worker {
	_Atomic(unsigned char *) slot[NSLOTS];
	/* Bytes of the object that it makes, or is about to free. */
	_Atomic size_t	hand;
	/* Purging takes slabs that are empty from their bins, too. */
	_Atomic bool	turning;
	uint64_t	random;
};

static struct worker	workers[NWORKERS];
static unsigned		nforks = 200;	/* of each forker */
static _Atomic bool	stopping;
static _Atomic unsigned	nforked, nexact, nslipped, wrong;

static uint64_t
draw(uint64_t *random, uint64_t n)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (*random % n);
}

static size_t
size_draw(uint64_t *random, bool large)
{
	size_t size = (size_t)8 << draw(random, draw(random, 16) == 0 ?
	    17 : 9);

	if (large && draw(random, 64) == 0)
		size = (size_t)1 << (20 + draw(random, 3));
	return (size + draw(random, size / 2));
}

/* In a child: leave with a status that says where. */
static void
require(bool ok, int where)
{
	if (!ok)
		_exit(where);
}

/* The order of the program is all that a child needs. */
static void
hand_set(struct worker *worker, size_t size)
{
	atomic_signal_fence(memory_order_seq_cst);
	atomic_store_explicit(&worker->hand, size, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
}

static void
slot_turn(struct worker *worker, unsigned i, int flags)
{
	unsigned char *p = atomic_load_explicit(&worker->slot[i],
	    memory_order_relaxed);
	size_t size;

	if (p != NULL) {
		size = bas_malloc_usable_size(p);
		hand_set(worker, size);
		atomic_store_explicit(&worker->slot[i], NULL,
		    memory_order_relaxed);
		atomic_signal_fence(memory_order_seq_cst);
		if (p[0] != (unsigned char)i)
			wrong++;
		bas_dallocx(p, flags);
	} else {
		size = size_draw(&worker->random, flags != 0);
		hand_set(worker, bas_nallocx(size, flags));
		p = flags == 0 ? bas_malloc(size) : bas_mallocx(size, flags);
		if (p == NULL)
			abort();
		p[0] = p[size - 1] = (unsigned char)i;
		atomic_store_explicit(&worker->slot[i], p,
		    memory_order_release);
	}
	hand_set(worker, 0);
}

static void *
work_cached(void *arg)
{
	struct worker *worker = arg;

	while (!stopping) {
		slot_turn(worker, (unsigned)draw(&worker->random, NSLOTS), 0);
		if (draw(&worker->random, 2000) == 0 && bas_mallctl(
		    "thread.tcache.flush", NULL, NULL, NULL, 0) != 0)
			wrong++;
	}
	return (NULL);
}

static void
control_turn(uint64_t *random)
{
	static const char *const names[] = { "arena.0.purge", "arena.1.decay",
	    "epoch", "arena.4096.purge" };
	size_t size = sizeof(unsigned);
	char name[40];
	unsigned n;

	n = (unsigned)draw(random, 6);
	if (n < 4) {
		(void)bas_mallctl(names[n], NULL, NULL, NULL, 0);
		return;
	}
	if (n == 4) {
		if (bas_mallctl("tcache.create", &n, &size, NULL, 0) == 0)
			(void)bas_mallctl("tcache.destroy", NULL, NULL, &n,
			    sizeof(n));
		return;
	}
	if (bas_mallctl("arenas.create", &n, &size, NULL, 0) != 0)
		return;
	(void)snprintf(name, sizeof(name), "arena.%u.destroy", n);
	(void)bas_mallctl(name, NULL, NULL, NULL, 0);
}

static void *
work_direct(void *arg)
{
	struct worker *worker = arg;

	while (!stopping) {
		slot_turn(worker, (unsigned)draw(&worker->random, NSLOTS),
		    MALLOCX_TCACHE_NONE);
		if (draw(&worker->random, 8) == 0) {
			worker->turning = true;
			control_turn(&worker->random);
			worker->turning = false;
		}
		if (draw(&worker->random, 4) == 0)
			(void)sched_yield();
	}
	return (NULL);
}

static void *
brief(void *arg)
{
	struct worker *worker = arg;
	unsigned i;

	for (i = 0; i < 50; i++)
		slot_turn(worker, i / 2, 0);
	return (NULL);
}

static void *
work_brief(void *arg)
{
	pthread_t thread;

	while (!stopping) {
		if (pthread_create(&thread, NULL, brief, arg) != 0)
			abort();
		(void)pthread_join(thread, NULL);
	}
	return (NULL);
}

static void *
turn_clock(void *arg)
{
	const struct timespec step = { .tv_nsec = 100000 };

	while (!stopping) {
		_bas_os_fake_clock_advance(200000);
		(void)nanosleep(&step, NULL);
	}
	return (arg);
}

static void
slots_free(void)
{
	unsigned char *p;
	unsigned w, i;

	for (w = 0; w < NWORKERS; w++)
		for (i = 0; i < NSLOTS; i++) {
			p = atomic_load_explicit(&workers[w].slot[i],
			    memory_order_acquire);
			if (p == NULL)
				continue;
			require(p[0] == (unsigned char)i, 11);
			bas_free(p);
		}
}

static void
allocate_some(uint64_t *random)
{
	unsigned char *p[100] = { NULL };
	unsigned i, n;

	for (n = 0; n < 2000; n++) {
		i = (unsigned)draw(random, 100);
		bas_free(p[i]);
		p[i] = bas_malloc(size_draw(random, false));
		require(p[i] != NULL, 12);
		p[i][0] = 1;
	}
	for (i = 0; i < 100; i++)
		bas_free(p[i]);
}

/* Is it what some of the threads had in their hands? */
static bool
is_in_hand(size_t bytes, unsigned w)
{
	size_t hand;

	if (bytes == 0 || w == NWORKERS)
		return (bytes == 0);
	hand = atomic_load_explicit(&workers[w].hand, memory_order_relaxed);
	return (is_in_hand(bytes, w + 1) ||
	    (hand != 0 && hand <= bytes && is_in_hand(bytes - hand, w + 1)));
}

static size_t
pages_of_slabs(const struct arena *arena)
{
	unsigned class;
	size_t n = 0;

	for (class = 1; class <= SC_NSMALL; class++)
		n += counter_read(&arena->bins[class].curslabs) *
		    _bas_sizeclass[class].pages;
	return (n);
}

static void
check_whole(size_t allocated)
{
	unsigned i, k, nthreads = 0;
	struct arena *arena;

	require(_bas_extent_abandoned() == 0, 21);
	for (i = 0; i < _bas_arena_count(); i++) {
		arena = _bas_arena_at(i);
		if (arena == NULL)
			continue;
		nthreads += arena->nthreads;
		require(arena->pages.epoch == 0, 22);
		for (k = 1; k <= _bas_arena_nbins(); k++)
			require(arena->bins[k].epoch == 0, 23);
		/* Another may be between a slab and its bin. */
		if (allocated == 0 && workers[DIRECT].hand == 0 &&
		    !workers[DIRECT].turning)
			require(counter_read(&arena->pages.nactive) ==
			    pages_of_slabs(arena), 24);
	}
	require(nthreads == 1, 25);
}

static void
child(bool slipped, uint64_t random)
{
	size_t allocated;
	int status = 0;
	pid_t pid;

	if (AnnotateIgnoreReadsBegin != NULL) {
		AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
		AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
	}
	allocate_some(&random);
	slots_free();
	require(bas_mallctl("thread.tcache.flush", NULL, NULL, NULL, 0) == 0,
	    31);
	/* What waits in the inboxes of bins counts as in use; empty them. */
	require(bas_mallctl("arena.4096.purge", NULL, NULL, NULL, 0) == 0, 35);
	allocated = _bas_snapshot_total(offsetof(struct snapshot_totals,
	    allocated));
	if (!slipped) {
		require(is_in_hand(allocated, 0), 32);
		check_whole(allocated);
	}
	_bas_fork_prepare();
	pid = fork();
	if (pid == 0) {
		_bas_fork_child();
		allocate_some(&random);
		_exit(0);
	}
	_bas_fork_parent();
	allocate_some(&random);
	require(pid > 0 && waitpid(pid, &status, 0) == pid, 33);
	require(status == 0, 34);
	_exit(allocated == 0 && !slipped ? 100 : 0);
}

static pid_t
fork_alike(bool *slipped)
{
	pid_t pid;

	prefork();
	*slipped = _bas_tsd_is_busy();
	_bas_os_fake_hold(true);
	pid = fork();
	_bas_os_fake_hold(false);
	postfork();
	return (pid);
}

static pid_t
fork_held(bool *slipped)
{
	pid_t pid;

	_bas_fork_prepare();
	*slipped = _bas_tsd_is_busy();
	_bas_os_fake_hold(true);
	pid = fork();
	_bas_os_fake_hold(false);
	if (pid == 0)
		_bas_fork_child();
	else
		_bas_fork_parent();
	return (pid);
}

static void *
forker(void *arg)
{
	unsigned n, id = *(unsigned *)arg;
	bool slipped;
	int status;
	pid_t pid;

	/* A thread has an arena, which counts it, after its first calls. */
	for (n = 0; n < 8; n++)
		bas_free(bas_malloc(1));
	for (n = 0; n < nforks && wrong < 10; n++) {
		pid = id == 0 ? fork_held(&slipped) : fork_alike(&slipped);
		if (pid == 0)
			child(slipped, id * 1000003 + n + 1);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			abort();
		nforked++;
		nslipped += slipped;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 100)
			nexact++;
		else if (status != 0) {
			wrong++;
			(void)fprintf(stderr, "tsan_fork: child %u of %u: "
			    "status %#x\n", n, id, (unsigned)status);
		}
	}
	return (NULL);
}

static void
run(pthread_t *thread, void *(*f)(void *), void *arg)
{
	if (pthread_create(thread, NULL, f, arg) != 0)
		abort();
}

int
main(int argc, char **argv)
{
	pthread_t thread[NWORKERS], forkers[NFORKERS], clock;
	static unsigned ids[NFORKERS];
	unsigned i;

	if (argc == 3 && strcmp(argv[1], "-n") == 0)
		nforks = (unsigned)strtoul(argv[2], NULL, 0) / NFORKERS;
	else if (argc != 1) {
		(void)fprintf(stderr, "usage: tsan_fork [-n forks]\n");
		return (2);
	}
	run(&clock, turn_clock, NULL);
	for (i = 0; i < NWORKERS; i++) {
		workers[i].random = i * 7919 + 12345;
		run(&thread[i], i < NCACHED ? work_cached : i == DIRECT ?
		    work_direct : work_brief, &workers[i]);
	}
	for (i = 0; i < NFORKERS; i++) {
		ids[i] = i;
		run(&forkers[i], forker, &ids[i]);
	}
	for (i = 0; i < NFORKERS; i++)
		(void)pthread_join(forkers[i], NULL);
	stopping = true;
	for (i = 0; i < NWORKERS; i++)
		(void)pthread_join(thread[i], NULL);
	(void)pthread_join(clock, NULL);
	(void)printf("tsan_fork: forks %u exact %u slipped %u wrong %u\n",
	    nforked, nexact, nslipped, wrong);
	return (wrong == 0 && nexact != 0 ? 0 : 1);
}
