/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Instructions a malloc and free, as callgrind counts them: exact, where
 * time is noise.  Two runs that differ in the number of pairs alone cancel
 * what the start of the process costs and what a cache needs to warm up.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define	WARM		"12800"
#define	LONG		"38400"
#define	MORE		25600.0

struct count {
	const char	*name;
	const char	*kind;		/* of pair */
	const char	*size;
	bool		quick;		/* in the quick mode too */
};

static const struct count counts[] = {
	{ "the loop alone", "loop", "64", false },
	{ "malloc free 16 B", "pair", "16", true },
	{ "malloc free 64 B", "pair", "64", true },
	{ "malloc free 256 B", "pair", "256", false },
	{ "64 deep 256 B", "deep", "256", false },
	{ "64 deep 1 KiB", "deep", "1024", true },
	{ "64 deep 8 KiB", "deep", "8192", true },
	{ "calloc free 64 B", "calloc", "64", false },
	{ "realloc in place 64 B", "realloc", "64", false },
	{ "aligned 64 free 64 B", "aligned", "64", false },
};

static struct table table = {
	.kind = "instructions", .form = TABLE_FIGURES, .unit = "instructions",
	.title = "Instructions a pair, its loop included",
};

static bool	present;

/*
 * The preload is for the client: valgrind hands it on and is itself static,
 * so that neither its start nor its own malloc is in the count.
 */
static double
collected(struct bench *b, const struct allocator *a, const struct count *c,
    const char *pairs)
{
	/* It has a line for each system call that it does not know. */
	static char text[1 << 20];
	char program[PATH_LEN + 16];
	char *argv[ARGS_MAX];
	const char *args[] = {
		"valgrind", "--tool=callgrind",
		"--callgrind-out-file=/dev/null", program, c->kind, c->size,
		pairs, NULL
	};
	const char *at;

	run_program(b, "pair", program, sizeof(program));
	memcpy(argv, args, sizeof(args));
	if (!run_captured(b, a, argv, text, sizeof(text)))
		return (NAN);
	at = strstr(text, "Collected :");
	if (at == NULL)
		return (NAN);
	return (strtod(at + strlen("Collected :"), NULL));
}

/* Is valgrind there, and able to run a program? */
static bool
look_for_valgrind(void)
{

	present = system("valgrind --version >/dev/null 2>&1") == 0;
	return (present);
}

void
instructions_run(struct bench *b)
{
	const struct allocator *alloc;
	const struct count *c;
	struct row *row;
	double n;
	unsigned a, i;

	if (!look_for_valgrind()) {
		progress_line(b, "instructions: skipped, no valgrind");
		return;
	}
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		c = &counts[i];
		if (b->quick && !c->quick)
			continue;
		row = table_row(&table, c->name, b->nallocators);
		for (a = 0; a < b->nallocators; a++) {
			alloc = &b->allocators[a];
			progress(b, "instructions, %s, %s", c->name,
			    alloc->name);
			n = (collected(b, alloc, c, LONG) -
			    collected(b, alloc, c, WARM)) / MORE;
			row->cells[a] = cell_of(&n, 1);
		}
		progress_line(b, "instructions, %s: %s %.1f", c->name,
		    b->allocators[0].name, row->cells[0].median);
	}
}

void
instructions_report(const struct bench *b, FILE *md, FILE *csv)
{

	if (!present) {
		fprintf(md, "\nInstructions were not counted: valgrind is not"
		    " installed.\n");
		return;
	}
	table_markdown(&table, b, md);
	table_csv(&table, b, csv);
}
