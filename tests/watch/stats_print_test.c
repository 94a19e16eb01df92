/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../include/names.h"
#include "heap/arena.h"
#include "os/os_fake.h"
#include "util/options.h"
#include "watch/ctl.h"
#include "watch/stats_room.h"

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

/* Huge pages of several sizes, and of none. */
ATF_TC_WITHOUT_HEAD(huge_sizes);
ATF_TC_BODY(huge_sizes, tc)
{
	heap_make();
	_bas_os_fake_hugepages((uint64_t)1 << 29 | (uint64_t)1 << 16);
	print(NULL);
	ATF_CHECK(has("\n  system.thp_sizes: \"65536 536870912\"\n"));
	print("J");
	ATF_CHECK(has("\"thp_sizes\":\"65536 536870912\""));
	_bas_os_fake_hugepages(0);
	print(NULL);
	ATF_CHECK(has("\n  system.thp_sizes: \"none\"\n"));
	print("J");
	ATF_CHECK(has("\"thp_sizes\":\"none\""));
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	static const char begin[] = "___ Begin jemalloc statistics ___\n"
	    "Version: \"", end[] = "--- End jemalloc statistics ---\n";
	const char *summary;
	size_t n[10];

	heap_make();
	print(NULL);
	ATF_CHECK_EQ(0, strncmp(report, begin, strlen(begin)));
	ATF_CHECK_STREQ(end, report + strlen(report) - strlen(end));
	ATF_CHECK(has("\nBuild-time option settings\n  config."));
	ATF_CHECK(has("\n  config.debug: true\n"));
	ATF_CHECK(has("\nSystem configuration\n"
	    "  system.thp_mode: \"madvise\"\n"
	    "  system.thp_sizes: \"2097152\"\n"));
	ATF_CHECK(has("\nRun-time option settings\n"));
	ATF_CHECK(has("\n  opt.dirty_decay_ms: 10000 "
	    "(arenas.dirty_decay_ms: 10000)\n"));
	ATF_CHECK(has("\n  opt.background_thread: false "
	    "(background_thread: false)\n"));
	ATF_CHECK(has("\n  opt.junk: \"true\"\n"));
	ATF_CHECK(has("\n  opt.hpa_dirty_mult: \"0.25\"\n"));
	ATF_CHECK(has("\nQuantum size: 16\nPage size: 4096\n"));
	summary = strstr(report, "\nAllocated: ");
	ATF_REQUIRE(summary != NULL);
	ATF_CHECK_EQ(10, sscanf(summary, "\nAllocated: %zu, active: %zu, "
	    "metadata: %zu (n_thp %zu, edata %zu, rtree %zu), "
	    "resident: %zu, mapped: %zu, retained: %zu, pinned: %zu\n",
	    &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8],
	    &n[9]));
	/* One to 5000 bytes. */
	ATF_CHECK(n[0] > 5000 * 5001 / 2 && n[0] < 2 * 5000 * 5001 / 2);
	ATF_CHECK(n[1] >= n[0] && n[6] >= n[1]);
	ATF_CHECK(n[4] + n[5] <= n[2]);
	ATF_CHECK(has("\nCount of realloc(non-null-ptr, 0) calls: 0\n"));
	ATF_CHECK(has("\narenas[0]:\nname: \"auto_0\"\n"
	    "assigned threads: 1\n"));
	ATF_CHECK(has("\ndss allocation precedence: \"secondary\"\n"));
	ATF_CHECK(has("\nBackground threads: 0, num_runs: 0, "
	    "run_interval: 0 ns\n"));
	ATF_CHECK(has("\nbins:           size ind    allocated"));
	ATF_CHECK(has("\nlarge:          size ind    allocated"));
	ATF_CHECK(has("\nextents:        size ind"));
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
	print("e");
	ATF_CHECK(!has("\nextents:") && has("\nHPA shard stats:"));
	print("h");
	ATF_CHECK(!has("HPA shard") && !has("small extent cache"));
	ATF_CHECK(has("n_lock_ops") && has("\nextents_dirty  "));
	print("x");
	ATF_CHECK(!has("n_lock_ops") && !has("\nextents_dirty  "));
	ATF_CHECK(has("\nbins:") && has("nreslabs"));
	/* Letters that mean nothing, and none of what was destroyed. */
	print("dz?Z");
	ATF_CHECK(has("Version:") && has("arenas[0]:") && has("\nbins:"));
	ATF_CHECK(!has("Destroyed"));
}

static void
json_write(const char *opts)
{
	FILE *f;

	f = fopen("report.json", "w");
	ATF_REQUIRE(f != NULL);
	fputs(print(opts), f);
	fclose(f);
}

/* Is that true of the report in JSON? */
static void
json_check(const char *opts, const char *filter)
{
	char command[1024];

	json_write(opts);
	snprintf(command, sizeof(command),
	    "jq -e '%s' report.json >/dev/null", filter);
	ATF_CHECK_MSG(system(command) == 0, "%s: not true: %s", opts,
	    filter);
}

/* Are all keys there and no others, with values of the right types? */
static void
json_shape(const char *opts, const char *views)
{
	char command[1024], said[256];
	FILE *f;

	json_write(opts);
	snprintf(command, sizeof(command), "jq -r --arg letters '%s' "
	    "--arg views '%s' -f %s/tests/watch/stats_shape.jq report.json",
	    opts, views, getenv("BASALT_SRCTOP"));
	f = popen(command, "r");
	ATF_REQUIRE(f != NULL);
	while (fgets(said, sizeof(said), f) != NULL)
		atf_tc_fail_nonfatal("%s: %s", opts, said);
	ATF_CHECK_EQ(0, pclose(f));
}

/* Fractions read as they are written. */
ATF_TC_WITHOUT_HEAD(ratios);
ATF_TC_BODY(ratios, tc)
{

	_bas_options.hpa_dirty_mult = OPTIONS_RATIO_NONE;
	print("am");
	ATF_CHECK(has("\n  opt.hpa_dirty_mult: \"-1\"\n"));
	_bas_options.hpa_dirty_mult = 3 * OPTIONS_RATIO_ONE;
	print("am");
	ATF_CHECK(has("\n  opt.hpa_dirty_mult: \"3.0\"\n"));
	_bas_options.hpa_dirty_mult = 65535 * OPTIONS_RATIO_ONE + 1;
	print("am");
	ATF_CHECK(has("\n  opt.hpa_dirty_mult: "
	    "\"65535.0000152587890625\"\n"));
}

ATF_TC(json);
ATF_TC_HEAD(json, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "jq");
}
ATF_TC_BODY(json, tc)
{
	heap_make();
	bas_free(bas_malloc(1 << 20));
	bas_free(bas_malloc(3 << 19));
	json_check("J", "keys == [\"jemalloc\"]");
	json_check("J", ".jemalloc.version | test(\"^[0-9.]+-[0-9]+-g\")");
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
	/* Superpages add up by what they are full of, pages by runs. */
	json_check("J", ".jemalloc[\"stats.arenas\"][\"0\"] | .hpa_shard "
	    "as $h | all($h.slabs | keys[]; . as $k | $h.slabs[$k] == "
	    "([$h.full_slabs, $h.empty_slabs, $h.nonfull_slabs[]] | "
	    "map(.[$k]) | add))");
	json_check("J", ".jemalloc[\"stats.arenas\"][\"0\"] | .hpa_shard "
	    "as $h | $h.npageslabs == $h.slabs.npageslabs_huge + "
	    "$h.slabs.npageslabs_nonhuge and $h.nactive == "
	    "$h.slabs.nactive_huge + $h.slabs.nactive_nonhuge");
	json_check("J", ".jemalloc[\"stats.arenas\"][\"0\"] | "
	    ".pdirty > 0 and .pdirty * 4096 == "
	    "([.extents[].dirty_bytes] | add)");
	json_check("J", "[.. | select(type == \"null\")] == []");
	json_check("J", ".jemalloc[\"stats.arenas\"][\"0\"] | "
	    "(.extents | length) == 199 and "
	    "(.hpa_shard.nonfull_slabs | length) == 64");
	/* One line. */
	ATF_CHECK_EQ(report + strlen(report) - 1, strchr(report, '\n'));
}

/* What programs look up is there, each letter leaves out its own. */
ATF_TC(shape);
ATF_TC_HEAD(shape, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "jq");
}
ATF_TC_BODY(shape, tc)
{
	char views[32];
	unsigned i;

	heap_make();
	json_shape("J", "0");
	json_shape("Ja", "merged");
	json_shape("Jmg", "0");
	json_shape("Jadm", "");
	json_shape("Jb", "0");
	json_shape("Jl", "0");
	json_shape("Jx", "0");
	json_shape("Je", "0");
	json_shape("Jh", "0");
	json_shape("Jgblxeh", "0");
	/* Of several arenas there is a sum, of those destroyed too. */
	ATF_REQUIRE_EQ(0, _bas_arena_create(NULL, &i));
	snprintf(views, sizeof(views), "merged 0 %u", i);
	json_shape("J", views);
	json_shape("Jm", views + strlen("merged "));
	ATF_REQUIRE_EQ(0, _bas_arena_destroy(i));
	json_shape("J", "0 destroyed");
	json_shape("Jd", "0");
	json_shape("Jgam", "destroyed");
	print("g");
	ATF_CHECK(has("\nDestroyed arenas stats:\n"));
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
	ATF_CHECK(has("___ Begin jemalloc statistics ___\n"));
	ATF_CHECK(has("--- End jemalloc statistics ---\n"));
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

/* A report in the midst of a report, and so on until rooms run out. */
static char	nested[8][1 << 20];
static int	reports;

static void
print_nested(void *arg, const char *piece)
{
	bool first = *(char *)arg == '\0';

	ATF_REQUIRE(strlen(arg) + strlen(piece) < sizeof(nested[0]));
	strcat(arg, piece);
	if (first && ++reports < 8)
		bas_malloc_stats_print(print_nested, nested[reports], "b");
}

ATF_TC_WITHOUT_HEAD(callback_prints);
ATF_TC_BODY(callback_prints, tc)
{
	const char *const end = "--- End jemalloc statistics ---\n";
	const char *text;
	int i, whole = 0;

	heap_make();
	bas_malloc_stats_print(print_nested, nested[0], "b");
	ATF_CHECK_EQ(8, reports);
	for (i = 0; i < 8; i++) {
		text = nested[i];
		ATF_CHECK_STREQ(end, text + strlen(text) - strlen(end));
		ATF_CHECK(strstr(text, "Allocated: ") != NULL);
		ATF_CHECK((strstr(text, "arenas[0]:") != NULL) !=
		    (strstr(text, "arenas are left out") != NULL));
		whole += strstr(text, "arenas[0]:") != NULL;
	}
	ATF_CHECK(whole >= 2);
	/* Nothing stays taken. */
	print(NULL);
	ATF_CHECK(has("arenas[0]:") && !has("arenas are left out"));
}

/* A child of fork has the rooms of reports that its threads do not end. */
ATF_TC_WITHOUT_HEAD(rooms_mend);
ATF_TC_BODY(rooms_mend, tc)
{

	heap_make();
	while (_bas_stats_room_take() != NULL)
		;
	print("m");
	ATF_CHECK(!has("arenas[0]:") && has("arenas are left out"));
	print("mad");
	ATF_CHECK(!has("arenas are left out"));
	_bas_stats_room_mend();
	print("m");
	ATF_CHECK(has("arenas[0]:"));
}

static void
add_length(void *arg, const char *piece)
{
	*(size_t *)arg += strlen(piece);
}

static void *
print_small(void *arg)
{
	bas_malloc_stats_print(add_length, arg, "");
	bas_malloc_stats_print(add_length, arg, "J");
	return (NULL);
}

/* A small stack is enough. */
ATF_TC_WITHOUT_HEAD(small_stack);
ATF_TC_BODY(small_stack, tc)
{
	pthread_attr_t attr;
	pthread_t thread;
	size_t len = 0, stack = 16384;

	/* Where registers are large, so is the least stack. */
	if (stack < (size_t)PTHREAD_STACK_MIN)
		stack = PTHREAD_STACK_MIN;
	heap_make();
	ATF_REQUIRE_EQ(0, pthread_attr_init(&attr));
	ATF_REQUIRE_EQ(0, pthread_attr_setstacksize(&attr, stack));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, &attr, print_small, &len));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK(len > 10000);
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
	ATF_TP_ADD_TC(tp, huge_sizes);
	ATF_TP_ADD_TC(tp, letters);
	ATF_TP_ADD_TC(tp, ratios);
	ATF_TP_ADD_TC(tp, json);
	ATF_TP_ADD_TC(tp, shape);
	ATF_TP_ADD_TC(tp, epoch_and_errno);
	ATF_TP_ADD_TC(tp, no_callback);
	ATF_TP_ADD_TC(tp, callback_allocates);
	ATF_TP_ADD_TC(tp, callback_prints);
	ATF_TP_ADD_TC(tp, rooms_mend);
	ATF_TP_ADD_TC(tp, small_stack);
	ATF_TP_ADD_TC(tp, threads_print);
	return (atf_no_error());
}
