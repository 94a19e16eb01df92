/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Reports of all that can be told without a lock, from the handler of a
 * signal that comes in the midst of allocations, as a program that crashes
 * may want them.  Two threads allocate until there were enough reports; that
 * all of this ends is the test.
 */
#include <sys/time.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "malloc_np.h"

#include "../include/testutil.h"

#define	REPORTS		50
#define	SLOTS		512
#define	TICK_US		1000

static _Atomic unsigned	reports, wrong;

static void
brackets_count(void *arg, const char *piece)
{
	int *open = arg;

	for (; *piece != '\0'; piece++)
		*open += (*piece == '{') - (*piece == '}');
}

/*
 * At the last report the clock stops: where one takes longer than a tick,
 * nothing else would be done any more.
 */
static void
report(int sig)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };
	int open = 0, saved = errno;

	(void)sig;
	errno = 77;
	malloc_stats_print(brackets_count, &open, "Jeh");
	if (open != 0 || errno != 77)
		atomic_fetch_add(&wrong, 1);
	if (atomic_fetch_add(&reports, 1) + 1 >= REPORTS)
		(void)setitimer(ITIMER_PROF, &none, NULL);
	errno = saved;
}

static void *
work(void *arg)
{
	static _Thread_local void *slots[SLOTS];
	uint64_t state = (uintptr_t)arg, random;
	size_t i, size;

	while (atomic_load(&reports) < REPORTS) {
		random = test_random(&state);
		i = random % SLOTS;
		size = (random >> 16) % 3000;
		if ((random >> 32) % 32 == 0)
			size *= 1000;
		free(slots[i]);
		slots[i] = malloc(size);
	}
	for (i = 0; i < SLOTS; i++)
		free(slots[i]);
	return (NULL);
}

int
main(void)
{
	const struct itimerval tick = { { 0, TICK_US }, { 0, TICK_US } };
	struct sigaction action = { .sa_handler = report };
	pthread_t thread;

	action.sa_flags = SA_RESTART;
	if (sigaction(SIGPROF, &action, NULL) != 0 ||
	    setitimer(ITIMER_PROF, &tick, NULL) != 0 ||
	    pthread_create(&thread, NULL, work, (void *)1) != 0)
		return (1);
	work((void *)2);
	pthread_join(thread, NULL);
	printf("%s, wrong %u\n", reports >= REPORTS ? "enough reports" :
	    "too few reports", wrong);
	return (0);
}
