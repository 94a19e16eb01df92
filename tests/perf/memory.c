/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The section on memory: what processes keep, as they see it themselves.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct question {
	const char	*name;
	const char	*key;		/* that the program prints */
	double		scale;
};

struct programme {
	const char	*argv[5];
	unsigned	nquestions;
	struct question	questions[3];
};

/* Twenty seconds: twice the time that basalt's pages take to decay. */
static const struct programme programmes[] = {
	{ { "footprint", "one" }, 1, {
		{ "one malloc, MiB", "one_kib", 1.0 / 1024 },
	} },
	{ { "footprint", "threads", "1000" }, 1, {
		{ "1000 threads, MiB", "threads_kib", 1.0 / 1024 },
	} },
	{ { "footprint", "random", "2000000", "20" }, 3, {
		{ "2e6 objects, res/req", "full_ratio", 1 },
		{ "90 % freed, res/req", "thinned_ratio", 1 },
		{ "20 s later, res/req", "later_ratio", 1 },
	} },
	{ { "decay", "-q", "1024", "20" }, 3, {
		{ "1 GiB freed, MiB", "freed_kib", 1.0 / 1024 },
		{ "20 s later, MiB", "end_kib", 1.0 / 1024 },
		{ "returned, %", "returned_percent", 1 },
	} },
};

static struct table table = {
	.kind = "memory", .form = TABLE_FIGURES, .unit = "",
	.title = "Memory kept",
};

static double
value_of(const char *text, const struct question *q)
{
	const char *at;
	size_t len;

	len = strlen(q->key);
	for (at = text; (at = strstr(at, q->key)) != NULL; at += len) {
		if (at[len] == ' ')
			return (strtod(at + len, NULL) * q->scale);
	}
	return (NAN);
}

static void
ask(struct bench *b, const struct programme *p)
{
	char program[PATH_LEN + 16], text[4096];
	char *argv[6];
	struct row *rows[3];
	double v;
	unsigned a, i;

	run_program(b, p->argv[0], program, sizeof(program));
	memcpy(argv, p->argv, sizeof(p->argv));
	argv[5] = NULL;
	argv[0] = program;
	for (i = 0; i < p->nquestions; i++)
		rows[i] = table_row(&table, p->questions[i].name,
		    b->nallocators);
	for (a = 0; a < b->nallocators; a++) {
		progress(b, "memory, %s, %s", p->questions[0].name,
		    b->allocators[a].name);
		if (!run_captured(b, &b->allocators[a], argv, text,
		    sizeof(text)))
			continue;
		for (i = 0; i < p->nquestions; i++) {
			v = value_of(text, &p->questions[i]);
			rows[i]->cells[a] = cell_of(&v, 1);
		}
	}
	for (i = 0; i < p->nquestions; i++)
		progress_line(b, "memory, %s: %s %.2f", rows[i]->name,
		    b->allocators[0].name, rows[i]->cells[0].median);
}

void
memory_run(struct bench *b)
{
	unsigned i;

	for (i = 0; i < sizeof(programmes) / sizeof(programmes[0]); i++)
		ask(b, &programmes[i]);
}

void
memory_report(const struct bench *b, FILE *md, FILE *csv)
{

	table_markdown(&table, b, md);
	table_csv(&table, b, csv);
}
