/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The gate: figures that are the same in each run, held against a record.
 */

#ifndef _PERF_GATE_H_
#define	_PERF_GATE_H_

#include "bench.h"

enum figure_kind {
	FIGURE_COUNT,		/* instructions of ours, by the piece */
	FIGURE_START,		/* instructions of ours, of a whole program */
	FIGURE_PEAK,		/* resident memory, as the program says, KiB */
};

enum figure_thp {
	THP_NEVER,		/* no huge pages, whatever the kernel's way */
	THP_ADVISED,		/* as shipped, where the kernel waits for advice */
};

struct figure {
	const char	*name;
	enum figure_kind kind;
	enum figure_thp	thp;
	const char	*conf;		/* MALLOC_CONF */
	const char	*program;
	const char	*args[2];
	long		few, many;	/* pieces, for two runs */
	/* What was found, and what the record says; NaN: nothing. */
	double		value, record;
};

/* gate_table.c */
extern struct figure	figures[];
extern const unsigned	nfigures;

/* gate_count.c */
double	count_instructions(struct bench *, const struct figure *, long n);

/* gate_record.c */
void	record_read(const char *path, char *compiler, size_t size);
void	record_write(const char *path, const char *compiler);
/* The unit that the record gives a figure in. */
const char	*figure_unit(const struct figure *);

#endif /* !_PERF_GATE_H_ */
