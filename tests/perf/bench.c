/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * benchmark: compare allocators on our own workloads.
 */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define	SECTIONS	"time,instructions"

struct arguments {
	const char	*library;	/* -b */
	const char	*outdir;	/* -o */
	const char	*allocators;	/* -a */
	const char	*workloads;	/* -w */
	const char	*sections;	/* -s */
	bool		memory;		/* -m */
};

static _Noreturn void
usage(void)
{

	fprintf(stderr, "usage: benchmark [-mq] [-a allocators] [-b library]"
	    " [-o directory]\n\t[-r rounds] [-s sections] [-w workloads]\n"
	    "\t-a  of basalt,glibc,jemalloc,mimalloc,tcmalloc\n"
	    "\t-b  the basalt to measure, or BASALT_LIB of the environment\n"
	    "\t-m  the section memory too, some minutes more\n"
	    "\t-o  where to write bench.md and bench.csv\n"
	    "\t-q  quick: a sixth of the work, 3 rounds\n"
	    "\t-r  rounds, odd so that a median is a run\n"
	    "\t-s  of time,instructions,memory,growth,latency\n"
	    "\t-w  workloads by name, see workload -l; or kinds of growth\n");
	exit(2);
}

static unsigned
rounds_of(const char *text)
{
	long n;

	n = strtol(text, NULL, 10);
	if (n < 1 || n > ROUNDS_MAX)
		fatal("rounds: 1 to %d", ROUNDS_MAX);
	return ((unsigned)n);
}

static void
parse(struct bench *b, struct arguments *args, int argc, char *argv[])
{
	const char *rounds;
	int ch;

	rounds = getenv("BENCH_ROUNDS");
	args->library = getenv("BASALT_LIB");
	while ((ch = getopt(argc, argv, "a:b:mo:qr:s:w:")) != -1) {
		switch (ch) {
		case 'a': args->allocators = optarg; break;
		case 'b': args->library = optarg; break;
		case 'm': args->memory = true; break;
		case 'o': args->outdir = optarg; break;
		case 'q': b->quick = true; break;
		case 'r': rounds = optarg; break;
		case 's': args->sections = optarg; break;
		case 'w': args->workloads = optarg; break;
		default: usage();
		}
	}
	if (optind != argc)
		usage();
	b->percent = b->quick ? 16 : 100;
	b->rounds = rounds != NULL ? rounds_of(rounds) : b->quick ? 3 : 5;
	/* Rounds that were asked for are never cut. */
	b->rounds_short = rounds != NULL || b->rounds < 3 ? b->rounds : 3;
}

/* Where this program is; the others lie beside it. */
static void
find_dir(struct bench *b, const char *argv0)
{
	char path[PATH_MAX];
	char *slash;

	if (realpath("/proc/self/exe", path) == NULL &&
	    realpath(argv0, path) == NULL)
		fatal("%s: %s", argv0, strerror(errno));
	slash = strrchr(path, '/');
	*slash = '\0';
	if (strlen(path) >= sizeof(b->dir))
		fatal("%s: too long a path", path);
	snprintf(b->dir, sizeof(b->dir), "%.*s", (int)sizeof(b->dir) - 1,
	    path);
}

static FILE *
create(const char *dir, const char *name)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(dir == NULL ? "/dev/null" : path, "w");
	if (f == NULL)
		fatal("%s: %s", path, strerror(errno));
	return (f);
}

static void
report(const struct bench *b, const struct arguments *args, FILE *md,
    FILE *csv)
{

	facts_markdown(b, md);
	fprintf(csv, "kind,name,allocator,unit,median,low,high\n");
	if (list_has(args->sections, "time"))
		timing_report(b, md, csv);
	if (list_has(args->sections, "instructions"))
		instructions_report(b, md, csv);
	if (args->memory)
		memory_report(b, md, csv);
	if (list_has(args->sections, "growth"))
		growth_report(b, md, csv);
	if (list_has(args->sections, "latency"))
		latency_report(b, md, csv);
}

int
main(int argc, char *argv[])
{
	struct arguments args = { .sections = SECTIONS };
	static struct bench bench;
	FILE *csv, *md;

	parse(&bench, &args, argc, argv);
	if (list_has(args.sections, "memory"))
		args.memory = true;
	bench.terminal = isatty(STDOUT_FILENO);
	find_dir(&bench, argv[0]);
	md = create(args.outdir, "bench.md");
	csv = create(args.outdir, "bench.csv");
	allocators_find(&bench, args.library, args.allocators);
	if (list_has(args.sections, "time"))
		timing_run(&bench, args.workloads);
	if (list_has(args.sections, "instructions"))
		instructions_run(&bench);
	if (args.memory)
		memory_run(&bench);
	if (list_has(args.sections, "growth"))
		growth_run(&bench, args.workloads);
	if (list_has(args.sections, "latency"))
		latency_run(&bench);
	progress(&bench, "%s", "");
	report(&bench, &args, md, csv);
	fclose(csv);
	fclose(md);
	/* What goes to the file is also shown; no second CSV, though. */
	csv = create(NULL, "");
	report(&bench, &args, stdout, csv);
	fclose(csv);
	if (bench.failures > 0)
		fatal("%u runs failed", bench.failures);
	return (0);
}
