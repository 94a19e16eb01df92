/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The options in force.  One struct, statically initialised to the defaults,
 * so that a call that comes before anything was read finds them; the parser
 * (api/conf.c) overwrites fields once, before the first arena exists.  After
 * that it is sealed: read by all, written by none, hence read without atomics.
 */
#ifndef BASALT_OPTIONS_H
#define	BASALT_OPTIONS_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/config.h"

/* Runs of pages up to this size may rest in a thread's cache. */
#define	OPTIONS_TCACHE_MAX_LIMIT	((size_t)1 << 20)
#define	OPTIONS_LG_TCACHE_MAX_LIMIT	20
#define	OPTIONS_NARENAS_LIMIT		4094u
#define	OPTIONS_BACKGROUND_LIMIT	4095u
/* The largest number of milliseconds that nanoseconds in 64 bits can hold. */
#define	OPTIONS_DECAY_MS_LIMIT		((ssize_t)18446744072 * 1000)
/* Every letter that malloc_stats_print() knows, in no particular order. */
#define	OPTIONS_STATS_LETTERS		"Jgmdablxeh"

enum thp {
	THP_DEFAULT,
	THP_ALWAYS,
	THP_NEVER
};

enum metadata_thp {
	METADATA_THP_DISABLED,
	METADATA_THP_AUTO,
	METADATA_THP_ALWAYS
};

enum zero_realloc {
	ZERO_REALLOC_FREE,
	ZERO_REALLOC_ALLOC,
	ZERO_REALLOC_ABORT
};

enum percpu_arena {
	PERCPU_DISABLED,
	PERCPU_CPU,		/* an arena a processor */
	PERCPU_CORE		/* an arena a core: hardware threads share */
};

enum dss {
	DSS_DISABLED,
	DSS_PRIMARY,
	DSS_SECONDARY
};

/* "start-end:value|...": a value for requests of start to end bytes. */
#define	OPTIONS_RANGES_MAX	64
struct option_ranges {
	unsigned	n;
	struct option_range {
		size_t	start;
		size_t	end;	/* itself in it */
		size_t	value;
	} range[OPTIONS_RANGES_MAX];
};

struct options {
	/* What to do about trouble. */
	bool		abort;
	bool		abort_conf;
	bool		confirm_conf;
	bool		xmalloc;
	bool		infallible_new;
	enum zero_realloc zero_realloc;

	/* Contents of memory. */
	bool		junk_alloc;	/* these two are neighbours: the */
	bool		junk_free;	/* row `junk' sets both as one */
	bool		zero;

	/* Arenas and pages. */
	unsigned	narenas;	/* 0: as many as the CPUs call for */
	uint32_t	narenas_ratio;	/* a CPU, in 1/65536; 0: not given */
	enum percpu_arena percpu_arena;
	size_t		oversize_threshold; /* bytes; 0: none is too large */
	enum dss	dss;
	struct option_ranges bin_shards;
	struct option_ranges slab_sizes;	/* pages of 4 KiB */
	ssize_t		dirty_decay_ms;	/* -1: never, 0: at once */
	ssize_t		muzzy_decay_ms;
	bool		retain;
	enum thp	thp;
	enum metadata_thp metadata_thp;

	/* Threads. */
	bool		tcache;
	size_t		tcache_max;	/* bytes */
	unsigned	tcache_nslots_small_min;
	unsigned	tcache_nslots_small_max;
	unsigned	tcache_nslots_large;
	struct option_ranges tcache_ncached_max;
	bool		background_thread;
	size_t		max_background_threads;

	/* Statistics. */
	bool		stats_print;
	char		stats_print_opts[16];
};

extern BASALT_HIDDEN struct options _bas_options;

/*
 * What arenas made from now on begin with: the options' decay times until
 * somebody sets others.  Set returns true where the time is out of range.
 */
ssize_t	_bas_decay_ms_default(bool muzzy);
bool	_bas_decay_ms_default_set(bool muzzy, ssize_t ms);

/*
 * Calls of realloc(p, 0) with p not NULL.  It is counted at the top of the
 * house and read in the middle, so it lives down here, where both can see it.
 */
extern BASALT_HIDDEN _Atomic size_t _bas_zero_reallocs;

#endif /* !BASALT_OPTIONS_H */
