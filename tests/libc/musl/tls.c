/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Large and strictly aligned thread-local memory, so that the dynamic linker
 * cannot use what it has in itself; and allocation before main.
 */
#include <pthread.h>

#include "check.h"

static _Thread_local char large[300000] __attribute__((aligned(4096)));
static _Thread_local char word[8] = "seven";
static void *before;

__attribute__((constructor)) static void
begin(void)
{

	before = realloc(malloc(10), 1000);
	CHECK(before != NULL);
	large[299999] = 3;
}

static void *
worker(void *arg)
{
	unsigned i;

	CHECK((uintptr_t)large % 4096 == 0 && strcmp(word, "seven") == 0);
	for (i = 0; i < sizeof(large); i++)
		CHECK(large[i] == 0);
	memset(large, 0xff, sizeof(large));
	churn(20);
	return (arg);
}

int
main(void)
{
	pthread_t thread[8];
	int i, j;

	CHECK(large[299999] == 3);
	large[299999] = 0;
	for (i = 0; i < 5; i++) {
		for (j = 0; j < 8; j++)
			CHECK(pthread_create(&thread[j], NULL, worker,
			    NULL) == 0);
		for (j = 0; j < 8; j++)
			CHECK(pthread_join(thread[j], NULL) == 0);
	}
	worker(NULL);
	free(before);
	printf("done\n");
	return (0);
}
