/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A copy of what the profile holds at one moment, for who writes it: made
 * under the lock, read without.  It is in memory of its own, which is mapped
 * for it.
 */
#ifndef BASALT_PROF_SOURCE_H
#define	BASALT_PROF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watch/prof_maps.h"
#include "watch/prof_table.h"
#include "watch/prof_view.h"

/* Sums of rows: as sampled, and as estimated. */
struct prof_sums {
	uint64_t	cur_objects, cur_bytes;
	uint64_t	accum_objects, accum_bytes;
	double		inuse_objects, inuse_space;
	double		alloc_objects, alloc_space;
	double		pinned_space;	/* where that was asked for */
};

struct prof_source_row {
	const struct prof_stack *stack;
	unsigned	thread;		/* number of the thread's entry */
	size_t		size;
	struct prof_sums sums;
};

struct prof_source_thread {
	uint64_t	uid;
	char		name[PROF_NAME_SIZE];
	struct prof_sums sums;
};

struct prof_source {
	struct prof_view view;
	struct prof_source_row *rows;	/* those of a stack together */
	struct prof_source_thread *threads; /* by uid */
	size_t		nrows, nthreads;
	size_t		next;		/* row, for the view */
	size_t		max_rows, max_threads;
	void		*memory;
	size_t		memory_size;
	unsigned	lg;		/* of the period */
	bool		pins;		/* pinned_space is asked for */
	double		held;		/* then, by all slabs: bytes */
	struct prof_sums sums;
	struct prof_maps maps;
	bool		mapped;		/* they are there */
};

/*
 * False: no memory.  What sites pin is found if pins, which takes a look at
 * each sample's slab.
 */
bool	_bas_prof_source_begin(struct prof_source *source, bool pins);
void	_bas_prof_source_end(struct prof_source *source);
/* For who wants to know what the addresses are; and their names, if names. */
void	_bas_prof_source_maps(struct prof_source *source, bool names);
void	_bas_prof_sums_add(struct prof_sums *to, const struct prof_sums *from);

/*
 * prof_pin.c: to each row what its samples pin, with the table's lock held;
 * and, of estimates of all objects, no more than is held.
 */
void	_bas_prof_pins_add(struct prof_source *source);
void	_bas_prof_pins_bound(struct prof_source *source);

/* prof_heap.c: the text that jeprof reads; 0 or an errno value. */
int	_bas_prof_heap(struct prof_source *source, struct sink *sink);

#endif /* !BASALT_PROF_SOURCE_H */
