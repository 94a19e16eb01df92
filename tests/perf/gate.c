/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * gatecheck: has anything become more than the record allows?
 *
 * It takes what a run does not change: instructions of the library alone,
 * and resident memory at its peak.  All runs are on one processor, so that
 * the machine's number of them plays no part.
 */

#include <sys/prctl.h>

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate.h"

#define	ALLOWED		0.03	/* a figure may rise or fall by */
/*
 * Pages that the kernel has counted and not yet added up, KiB: it keeps up
 * to 64 in hand, and the peak may have been before it added them.
 */
#define	UNSEEN		128
#define	PEAK_RUNS	3

#define	KERNEL_THP	"/sys/kernel/mm/transparent_hugepage/enabled"

struct arguments {
	const char	*library;	/* -b */
	const char	*compiler;	/* -c */
	const char	*names;		/* -n */
	const char	*record;	/* -r */
	bool		write;		/* -w */
};

static _Noreturn void
usage(void)
{

	fprintf(stderr, "usage: gatecheck [-w] -b library [-c compiler]"
	    " [-n names] -r record\n"
	    "\t-c  that made the library: instructions are compared only with"
	    " a record\n\t    of the same one\n"
	    "\t-n  these figures alone\n"
	    "\t-w  write the record\n");
	exit(2);
}

static void
parse(struct arguments *args, int argc, char *argv[])
{
	int ch;

	while ((ch = getopt(argc, argv, "b:c:n:r:w")) != -1) {
		switch (ch) {
		case 'b': args->library = optarg; break;
		case 'c': args->compiler = optarg; break;
		case 'n': args->names = optarg; break;
		case 'r': args->record = optarg; break;
		case 'w': args->write = true; break;
		default: usage();
		}
	}
	if (optind != argc || args->library == NULL || args->record == NULL)
		usage();
}

static void
one_processor(void)
{
	cpu_set_t all, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(all), &all) != 0)
		fatal("cannot tell the processors: %s", strerror(errno));
	for (cpu = CPU_SETSIZE - 1; cpu > 0 && !CPU_ISSET(cpu, &all); cpu--)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) != 0)
		fatal("cannot stay on a processor: %s", strerror(errno));
}

static void
find_dir(struct bench *b)
{
	char path[PATH_LEN];
	char *slash;
	ssize_t n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0)
		fatal("/proc/self/exe: %s", strerror(errno));
	path[n] = '\0';
	slash = strrchr(path, '/');
	*slash = '\0';
	memcpy(b->dir, path, sizeof(path));
}

/* Does the kernel give huge pages to those who ask, and to no others? */
static bool
kernel_advised(void)
{
	char text[128];
	size_t n;
	FILE *f;

	f = fopen(KERNEL_THP, "r");
	if (f == NULL)
		return (false);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return (strstr(text, "[madvise]") != NULL);
}

/* The least of some runs: a kernel that lags behind only adds. */
static double
peak_kib(struct bench *b, const struct figure *fig)
{
	char program[PATH_LEN + 16], text[512];
	char *argv[] = { program, NULL, NULL, NULL };
	const char *at;
	double kib, least;
	int i;

	run_program(b, fig->program, program, sizeof(program));
	memcpy(&argv[1], fig->args, sizeof(fig->args));
	least = NAN;
	for (i = 0; i < PEAK_RUNS; i++) {
		if (!run_captured(b, &b->allocators[0], argv, text,
		    sizeof(text)))
			return (NAN);
		at = strstr(text, "_kib ");
		if (at == NULL)
			fatal("%s: no figure in: %s", fig->name, text);
		kib = strtod(at + strlen("_kib "), NULL);
		if (isnan(least) || kib < least)
			least = kib;
	}
	return (least);
}

static double
measure(struct bench *b, const struct figure *fig)
{

	if (fig->conf != NULL)
		setenv("MALLOC_CONF", fig->conf, 1);
	else
		unsetenv("MALLOC_CONF");
	/* Where the kernel gives huge pages to all, these take none. */
	if (prctl(PR_SET_THP_DISABLE, fig->thp == THP_NEVER, 0, 0, 0) != 0)
		fatal("huge pages cannot be forbidden: %s", strerror(errno));
	switch (fig->kind) {
	case FIGURE_START:
		return (count_instructions(b, fig, fig->few));
	case FIGURE_COUNT:
		return ((count_instructions(b, fig, fig->many) -
		    count_instructions(b, fig, fig->few)) /
		    (double)(fig->many - fig->few));
	default:
		return (peak_kib(b, fig));
	}
}

static void
measure_all(struct bench *b, const struct arguments *args)
{
	bool advised;
	unsigned i;

	advised = kernel_advised();
	for (i = 0; i < nfigures; i++) {
		figures[i].value = NAN;
		if (!list_has(args->names, figures[i].name))
			continue;
		if (figures[i].thp == THP_ADVISED && !advised) {
			progress_line(b, "%-20s skipped: the kernel's huge"
			    " pages are not by advice", figures[i].name);
			figures[i].record = NAN;
			continue;
		}
		progress(b, "%s", figures[i].name);
		figures[i].value = measure(b, &figures[i]);
		progress_line(b, "%-20s %-14s %12.2f", figures[i].name,
		    figure_unit(&figures[i]), figures[i].value);
	}
	progress(b, "%s", "");
}

/* One figure against its record; false when it is above it. */
static bool
compare(const struct bench *b, const struct figure *fig)
{
	double slack;

	if (isnan(fig->record)) {
		progress_line(b, "gate: %s: not in the record", fig->name);
		return (false);
	}
	slack = fig->record * ALLOWED;
	if (fig->kind == FIGURE_PEAK)
		slack += UNSEEN;
	if (fig->value <= fig->record + slack) {
		if (fig->value < fig->record - slack)
			progress_line(b, "gate: %s: the record can be lowered"
			    " from %.2f to %.2f", fig->name, fig->record,
			    fig->value);
		return (true);
	}
	progress_line(b, "gate: %s: %.2f %s, the record is %.2f: up by %.1f %%",
	    fig->name, fig->value, figure_unit(fig), fig->record,
	    100 * (fig->value / fig->record - 1));
	return (false);
}

static unsigned
compare_all(const struct bench *b, bool counts)
{
	unsigned above, i;

	above = 0;
	for (i = 0; i < nfigures; i++) {
		if (isnan(figures[i].value) ||
		    (figures[i].kind != FIGURE_PEAK && !counts))
			continue;
		if (!compare(b, &figures[i]))
			above++;
	}
	return (above);
}

int
main(int argc, char *argv[])
{
	struct arguments args = { .compiler = "unknown" };
	static struct bench bench;
	char compiler[128];
	unsigned above;
	bool counts;

	parse(&args, argc, argv);
	bench.terminal = isatty(STDOUT_FILENO);
	find_dir(&bench);
	one_processor();
	record_read(args.record, compiler, sizeof(compiler));
	allocators_find(&bench, args.library, "basalt");
	measure_all(&bench, &args);
	if (bench.failures > 0)
		fatal("%u runs failed", bench.failures);
	if (args.write) {
		record_write(args.record, args.compiler);
		return (0);
	}
	counts = strcmp(compiler, args.compiler) == 0;
	if (!counts)
		progress_line(&bench, "gate: the record's instructions are of"
		    " %s, these of %s: not compared", compiler,
		    args.compiler);
	above = compare_all(&bench, counts);
	if (above > 0)
		fatal("%u figures above the record", above);
	progress_line(&bench, "gate: nothing above the record");
	return (0);
}
