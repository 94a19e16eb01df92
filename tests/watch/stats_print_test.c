/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watch/ctl.h"

void	*bas_malloc(size_t);
void	bas_free(void *);
int	bas_mallctl(const char *, void *, size_t *, void *, size_t);
void	bas_malloc_stats_print(void (*)(void *, const char *), void *,
	    const char *);
extern void	(*bas_malloc_message)(void *, const char *);

static char	report[1 << 20];

static void
keep(void *arg, const char *piece)
{
	ATF_CHECK_EQ(report, arg);
	ATF_REQUIRE(strlen(report) + strlen(piece) < sizeof(report));
	strcat(report, piece);
}

static const char *
print(const char *opts)
{
	report[0] = '\0';
	bas_malloc_stats_print(keep, report, opts);
	return (report);
}

static bool
has(const char *what)
{
	return (strstr(report, what) != NULL);
}

static void
heap_make(void)
{
	size_t i;

	for (i = 1; i <= 5000; i++)
		memset(bas_malloc(i), 1, i);
	memset(bas_malloc(100000), 1, 100000);
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	static const char begin[] = "___ Begin basalt statistics ___\n"
	    "Version: \"", end[] = "--- End basalt statistics ---\n";
	const char *summary;
	size_t n[7];

	heap_make();
	print(NULL);
	ATF_CHECK_EQ(0, strncmp(report, begin, strlen(begin)));
	ATF_CHECK_STREQ(end, report + strlen(report) - strlen(end));
	ATF_CHECK(has("\nBuild-time option settings\n  config."));
	ATF_CHECK(has("\n  config.debug: true\n"));
	ATF_CHECK(has("\nRun-time option settings\n"));
	ATF_CHECK(has("\n  opt.dirty_decay_ms: 10000 "
	    "(arenas.dirty_decay_ms: 10000)\n"));
	ATF_CHECK(has("\n  opt.background_thread: false "
	    "(background_thread: false)\n"));
	ATF_CHECK(has("\n  opt.junk: \"true\"\n"));
	ATF_CHECK(has("\nQuantum size: 16\nPage size: 4096\n"));
	summary = strstr(report, "\nAllocated: ");
	ATF_REQUIRE(summary != NULL);
	ATF_CHECK_EQ(7, sscanf(summary, "\nAllocated: %zu, active: %zu, "
	    "metadata: %zu (n_thp %zu), resident: %zu, mapped: %zu, "
	    "retained: %zu\n", &n[0], &n[1], &n[2], &n[3], &n[4], &n[5],
	    &n[6]));
	/* One to 5000 bytes. */
	ATF_CHECK(n[0] > 5000 * 5001 / 2 && n[0] < 2 * 5000 * 5001 / 2);
	ATF_CHECK(n[1] >= n[0] && n[4] >= n[1]);
	ATF_CHECK(has("\nCount of realloc(non-null-ptr, 0) calls: 0\n"));
	ATF_CHECK(has("\narenas[0]:\nassigned threads: 1\n"));
	ATF_CHECK(has("\nbins:           size ind    allocated"));
	ATF_CHECK(has("\nlarge:          size ind    allocated"));
	ATF_CHECK(has("\nHPA shard stats:\n"));
	/* What was not used is one line. */
	ATF_CHECK(has("                     ---\n"));
	ATF_CHECK(!has("---\n                     ---\n"));
}

ATF_TC_WITHOUT_HEAD(letters);
ATF_TC_BODY(letters, tc)
{
	heap_make();
	print("g");
	ATF_CHECK(!has("Version:") && !has("opt.") && !has("Page size"));
	ATF_CHECK(has("Allocated: ") && has("arenas[0]:"));
	print("a");
	ATF_CHECK(has("Merged arenas stats:") && !has("arenas[0]:"));
	print("am");
	ATF_CHECK(!has("Merged arenas stats:") && !has("arenas[0]:"));
	ATF_CHECK(has("Allocated: "));
	print("b");
	ATF_CHECK(!has("\nbins:") && has("\nlarge:          size"));
	print("l");
	ATF_CHECK(has("\nbins:") && !has("\nlarge:          size"));
	print("h");
	ATF_CHECK(!has("HPA shard"));
	/* Nothing of these yet, nor of letters that mean nothing. */
	print("dxez?Z");
	ATF_CHECK(has("Version:") && has("arenas[0]:") && has("\nbins:"));
}

/* Is that true of the report in JSON? */
static void
json_check(const char *opts, const char *filter)
{
	char command[1024];
	FILE *f;

	f = fopen("report.json", "w");
	ATF_REQUIRE(f != NULL);
	fputs(print(opts), f);
	fclose(f);
	snprintf(command, sizeof(command),
	    "jq -e '%s' report.json >/dev/null", filter);
	ATF_CHECK_MSG(system(command) == 0, "%s: not true: %s", opts,
	    filter);
}

ATF_TC(json);
ATF_TC_HEAD(json, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "jq");
}
ATF_TC_BODY(json, tc)
{
	heap_make();
	json_check("J", "keys == [\"jemalloc\"]");
	json_check("J", ".jemalloc.version | test(\"^[0-9.]+-[0-9]+-g\")");
	json_check("J", ".jemalloc | keys == [\"arenas\", \"config\", "
	    "\"opt\", \"stats\", \"stats.arenas\", \"version\"]");
	json_check("J", ".jemalloc.config.debug == true");
	json_check("J", ".jemalloc.opt | .junk == \"true\" and "
	    ".dirty_decay_ms == 10000 and .tcache == true and "
	    ".stats_print_opts == \"\"");
	json_check("J", ".jemalloc.arenas | (.bin | length) == .nbins and "
	    "(.lextent | length) == .nlextents");
	json_check("J", ".jemalloc.arenas.bin | .[1].size == 16 and "
	    "all(.nregs >= 1 and .nregs * .size <= .slab_size and "
	    ".nshards == 1)");
	json_check("J", ".jemalloc | .stats.allocated == "
	    "([.[\"stats.arenas\"][] | .small.allocated + "
	    ".large.allocated] | add)");
	json_check("J", ".jemalloc as $j | $j[\"stats.arenas\"][\"0\"] | "
	    ".small.allocated == ([.bins, $j.arenas.bin] | transpose | "
	    "map(.[0].curregs * .[1].size) | add)");
	json_check("J", ".jemalloc as $j | $j[\"stats.arenas\"][\"0\"] | "
	    "(.bins | length) == $j.arenas.nbins and "
	    "(.lextents | length) == $j.arenas.nlextents and "
	    ".hpa_shard.npageslabs > 0");
	json_check("J", "[.. | select(type == \"null\")] == []");
	json_check("Jg", ".jemalloc | keys == [\"stats\", "
	    "\"stats.arenas\"]");
	json_check("Jam", ".jemalloc | has(\"stats.arenas\") | not");
	json_check("Ja", ".jemalloc[\"stats.arenas\"] | "
	    "keys == [\"merged\"]");
	json_check("Jblh", ".jemalloc[\"stats.arenas\"][\"0\"] | "
	    "has(\"bins\") or has(\"lextents\") or has(\"hpa_shard\") | "
	    "not");
	/* One line. */
	ATF_CHECK_EQ(report + strlen(report) - 1, strchr(report, '\n'));
}

ATF_TC_WITHOUT_HEAD(epoch_and_errno);
ATF_TC_BODY(epoch_and_errno, tc)
{
	uint64_t before, after;
	size_t len = sizeof(before);

	bas_mallctl("epoch", &before, &len, NULL, 0);
	errno = 77;
	print("J");
	ATF_CHECK_EQ(77, errno);
	bas_mallctl("epoch", &after, &len, NULL, 0);
	ATF_CHECK_EQ(before + 1, after);
}

static void
message_keep(void *arg, const char *text)
{
	ATF_CHECK_EQ(NULL, arg);
	keep(report, text);
}

/* Without a callback it goes where messages go. */
ATF_TC_WITHOUT_HEAD(no_callback);
ATF_TC_BODY(no_callback, tc)
{
	report[0] = '\0';
	bas_malloc_message = message_keep;
	bas_malloc_stats_print(NULL, NULL, NULL);
	ATF_CHECK(has("___ Begin basalt statistics ___\n"));
	ATF_CHECK(has("--- End basalt statistics ---\n"));
}

/* The callback may allocate: nothing is held over it. */
static void
allocate(void *arg, const char *piece)
{
	size_t len = strlen(piece);
	char *copy = bas_malloc(len + 1);
	uint64_t epoch;

	memcpy(copy, piece, len + 1);
	bas_free(copy);
	len = sizeof(epoch);
	ATF_CHECK_EQ(0, bas_mallctl("epoch", &epoch, &len, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("stats.arenas.4096.pactive", NULL, NULL,
	    NULL, 0));
	++*(int *)arg;
}

ATF_TC_WITHOUT_HEAD(callback_allocates);
ATF_TC_BODY(callback_allocates, tc)
{
	int n = 0;

	heap_make();
	bas_malloc_stats_print(allocate, &n, NULL);
	ATF_CHECK(n > 1);
}

static void
count_braces(void *arg, const char *piece)
{
	int *depth = arg;

	for (; *piece != '\0'; piece++)
		*depth += (*piece == '{') - (*piece == '}');
}

static void *
print_often(void *arg)
{
	int *wrong = arg, depth, i;

	for (i = 0; i < 50; i++) {
		depth = 0;
		bas_malloc_stats_print(count_braces, &depth, "J");
		*wrong += depth != 0;
		bas_free(bas_malloc(1000));
	}
	return (NULL);
}

/* Reports do not get mixed up. */
ATF_TC_WITHOUT_HEAD(threads_print);
ATF_TC_BODY(threads_print, tc)
{
	pthread_t threads[4];
	int wrong[4] = { 0 }, i;

	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&threads[i], NULL,
		    print_often, &wrong[i]));
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ATF_CHECK_EQ(0, wrong[i]);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, letters);
	ATF_TP_ADD_TC(tp, json);
	ATF_TP_ADD_TC(tp, epoch_and_errno);
	ATF_TP_ADD_TC(tp, no_callback);
	ATF_TP_ADD_TC(tp, callback_allocates);
	ATF_TP_ADD_TC(tp, threads_print);
	return (atf_no_error());
}
