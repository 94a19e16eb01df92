/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * tsan_background [rounds]: threads allocate and free, and come and go, while
 * others switch the allocator's own threads on and off and change how many
 * there may be.  At the end they are on, must purge what is left, and go.
 *
 * Built with BAS_PREFIXED it calls bas_malloc and so on.
 */
#include <sys/types.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../include/names.h"

const char *NAME(malloc_conf) = "background_thread:true,narenas:12,"
    "dirty_decay_ms:20,max_background_threads:3";

#define	NWORKERS	4
#define	NBLOCKS		400

static unsigned		nrounds = 60;
static _Atomic unsigned	running, switched, wrong;

static void *
work(void *arg)
{
	uint64_t x = (uintptr_t)arg * 0x9e3779b97f4a7c15ULL + 1;
	void *block[NBLOCKS] = { NULL };
	unsigned i;
	size_t size;

	for (i = 0; i < NBLOCKS * 10; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		size = (size_t)1 << (4 + (x >> 40) % 12);
		NAME(free)(block[i % NBLOCKS]);
		block[i % NBLOCKS] = NAME(malloc)(size);
		if (block[i % NBLOCKS] == NULL)
			wrong++;
		else
			memset(block[i % NBLOCKS], 1, 16);
	}
	for (i = 0; i < NBLOCKS; i++)
		NAME(free)(block[i]);
	return (NULL);
}

static void *
come_and_go(void *arg)
{
	pthread_t thread;
	unsigned i;

	for (i = 0; i < nrounds / 10; i++) {
		if (pthread_create(&thread, NULL, work, arg) != 0) {
			wrong++;
			break;
		}
		pthread_join(thread, NULL);
	}
	running--;
	return (NULL);
}

static void
set_on(bool on)
{

	if (NAME(mallctl)("background_thread", NULL, NULL, &on,
	    sizeof(on)) != 0)
		wrong++;
	switched++;
}

static size_t
number(const char *name)
{
	size_t n = 0, len = sizeof(n);
	uint64_t epoch = 1;

	if (NAME(mallctl)("epoch", NULL, NULL, &epoch, sizeof(epoch)) != 0 ||
	    NAME(mallctl)(name, &n, &len, NULL, 0) != 0)
		wrong++;
	return (n);
}

static void *
toggle(void *arg)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	size_t max;
	unsigned i;

	for (i = 0; i < nrounds || running != 0; i++) {
		set_on(i % 3 != 0);
		max = 1 + i % 3;
		if (NAME(mallctl)("max_background_threads", NULL, NULL, &max,
		    sizeof(max)) != 0)
			wrong++;
		if (number("stats.background_thread.num_threads") > 3)
			wrong++;
		nanosleep(&nap, NULL);
	}
	return (arg);
}

int
main(int argc, char *argv[])
{
	const struct timespec nap = { .tv_nsec = 20 * 1000000 };
	pthread_t thread[NWORKERS + 2];
	unsigned i;

	if (argc > 1)
		nrounds = (unsigned)atoi(argv[1]);
	running = NWORKERS;
	for (i = 0; i < NWORKERS + 2; i++)
		if (pthread_create(&thread[i], NULL, i < NWORKERS ?
		    come_and_go : toggle, (void *)(uintptr_t)i) != 0)
			return (2);
	for (i = 0; i < NWORKERS + 2; i++)
		pthread_join(thread[i], NULL);
	set_on(true);
	/* For as long as it takes: who waits in vain sees a time-out. */
	while (number("stats.arenas.4096.pdirty") != 0)
		nanosleep(&nap, NULL);
	set_on(false);
	if (number("stats.background_thread.num_threads") != 0)
		wrong++;
	printf("switched %u times, %u wrong\n", switched, wrong);
	return (wrong != 0);
}
