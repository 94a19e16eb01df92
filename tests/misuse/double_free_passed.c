/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Objects go from one thread to another, which frees one of them twice. */
#include "misuse.h"

#define	ROUNDS		8
#define	OBJECTS		512

static void *object[OBJECTS];
static pthread_barrier_t made, freed;

static void *
release(void *arg)
{
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&made);
		for (i = 0; i < OBJECTS; i++)
			free(object[i]);
		if (round == ROUNDS / 2)
			free(blame(object[OBJECTS - 9]));
		pthread_barrier_wait(&freed);
	}
	return (arg);
}

int
main(void)
{
	pthread_t thread;
	int round, i;

	pthread_barrier_init(&made, NULL, 2);
	pthread_barrier_init(&freed, NULL, 2);
	if (pthread_create(&thread, NULL, release, NULL) != 0)
		return (1);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < OBJECTS; i++)
			object[i] = malloc(64);
		pthread_barrier_wait(&made);
		pthread_barrier_wait(&freed);
	}
	pthread_join(thread, NULL);
	return (0);
}
