/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * hugework [-d | -a]: the same work each time, whatever pages are behind it.
 *
 * Prints the sum of all that it had in memory, how much of that memory was
 * huge pages, and how many of the blocks of 32 MiB and more lay on multiples
 * of 32 MiB.  With -d it is a process that may have no huge pages, with -a
 * one that has them where it asks for them.
 */
#include <sys/prctl.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	SMALL		30000
#define	LARGE		8
#define	MIB		((size_t)1 << 20)
#define	ADVISED		(1 << 1)	/* PR_THP_DISABLE_EXCEPT_ADVISED */

static struct {
	uint32_t	*p;
	size_t		words;
} small[SMALL], large[LARGE];
static uint64_t	state = 1;

static size_t
draw(size_t n)
{
	state = state * 6364136223846793005 + 1442695040888963407;
	return ((size_t)(state >> 33) % n);
}

static void
fill(uint32_t *p, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to; i++)
		p[i] = (uint32_t)(i * 2654435761 + to);
}

static uint64_t
sum(const uint32_t *p, size_t words)
{
	uint64_t s = 0;
	size_t i;

	for (i = 0; i < words; i++)
		s = s * 31 + p[i];
	return (s);
}

static void *
check(void *p)
{
	if (p == NULL)
		err(1, "no memory");
	return (p);
}

static void
small_work(void)
{
	size_t round, i, words;

	for (round = 0; round < 2; round++)
		for (i = 0; i < SMALL; i++) {
			words = 1 + draw(draw(50) == 0 ? 10000 : 300);
			if (draw(3) == 0) {
				free(small[i].p);
				small[i].p = NULL;
				small[i].words = 0;
			}
			small[i].p = check(realloc(small[i].p, words * 4));
			fill(small[i].p, small[i].words < words ?
			    small[i].words : words, words);
			small[i].words = words;
		}
}

static void
large_work(void)
{
	size_t i, j, words;

	for (i = 0; i < LARGE; i++) {
		words = (i % 4 == 2 ? 40 : 3 + draw(8)) * MIB / 4 + draw(MIB);
		large[i].p = check(i % 3 == 0 ? calloc(words, 4) :
		    malloc(words * 4));
		for (j = 0; i % 3 == 0 && j < words; j++)
			if (large[i].p[j] != 0)
				errx(1, "calloc: word %zu is not 0", j);
		fill(large[i].p, 0, words);
		large[i].words = words;
		if (i % 4 == 1) {
			words += 5 * MIB / 4;
			large[i].p = check(realloc(large[i].p, words * 4));
			fill(large[i].p, large[i].words, words);
			large[i].words = words;
		}
		if (i % 4 == 3) {
			free(large[i - 2].p);
			large[i - 2].p = NULL;
			large[i - 2].words = 0;
		}
	}
}

/* Does any object begin in [from, to)? */
static int
is_heap(uintptr_t from, uintptr_t to)
{
	size_t i;

	for (i = 0; i < SMALL; i++)
		if ((uintptr_t)small[i].p >= from &&
		    (uintptr_t)small[i].p < to)
			return (1);
	for (i = 0; i < LARGE; i++)
		if ((uintptr_t)large[i].p >= from &&
		    (uintptr_t)large[i].p < to)
			return (1);
	return (0);
}

/* KiB of huge pages in the mappings with objects; -1: it is not told. */
static long
huge(void)
{
	unsigned long from, to, kib;
	char line[512];
	int heap = 0;
	long total = 0;
	FILE *f;

	f = fopen("/proc/self/smaps", "r");
	if (f == NULL)
		return (-1);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			heap = is_heap(from, to);
		else if (heap && sscanf(line, "AnonHugePages: %lu", &kib) == 1)
			total += (long)kib;
	}
	(void)fclose(f);
	return (total);
}

int
main(int argc, char *argv[])
{
	size_t i, n = 0, aligned = 0;
	uint64_t s = 0;

	if (argc > 1) {
		if (prctl(PR_SET_THP_DISABLE, 1, argv[1][1] == 'a' ?
		    ADVISED : 0, 0, 0) != 0)
			errx(2, "the kernel has no such setting");
		(void)execv(argv[0], (char *[]){ argv[0], NULL });
		err(1, "%s", argv[0]);
	}
	small_work();
	large_work();
	for (i = 0; i < SMALL; i++)
		s = s * 31 + sum(small[i].p, small[i].words);
	for (i = 0; i < LARGE; i++) {
		s = s * 31 + sum(large[i].p, large[i].words);
		if (large[i].words * 4 < 32 * MIB)
			continue;
		n++;
		/* The allocator may have something before the object. */
		aligned += (uintptr_t)large[i].p % (32 * MIB) < 4096;
	}
	printf("sum %016llx\nhuge %ld\naligned %zu of %zu\n",
	    (unsigned long long)s, huge(), aligned, n);
	for (i = 0; i < SMALL; i++)
		free(small[i].p);
	for (i = 0; i < LARGE; i++)
		free(large[i].p);
	return (0);
}
