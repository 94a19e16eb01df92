/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The sections on growth and on latency.  The allocators take turns within
 * each round.  Of growth the medians are reported; of latency the least:
 * what the machine adds to a worst case is not in each round, what the
 * allocator does is.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define	POINTS_MAX	8
#define	SECONDS		"12"	/* past basalt's and jemalloc's decay */

struct curve {
	const char	*kind;
	unsigned	sizes[POINTS_MAX];
};

static const struct curve curves[] = {
	{ "threads", { 1, 2, 4, 8, 16, 32, 64 } },
	{ "passing", { 1, 2, 4, 8, 16, 32, 64 } },
	{ "beside", { 1, 4, 16, 64, 256, 1024, 4096, 16384 } },
	{ "within", { 1, 4, 16, 64, 256, 1024, 4096, 16384 } },
	{ "arenas", { 1, 3, 10, 30, 100, 300, 1000 } },
	{ "calls", { 1, 3, 10, 30, 100, 300, 1000 } },
};

static const char *const latencies[] = {
	"malloc_p50_ns", "malloc_p99_ns", "malloc_p999_ns", "malloc_own_us",
	"malloc_worst_us", "free_p50_ns", "free_p99_ns", "free_p999_ns",
	"free_own_us", "free_worst_us",
};
#define	NLATENCIES	(sizeof(latencies) / sizeof(latencies[0]))

static struct table growth_table = {
	.kind = "growth", .form = TABLE_FIGURES, .unit = "ns",
	.title = "CPU time of a malloc and a free, as things grow",
};
static struct table latency_table = {
	.kind = "latency", .form = TABLE_FIGURES, .unit = "",
	.title = "Single calls",
};

static double
value_of(const char *text, const char *key)
{
	const char *at;
	size_t len;

	len = strlen(key);
	for (at = text; (at = strstr(at, key)) != NULL; at += len) {
		if (at[len] == ' ')
			return (strtod(at + len, NULL));
	}
	return (NAN);
}

static void
point_run(struct bench *b, const char *kind, unsigned size)
{
	static double ns[ALLOCATORS_MAX][ROUNDS_MAX];
	char program[PATH_LEN + 16], number[16], name[16], text[256];
	char *argv[] = { program, name, number, NULL };
	struct row *row;
	unsigned a, r;

	run_program(b, "growth", program, sizeof(program));
	snprintf(name, sizeof(name), "%s", kind);
	snprintf(number, sizeof(number), "%u", size);
	for (r = 0; r < b->rounds; r++) {
		for (a = 0; a < b->nallocators; a++) {
			progress(b, "%s %u, round %u of %u, %s", kind, size,
			    r + 1, b->rounds, b->allocators[a].name);
			ns[a][r] = NAN;
			if (run_captured(b, &b->allocators[a], argv, text,
			    sizeof(text)))
				ns[a][r] = value_of(text, "ns");
		}
	}
	snprintf(text, 24, "%s %u", kind, size);
	row = table_row(&growth_table, text, b->nallocators);
	for (a = 0; a < b->nallocators; a++)
		row->cells[a] = cell_of(ns[a], b->rounds);
}

void
growth_run(struct bench *b, const char *names)
{
	unsigned c, i;

	for (c = 0; c < sizeof(curves) / sizeof(curves[0]); c++) {
		if (!list_has(names, curves[c].kind))
			continue;
		for (i = 0; i < POINTS_MAX && curves[c].sizes[i] != 0; i++)
			point_run(b, curves[c].kind, curves[c].sizes[i]);
		progress_line(b, "growth, %s: done", curves[c].kind);
	}
}

void
growth_report(const struct bench *b, FILE *md, FILE *csv)
{

	table_markdown(&growth_table, b, md);
	table_csv(&growth_table, b, csv);
}

static void
latency_threads(struct bench *b, unsigned threads)
{
	static double values[NLATENCIES][ALLOCATORS_MAX][ROUNDS_MAX];
	char program[PATH_LEN + 16], number[16], text[2048];
	char seconds[] = SECONDS;
	char *argv[] = { program, number, seconds, NULL };
	unsigned a, i, r;
	struct row *row;

	run_program(b, "latency", program, sizeof(program));
	snprintf(number, sizeof(number), "%u", threads);
	for (r = 0; r < b->rounds; r++) {
		for (a = 0; a < b->nallocators; a++) {
			progress(b, "latency, %u threads, round %u of %u, %s",
			    threads, r + 1, b->rounds, b->allocators[a].name);
			text[0] = '\0';
			(void)run_captured(b, &b->allocators[a], argv, text,
			    sizeof(text));
			for (i = 0; i < NLATENCIES; i++)
				values[i][a][r] = value_of(text,
				    latencies[i]);
		}
	}
	for (i = 0; i < NLATENCIES; i++) {
		snprintf(text, 24, "%u %s", threads, latencies[i]);
		row = table_row(&latency_table, text, b->nallocators);
		for (a = 0; a < b->nallocators; a++) {
			row->cells[a] = cell_of(values[i][a], b->rounds);
			row->cells[a].median = row->cells[a].low;
		}
	}
}

void
latency_run(struct bench *b)
{

	latency_threads(b, 1);
	latency_threads(b, 4);
}

void
latency_report(const struct bench *b, FILE *md, FILE *csv)
{

	table_markdown(&latency_table, b, md);
	table_csv(&latency_table, b, csv);
}
