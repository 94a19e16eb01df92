/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The driver of the benchmark: it starts the workloads under each allocator
 * in turn, measures them from outside, and writes the tables.
 */

#ifndef _PERF_BENCH_H_
#define	_PERF_BENCH_H_

#include <stdbool.h>
#include <stdio.h>

#define	ALLOCATORS_MAX	8
#define	ROWS_MAX	64
#define	ROUNDS_MAX	31
#define	PATH_LEN	512
#define	ARGS_MAX	12

struct allocator {
	const char	*name;
	char		path[PATH_LEN];	/* to preload; "" for the libc's */
	char		version[96];
};

/* What one run of a child cost. */
struct sample {
	double		cpu_ms;		/* user and system */
	double		wall_ms;
	double		peak_kib;	/* largest resident set */
};

/* The samples of one cell of a table; NaN median when there are none. */
struct cell {
	double		median, low, high;
};

struct row {
	char		name[24];
	struct cell	cells[ALLOCATORS_MAX];
};

enum table_form {
	TABLE_RATIOS,		/* the first as it is, the others over it */
	TABLE_FIGURES,		/* all as they are, no mean */
};

struct table {
	const char	*kind;		/* in the CSV: cpu, wall, peak ... */
	const char	*title;
	const char	*unit;
	enum table_form	form;
	unsigned	nrows;
	struct row	rows[ROWS_MAX];
};

struct bench {
	struct allocator allocators[ALLOCATORS_MAX];
	unsigned	nallocators;
	unsigned	rounds;
	unsigned	rounds_short;	/* rounds when time runs short */
	bool		ran_short;
	unsigned	percent;	/* of each workload's full work */
	bool		quick;
	bool		terminal;	/* progress may rewrite its line */
	unsigned	failures;
	char		dir[PATH_LEN];	/* of this program and the others */
};

/* allocators.c */
void	allocators_find(struct bench *, const char *library,
	    const char *names);

/* run.c */
bool	run_measured(struct bench *, const struct allocator *,
	    char *const argv[], struct sample *);
bool	run_captured(struct bench *, const struct allocator *,
	    char *const argv[], char *text, size_t size);
double	now_ms(void);
void	run_program(const struct bench *, const char *name, char *path,
	    size_t size);

/* sections */
void	timing_run(struct bench *, const char *names);
void	timing_report(const struct bench *, FILE *md, FILE *csv);
void	instructions_run(struct bench *);
void	instructions_report(const struct bench *, FILE *md, FILE *csv);
void	memory_run(struct bench *);
void	memory_report(const struct bench *, FILE *md, FILE *csv);
void	growth_run(struct bench *, const char *names);
void	growth_report(const struct bench *, FILE *md, FILE *csv);
void	latency_run(struct bench *);
void	latency_report(const struct bench *, FILE *md, FILE *csv);

/* report.c */
struct cell	cell_of(double *values, unsigned n);
struct row	*table_row(struct table *, const char *name,
		    unsigned nallocators);
double		table_mean(const struct table *, unsigned allocator,
		    double floor);
void		table_markdown(const struct table *, const struct bench *,
		    FILE *);
void		table_csv(const struct table *, const struct bench *, FILE *);
void		facts_markdown(const struct bench *, FILE *);

/* say.c */
bool	list_has(const char *list, const char *name);
void	progress(const struct bench *, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
void	progress_line(const struct bench *, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
_Noreturn void	fatal(const char *fmt, ...)
	    __attribute__((__format__(__printf__, 1, 2)));

#endif /* !_PERF_BENCH_H_ */
