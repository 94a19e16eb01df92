/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * conf_churn THREADS TIMES SIZE: each thread allocates and frees SIZE bytes
 * so many times.
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>

static unsigned long	times, size;

static void *
churn(void *arg)
{
	void *volatile p;
	unsigned long i;

	for (i = 0; i < times; i++) {
		p = malloc(size);
		if (p == NULL)
			return (&times);
		free(p);
	}
	return (arg);
}

int
main(int argc, char **argv)
{
	pthread_t thread[64];
	unsigned long n, i;
	void *wrong;

	if (argc != 4)
		errx(2, "usage: conf_churn threads times size");
	n = strtoul(argv[1], NULL, 0);
	times = strtoul(argv[2], NULL, 0);
	size = strtoul(argv[3], NULL, 0);
	if (n > 64)
		errx(2, "too many threads");
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, churn, NULL) != 0)
			errx(1, "no thread");
	for (i = 0; i < n; i++)
		if (pthread_join(thread[i], &wrong) != 0 || wrong != NULL)
			errx(1, "a thread failed");
	return (0);
}
