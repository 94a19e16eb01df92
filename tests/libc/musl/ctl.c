/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * mallctl and its kin in a program that was just linked with the libc:
 * names, numbers, statistics, messages.  Arguments: an option that is a
 * number, and what it has to be.
 */
#include <malloc_np.h>

#include "check.h"

const char *malloc_conf = "narenas:3,lg_tcache_max:13";

static size_t reported;

static void
report(void *cookie, const char *s)
{

	CHECK(cookie == &reported);
	reported += strlen(s);
}

static unsigned long
number(const char *name)
{
	union {
		unsigned u;
		size_t z;
	} value = { .z = 0 };
	size_t len = sizeof(value);

	if (mallctl(name, &value, &len, NULL, 0) != 0) {
		len = sizeof(value.u);
		CHECK(mallctl(name, &value, &len, NULL, 0) == 0);
	}
	return (len == sizeof(value.u) ? value.u : value.z);
}

static void
statistics(void)
{
	size_t mib[4], n = 4, len = sizeof(size_t), before, after;
	uint64_t epoch = 1;
	void *p;

	CHECK(mallctlnametomib("stats.allocated", mib, &n) == 0);
	CHECK(mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch)) == 0);
	CHECK(mallctlbymib(mib, n, &before, &len, NULL, 0) == 0);
	p = malloc(50 << 20);
	CHECK(p != NULL);
	CHECK(mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch)) == 0);
	CHECK(mallctlbymib(mib, n, &after, &len, NULL, 0) == 0);
	CHECK(after - before >= 50 << 20 && after - before < 52 << 20);
	CHECK(malloc_usable_size(p) >= 50 << 20);
	free(p);
	malloc_stats_print(report, &reported, "");
	CHECK(reported > 10000);
}

static void
flags(void)
{
	char *p, *q;
	size_t i;

	p = mallocx(1000, MALLOCX_ALIGN(4096) | MALLOCX_ZERO);
	CHECK(p != NULL && (uintptr_t)p % 4096 == 0);
	for (i = 0; i < 1000; i++)
		CHECK(p[i] == 0);
	CHECK(sallocx(p, 0) == nallocx(1000, MALLOCX_ALIGN(4096)));
	q = rallocx(p, 100000, MALLOCX_TCACHE_NONE);
	CHECK(q != NULL && xallocx(q, 100000, 0, 0) >= 100000);
	sdallocx(q, 100000, 0);
	p = mallocx(10, 0);
	dallocx(p, 0);
}

static void
others(void)
{
	char *p;
	void *q = &p;

	p = calloc(100, 100);
	CHECK(p != NULL && p[0] == 0 && p[9999] == 0);
	p = reallocarray(p, 200, 100);
	CHECK(p != NULL && reallocarray(p, (size_t)-1, 2) == NULL);
	p = reallocf(p, 10);
	free_sized(p, 10);
	p = recallocarray(NULL, 0, 3, 8);
	p = recallocarray(p, 3, 30, 8);
	CHECK(p != NULL && p[239] == 0);
	free(p);
	CHECK(posix_memalign(&q, 3, 1) != 0 && q == &p);
	CHECK(posix_memalign(&q, 1024, 1) == 0 && (uintptr_t)q % 1024 == 0);
	free_aligned_sized(q, 1024, 1);
	p = aligned_alloc(64, 640);
	CHECK((uintptr_t)p % 64 == 0);
	free(p);
	p = valloc(1);
	CHECK((uintptr_t)p % 4096 == 0);
	free(p);
	p = pvalloc(5000);
	CHECK((uintptr_t)p % 4096 == 0 && malloc_usable_size(p) >= 8192);
	free(p);
}

int
main(int argc, char **argv)
{

	for (; argc > 2; argc -= 2, argv += 2)
		if (number(argv[1]) != strtoul(argv[2], NULL, 10)) {
			printf("%s is %lu\n", argv[1], number(argv[1]));
			return (1);
		}
	statistics();
	flags();
	others();
	churn(1000);
	printf("done\n");
	return (0);
}
