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
	ssize_t		dirty_decay_ms;	/* -1: never, 0: at once */
	ssize_t		muzzy_decay_ms;
	bool		retain;
	enum thp	thp;
	enum metadata_thp metadata_thp;

	/* Threads. */
	bool		tcache;
	size_t		tcache_max;	/* bytes */
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
