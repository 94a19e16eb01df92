/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads that write to small objects of their own do not write to lines that
 * others write to: not when each begins by freeing one of several neighbours
 * that one thread made, nor when it begins by allocating.
 */

#include <pthread.h>

#include <atf-c.h>

#include "../include/testutil.h"

#define	NTHREADS	4
#define	LINE		64

struct writer {
	void		*given;
	size_t		size;
	uintptr_t	own;
};

static pthread_barrier_t	barrier;

static void *
writer_run(void *arg)
{
	struct writer *writer = arg;
	void *p;
	int i;

	(void)pthread_barrier_wait(&barrier);
	free(writer->given);
	for (i = 0; i < 1000; i++)
		free(hide(malloc(writer->size)));
	p = malloc(writer->size);
	writer->own = (uintptr_t)p;
	(void)pthread_barrier_wait(&barrier);
	free(p);
	return (NULL);
}

static void
check_apart(const struct writer *writer, size_t size)
{
	int i, k;

	for (i = 0; i < NTHREADS; i++)
		for (k = 0; k < i; k++)
			ATF_CHECK_MSG(writer[i].own / LINE !=
			    writer[k].own / LINE, "size %zu: %#lx and %#lx",
			    size, (long)writer[i].own, (long)writer[k].own);
}

static void
writers_run(bool given, size_t size)
{
	struct writer writer[NTHREADS];
	pthread_t thread[NTHREADS];
	int i;

	ATF_REQUIRE_EQ(0, pthread_barrier_init(&barrier, NULL, NTHREADS));
	for (i = 0; i < NTHREADS; i++) {
		writer[i].given = given ? malloc(size) : NULL;
		writer[i].size = size;
	}
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, writer_run,
		    &writer[i]));
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], NULL));
	ATF_REQUIRE_EQ(0, pthread_barrier_destroy(&barrier));
	check_apart(writer, size);
}

ATF_TC_WITHOUT_HEAD(given);
ATF_TC_BODY(given, tc)
{
	size_t size;

	(void)tc;
	for (size = 8; size < LINE; size += 8)
		writers_run(true, size);
}

ATF_TC_WITHOUT_HEAD(own);
ATF_TC_BODY(own, tc)
{
	size_t size;

	(void)tc;
	for (size = 8; size < LINE; size += 8)
		writers_run(false, size);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, given);
	ATF_TP_ADD_TC(tp, own);
	return (atf_no_error());
}
