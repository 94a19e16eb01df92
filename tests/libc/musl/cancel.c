/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A cancellation that is due waits for a cancellation point, and malloc is
 * none: not at its start, not with statistics or messages.
 */
#include <malloc_np.h>
#include <pthread.h>
#include <unistd.h>

#include "check.h"

static int arrived;

static void
report(void *cookie, const char *s)
{

	(void)cookie;
	(void)s;
}

static void *
worker(void *arg)
{
	uint64_t epoch = 1;
	void *p;

	(void)arg;
	CHECK(pthread_cancel(pthread_self()) == 0);
	churn(50);
	p = malloc(100 << 20);
	CHECK(p != NULL);
	p = realloc(p, 200 << 20);
	free(p);
	CHECK(mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch)) == 0);
	CHECK(mallctl("arena.0.purge", NULL, NULL, NULL, 0) == 0);
	CHECK(mallctl("thread.tcache.flush", NULL, NULL, NULL, 0) == 0);
	malloc_stats_print(report, NULL, "");
	arrived = 1;
	pthread_testcancel();
	CHECK(!"reached");
	return (NULL);
}

int
main(void)
{
	pthread_t thread;
	void *result;

	/* The first allocation of all, with the options still to be read. */
	CHECK(pthread_create(&thread, NULL, worker, NULL) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(arrived && result == PTHREAD_CANCELED);
	churn(10);
	printf("done\n");
	return (0);
}
