/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * workload NAME [PERCENT]: run one of the workloads of the benchmark.
 * workload -l: list them.  workload -p: say whose malloc this is.
 *
 * It is one program so that all workloads start alike; it knows nothing of
 * the allocator that it runs on, which a preload chooses.
 */

#include <sys/resource.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "rss.h"
#include "work.h"

#define	THREADS_MAX	64

static const struct workload workloads[] = {
	{ "lifo", work_lifo, "32 small objects, last in, first out" },
	{ "fifo", work_fifo, "32 small objects, first in, first out" },
	{ "window64", work_window64, "random frees among 100000 of 64 B" },
	{ "window256", work_window256, "random frees among 100000 of 256 B" },
	{ "window1024", work_window1024, "random frees among 100000 of 1 KiB" },
	{ "windowmix", work_windowmix, "random frees, 16 B to 1 KiB" },
	{ "handoff", work_handoff, "one thread allocates, another frees" },
	{ "handoff4", work_handoff4, "two allocate, two free" },
	{ "pass8", work_pass8, "four allocate, four free, 16 B to 512 B" },
	{ "fanout", work_fanout, "one allocates, eight free" },
	{ "heirs", work_heirs, "slots that pass to new threads, 2 at once" },
	{ "heirs8", work_heirs8, "slots that pass to new threads, 8 at once" },
	{ "server8", work_server8, "requests, a table in common, 8 threads" },
	{ "server32", work_server32, "the same, 32 threads" },
	{ "churn", work_churn, "threads of 1000 malloc/free, one by one" },
	{ "churn4", work_churn4, "threads of 1000 malloc/free, four at once" },
	{ "mixed1", work_mixed1, "mixed sizes and lifetimes, 1 thread" },
	{ "mixed2", work_mixed2, "mixed sizes and lifetimes, 2 threads" },
	{ "mixed8", work_mixed8, "mixed sizes and lifetimes, 8 threads" },
	{ "large64k", work_large64k, "64 KiB, allocated and freed" },
	{ "large1m", work_large1m, "1 MiB, allocated and freed" },
	{ "largemix", work_largemix, "8 KiB to 1 MiB, 64 live, in part used" },
	{ "huge", work_huge, "4 to 64 MiB, 4 live, in part used" },
	{ "grow", work_grow, "realloc of 16 B to 64 MiB by quarters" },
	{ "growfill", work_growfill, "the same to 16 MiB, filled as it grows" },
	{ "vectors", work_vectors, "1000 vectors growing side by side" },
	{ "lines", work_lines, "an array growing among small objects" },
	{ "calloc", work_calloc, "calloc of 16 B to 1 KiB" },
	{ "callocbig", work_callocbig, "calloc of 64 KiB to 4 MiB" },
	{ "refill", work_refill, "fill, free at random, refill larger" },
	{ "cache", work_cache, "the same, 16 B to 1 KiB and twice that" },
	{ "batch", work_batch, "batches by size, freed to and fro" },
	{ "batch8", work_batch8, "the same, 8 threads that leave some" },
	{ "simple", work_simple, "25 to 1600 of a size, freed in order" },
	{ "scratch", work_scratch, "neighbours written by 4 threads" },
	{ "thrash", work_thrash, "small objects written by 4 threads" },
	{ "replace", work_replace, "random frees, 16 B to 1 KiB, filled" },
	{ "replace4", work_replace4, "the same, 4 threads" },
	{ "stress8", work_stress8, "8 threads share, keep, end and return" },
	{ "rounds8", work_rounds8, "8 threads, rounds up to 16 B to 8 KiB" },
	{ "numbers", work_numbers, "numbers of a few digits" },
	{ "cubes", work_cubes, "sets of bit cubes, split and split again" },
	{ "bodies", work_bodies, "a few arrays, and one made each step" },
	{ "nodes4", work_nodes4, "shared nodes of 4 threads, freed late" },
	{ "blocks", work_blocks, "5 to 25 MiB, 8 live, each page used" },
};

#define	NWORKLOADS	(sizeof(workloads) / sizeof(workloads[0]))

_Noreturn void
work_fail(const char *what)
{

	fprintf(stderr, "workload: %s\n", what);
	abort();
}

/* Run n threads over an array of arguments and wait for all of them. */
void
work_threads(unsigned n, void *(*run)(void *), void *args, size_t argsize)
{
	pthread_t threads[THREADS_MAX];
	unsigned i;

	if (n > THREADS_MAX)
		work_fail("too many threads");
	for (i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, run,
		    (char *)args + i * argsize) != 0)
			work_fail("no thread");
	}
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

static void
faults_print(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_SELF, &ru) == 0)
		printf("faults %ld\n", ru.ru_minflt + ru.ru_majflt);
}

int
main(int argc, char *argv[])
{
	unsigned i, percent;
	long peak;

	if (argc == 2 && strcmp(argv[1], "-p") == 0) {
		probe_print();
		return (0);
	}
	if (argc == 2 && strcmp(argv[1], "-l") == 0) {
		for (i = 0; i < NWORKLOADS; i++)
			printf("%s\t%s\n", workloads[i].name,
			    workloads[i].what);
		return (0);
	}
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: workload -l | -p | NAME [PERCENT]\n");
		return (2);
	}
	percent = argc == 3 ? (unsigned)atoi(argv[2]) : 100;
	for (i = 0; i < NWORKLOADS; i++) {
		if (strcmp(argv[1], workloads[i].name) == 0) {
			workloads[i].run(percent);
			peak = rss_peak_kib();
			if (peak > 0)
				printf("peak_kib %ld\n", peak);
			faults_print();
			return (0);
		}
	}
	fprintf(stderr, "workload: no workload %s\n", argv[1]);
	return (2);
}
