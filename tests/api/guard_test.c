/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Every slab and every large object between guards: who leaves one is
 * stopped by the processor.
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <signal.h>

#include "../include/testutil.h"

extern const char *malloc_conf;
const char *malloc_conf = "san_guard_small:1,san_guard_large:1";

/* How a process ends that writes there. */
static bool
faults(char *p)
{
	const struct rlimit none = { 0, 0 };
	int status;
	pid_t pid;

	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		if (setrlimit(RLIMIT_CORE, &none) != 0)
			_exit(1);
		signal(SIGSEGV, SIG_DFL);
		*(volatile char *)p = 1;
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* Guards are the kernel's pages: up to the next one there may be room. */
static size_t
page_end(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return ((size + page - 1) / page * page);
}

static const size_t sizes[] = { 20 * KIB, 64 * KIB, 512 * KIB, MIB,
    2 * MIB - 4 * KIB, 2 * MIB, 5 * MIB };
#define	NSIZES	(sizeof(sizes) / sizeof(sizes[0]))

ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	unsigned i, round;
	char *p;

	for (round = 0; round < 3; round++)
		for (i = 0; i < NSIZES; i++) {
			p = hide(round == 1 ? calloc(1, sizes[i]) :
			    malloc(sizes[i]));
			ATF_REQUIRE(p != NULL);
			pattern_fill(p, sizes[i], i);
			ATF_CHECK(faults(p - 1));
			ATF_CHECK(faults(p + page_end(sizes[i])));
			ATF_CHECK(!faults(p + sizes[i] - 1));
			free(p);
		}
}

/* What realloc does with one keeps its contents. */
ATF_TC_WITHOUT_HEAD(resized);
ATF_TC_BODY(resized, tc)
{
	unsigned i, k;
	size_t least;
	char *p;

	for (i = 0; i < NSIZES; i++)
		for (k = 0; k < NSIZES; k++) {
			p = malloc(sizes[i]);
			ATF_REQUIRE(p != NULL);
			pattern_fill(p, sizes[i], i);
			p = realloc(p, sizes[k]);
			ATF_REQUIRE(p != NULL);
			least = sizes[i] < sizes[k] ? sizes[i] : sizes[k];
			ATF_CHECK_EQ(least, pattern_check(p, least, i));
			pattern_fill(p, sizes[k], k);
			free(p);
		}
}

/* From any small object no more than 64 KiB on there is a guard. */
ATF_TC_WITHOUT_HEAD(small);
ATF_TC_BODY(small, tc)
{
	size_t size, i;
	char *p;

	for (size = 16; size <= 16 * KIB; size *= 4) {
		p = malloc(size);
		ATF_REQUIRE(p != NULL);
		for (i = 0; i <= 64 * KIB && !faults(p + i); i += 4 * KIB)
			;
		ATF_CHECK_MSG(i <= 64 * KIB, "%zu bytes", size);
		free(p);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, resized);
	ATF_TP_ADD_TC(tp, small);
	return (atf_no_error());
}
