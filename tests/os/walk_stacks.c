/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Walks (walk.c has more) on a stack between pages that nobody may touch,
 * almost used up: a thread's, and a coroutine's, whose outermost frame is at
 * the very edge.  Prints "done".
 */
#include <sys/mman.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include "os/backtrace.h"

#define	NOINLINE	__attribute__((noinline))
#define	MAX		200
#define	ROOM		((size_t)128 << 10)
#define	EDGE		((size_t)64 << 10)
/* What is left of a stack for a walk: it says that it takes less than 4 KiB. */
#define	LEFT		6144

static char *stack;
static uintptr_t truth[MAX];
static unsigned ntruth, nwalks;
static ucontext_t outside, inside;

/* Outermost first. */
#define	NOTE()	(truth[ntruth++] = (uintptr_t)__builtin_return_address(0))

static _Noreturn void
fail(const char *what)
{
	printf("%s\n", what);
	exit(1);
}

static NOINLINE void
take(void)
{
	static uintptr_t got[MAX];
	unsigned n, i;

	NOTE();
	n = _bas_os_backtrace(got, MAX, 0);
	if (n < ntruth + 1 || ntruth < 20)
		fail("too few");
	for (i = 0; i < ntruth; i++)
		if (got[i + 1] != truth[ntruth - 1 - i])
			fail("others");
	nwalks++;
}

static NOINLINE void
use(void)
{
	volatile char room[1000];

	NOTE();
	room[0] = 1;
	if ((char *)__builtin_frame_address(0) - stack > LEFT)
		use();
	else
		take();
	room[1] = room[0];
}

static void
run(void)
{
	unsigned i;

	for (i = 0; i < 3; i++) {
		ntruth = 0;
		NOTE();
		use();
	}
}

static void *
run_thread(void *arg)
{
	run();
	return (arg);
}

static void
run_coroutine(void)
{
	if (getcontext(&inside) != 0)
		fail("getcontext");
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = ROOM;
	inside.uc_link = &outside;
	makecontext(&inside, run, 0);
	if (swapcontext(&outside, &inside) != 0)
		fail("swapcontext");
}

int
main(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	char *room;

	room = mmap(NULL, ROOM + 2 * EDGE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		fail("mmap");
	stack = room + EDGE;
	if (mprotect(stack, ROOM, PROT_READ | PROT_WRITE) != 0)
		fail("mprotect");
	_bas_os_backtrace_init();
	pthread_attr_init(&attr);
	if (pthread_attr_setstack(&attr, stack, ROOM) != 0 ||
	    pthread_create(&thread, &attr, run_thread, NULL) != 0)
		fail("pthread_create");
	pthread_join(thread, NULL);
	run_coroutine();
	if (nwalks != 6)
		fail("not all");
	printf("done\n");
	return (0);
}
