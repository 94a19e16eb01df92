/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * prof_work WHAT...: does each of these in turn, for profiles of it.
 *
 *	deep N		an object at the end of so many calls, which stays
 *	pieces N	so many MiB of 1000 bytes each, which are freed
 *	keep N		so many objects of 1000 bytes, which stay
 *	grow N		so many objects of pages, made larger and freed
 *	lead NAME	the system has this name for the thread from now on
 *	thread N	keep N, by another thread
 *	fork N		keep N in a child, which exits as programs do
 *	dump FILE	a profile
 *	read NAME	what mallctl() says of a bool, or its error
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc_np.h"

static void *volatile kept[10000];
static unsigned nkept;

static __attribute__((noinline)) void
keep(unsigned long n)
{
	while (n-- > 0)
		kept[nkept++ % 10000] = malloc(1000);
}

static __attribute__((noinline)) int
deep(unsigned long n)
{
	volatile int result = 0;

	if (n == 0)
		keep(1);
	else
		result = deep(n - 1) + 1;
	return (result);
}

static void
pieces(unsigned long n)
{
	for (n = n * 1048576 / 1000; n > 0; n--) {
		kept[0] = malloc(1000);
		free(kept[0]);
	}
}

static void
grow(unsigned long n)
{
	static void *volatile grown[1000];
	unsigned long i;

	for (i = 0; i < n && i < 1000; i++)
		grown[i] = malloc(20000);
	while (i-- > 0) {
		grown[i] = realloc(grown[i], 200000);
		free(grown[i]);
	}
}

static void *
thread_keep(void *arg)
{
	keep((unsigned long)(uintptr_t)arg);
	return (NULL);
}

static void
thread(unsigned long n)
{
	pthread_t other;

	if (pthread_create(&other, NULL, thread_keep, (void *)n) != 0)
		errx(1, "no thread");
	(void)pthread_join(other, NULL);
}

static void
child(unsigned long n)
{
	pid_t pid = fork();

	if (pid == 0) {
		keep(n);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		err(1, "fork");
}

static void
read_name(const char *name)
{
	bool value;
	size_t len = sizeof(value);
	int error = mallctl(name, &value, &len, NULL, 0);

	printf("%s: %s\n", name, error != 0 ? strerror(error) :
	    value ? "true" : "false");
}

static void
dump(const char *file)
{
	int error = mallctl("prof.dump", NULL, NULL, &file, sizeof(file));

	if (error != 0)
		errx(1, "prof.dump: %s", strerror(error));
}

int
main(int argc, char **argv)
{
	static const struct {
		const char	*name;
		void		(*number)(unsigned long);
		void		(*text)(const char *);
	} all[] = {
		{ "pieces", pieces, NULL }, { "keep", keep, NULL },
		{ "grow", grow, NULL },
		{ "thread", thread, NULL }, { "fork", child, NULL },
		{ "dump", NULL, dump }, { "read", NULL, read_name }
	};
	size_t k;

	for (; argc >= 3; argc -= 2, argv += 2) {
		if (strcmp(argv[1], "deep") == 0)
			(void)deep(strtoul(argv[2], NULL, 10));
		if (strcmp(argv[1], "lead") == 0)
			(void)prctl(PR_SET_NAME, argv[2]);
		for (k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
			if (strcmp(argv[1], all[k].name) != 0)
				continue;
			if (all[k].number != NULL)
				all[k].number(strtoul(argv[2], NULL, 10));
			else
				all[k].text(argv[2]);
		}
	}
	return (0);
}
