/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Time and peak memory of the workloads.  The allocators take turns within
 * each round, so that a machine that slows down for a while slows all of
 * them; the medians of the rounds are what is reported.
 */

#include <math.h>
#include <string.h>

#include "bench.h"

#define	LARGE_KIB	(16 * 1024.0)
#define	BUDGET_MS	(450 * 1000.0)

static struct table cpu_table = {
	.kind = "cpu", .title = "CPU time, user and system", .unit = "ms",
};
static struct table wall_table = {
	.kind = "wall", .title = "Wall clock time", .unit = "ms",
};
static struct table peak_table = {
	.kind = "peak", .title = "Peak resident memory", .unit = "KiB",
};

/*
 * The whole has to end within ten minutes; on a slow or busy machine some
 * rounds are given up rather than that.
 */
static unsigned
rounds_for(struct bench *b, unsigned index, unsigned of)
{
	static double began;

	if (index == 1)
		began = now_ms();
	else if ((now_ms() - began) / (index - 1) * of > BUDGET_MS) {
		b->ran_short = b->rounds_short < b->rounds;
		return (b->rounds_short);
	}
	return (b->rounds);
}

static void
run_rounds(struct bench *b, char *name, unsigned index, unsigned of)
{
	static double cpu[ALLOCATORS_MAX][ROUNDS_MAX];
	static double wall[ALLOCATORS_MAX][ROUNDS_MAX];
	static double peak[ALLOCATORS_MAX][ROUNDS_MAX];
	char percent[16], program[PATH_LEN + 16];
	char *argv[] = { program, name, percent, NULL };
	struct row *crow, *prow, *wrow;
	struct sample s;
	unsigned a, r, rounds;

	rounds = rounds_for(b, index, of);
	run_program(b, "workload", program, sizeof(program));
	snprintf(percent, sizeof(percent), "%u", b->percent);
	for (r = 0; r < rounds; r++) {
		for (a = 0; a < b->nallocators; a++) {
			progress(b, "%u/%u %s, round %u of %u, %s", index, of,
			    name, r + 1, rounds, b->allocators[a].name);
			run_measured(b, &b->allocators[a], argv, &s);
			cpu[a][r] = s.cpu_ms;
			wall[a][r] = s.wall_ms;
			peak[a][r] = s.peak_kib;
		}
	}
	crow = table_row(&cpu_table, name, b->nallocators);
	wrow = table_row(&wall_table, name, b->nallocators);
	prow = table_row(&peak_table, name, b->nallocators);
	for (a = 0; a < b->nallocators; a++) {
		crow->cells[a] = cell_of(cpu[a], rounds);
		wrow->cells[a] = cell_of(wall[a], rounds);
		prow->cells[a] = cell_of(peak[a], rounds);
	}
}

/* One line when a workload is done: name, and CPU time under each. */
static void
summarize(const struct bench *b)
{
	const struct row *row;
	char line[160];
	size_t len;
	unsigned a;

	row = &cpu_table.rows[cpu_table.nrows - 1];
	len = (size_t)snprintf(line, sizeof(line), "%-11s", row->name);
	for (a = 0; a < b->nallocators && len < sizeof(line); a++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    "%s %.0f ms%s", b->allocators[a].name,
		    row->cells[a].median,
		    a + 1 < b->nallocators ? ", " : "");
	progress_line(b, "%s", line);
}

void
timing_run(struct bench *b, const char *names)
{
	struct allocator libc = { .name = "libc" };
	char flag[] = "-l";
	char *argv[] = { NULL, flag, NULL };
	char *list[ROWS_MAX], program[PATH_LEN + 16], text[4096];
	char *line, *next;
	unsigned i, n;

	run_program(b, "workload", program, sizeof(program));
	argv[0] = program;
	if (!run_captured(b, &libc, argv, text, sizeof(text)))
		fatal("cannot list the workloads");
	n = 0;
	for (line = text; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		line[strcspn(line, "\t")] = '\0';
		if (list_has(names, line) && n < ROWS_MAX)
			list[n++] = line;
	}
	if (n == 0)
		fatal("no workload of that name");
	for (i = 0; i < n; i++) {
		run_rounds(b, list[i], i + 1, n);
		summarize(b);
	}
}

void
timing_report(const struct bench *b, FILE *md, FILE *csv)
{
	double mean;
	unsigned a;

	table_markdown(&cpu_table, b, md);
	table_markdown(&wall_table, b, md);
	table_markdown(&peak_table, b, md);
	fprintf(md, "\nThe same over the workloads that need more than"
	    " 16 MiB under %s:", b->allocators[0].name);
	for (a = 0; a < b->nallocators; a++) {
		mean = table_mean(&peak_table, a, LARGE_KIB);
		if (isnan(mean))
			fprintf(md, " %s -%s", b->allocators[a].name,
			    a + 1 < b->nallocators ? "," : ".\n");
		else
			fprintf(md, " %s %.2f%s", b->allocators[a].name,
			    mean, a + 1 < b->nallocators ? "," : ".\n");
	}
	table_csv(&cpu_table, b, csv);
	table_csv(&wall_table, b, csv);
	table_csv(&peak_table, b, csv);
}
