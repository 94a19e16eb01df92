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
/* A superpage, and the least of one that the hpa options speak of. */
#define	OPTIONS_HUGE			((size_t)2 << 20)
#define	OPTIONS_HPA_MIN			((size_t)4096)
#define	OPTIONS_NARENAS_LIMIT		4094u
#define	OPTIONS_BACKGROUND_LIMIT	4095u
#define	OPTIONS_PROF_BT_LIMIT		256u
#define	OPTIONS_OVERSIZE_MIN		((size_t)16 << 10)
#define	OPTIONS_LG_PAGE			12
/* No request is larger. */
#define	OPTIONS_SIZE_LIMIT		((size_t)7 << 60)
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

/* Who decides that a superpage is backed huge, and when. */
enum hugify_style {
	HUGIFY_AUTO,		/* the kernel's mode */
	HUGIFY_NONE,		/* nobody asks for it */
	HUGIFY_EAGER,		/* each from its first touch on */
	HUGIFY_LAZY		/* each that has filled */
};

enum prof_time {
	PROF_TIME_DEFAULT,
	PROF_TIME_HIGH
};

/* What profiles are written as. */
enum prof_format {
	PROF_FORMAT_HEAP,	/* text, heap_v2 */
	PROF_FORMAT_PPROF,	/* profile.proto */
	PROF_FORMAT_FOLDED	/* a line a stack */
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
#define	OPTIONS_SHARDS_LIMIT	64u
#define	OPTIONS_NSLOTS_LIMIT	2048u

struct option_ranges {
	unsigned	n;
	struct option_range {
		size_t	start;
		size_t	end;	/* itself in it */
		size_t	value;
	} range[OPTIONS_RANGES_MAX];
};

/* Ratios are in 65536ths. */
#define	OPTIONS_RATIO_ONE	((uint32_t)1 << 16)
#define	OPTIONS_RATIO_NONE	UINT32_MAX
/* Words, their end included. */
#define	OPTIONS_LETTERS_SIZE	16
#define	OPTIONS_PATH_SIZE	4097
#define	OPTIONS_LOG_SIZE	256

/* By width, so that there are no holes; then by what they are about. */
struct options {
	/* What to do about trouble. */
	ssize_t		lg_san_uaf_align;	/* -1: off; recorded */
	size_t		san_guard_small; /* each n-th slab; 0: none */
	size_t		san_guard_large; /* each n-th large object */

	/* Contents of memory. */
	size_t		calloc_madvise_threshold; /* bytes */

	/* Arenas. */
	size_t		oversize_threshold; /* bytes; 0: none is too large */
	int64_t		mutex_max_spin;	/* pauses; -1: without end */

	/* Pages. */
	ssize_t		dirty_decay_ms;	/* -1: never, 0: at once */
	ssize_t		muzzy_decay_ms;
	ssize_t		dirty_max;	/* bytes; -1: any, 0: by what is used */
	size_t		process_madvise_max_batch; /* 0: no such calls */
	size_t		lg_extent_max_active_fit;  /* recorded */

	/* Huge pages. */
	size_t		hpa_hugification_threshold;	/* bytes */
	uint64_t	hpa_hugify_delay_ms;
	size_t		hpa_slab_max_alloc;		/* bytes */
	size_t		hpa_purge_threshold;		/* bytes */
	uint64_t	hpa_min_purge_interval_ms;
	uint64_t	hpa_min_purge_delay_ms;
	ssize_t		hpa_max_purge_nhp;	/* -1: any number */
	size_t		hpa_sec_nshards;
	size_t		hpa_sec_max_alloc;
	size_t		hpa_sec_max_bytes;

	/* Threads. */
	size_t		tcache_max;	/* bytes */
	ssize_t		lg_tcache_nslots_mul;
	size_t		tcache_gc_incr_bytes;
	size_t		tcache_gc_delay_bytes;
	size_t		max_background_threads;

	/* Statistics. */
	int64_t		stats_interval;	/* bytes; -1: no reports */

	/* Heap profiling. */
	size_t		lg_prof_sample;
	ssize_t		lg_prof_interval;	/* -1: no dumps */
	ssize_t		prof_recent_alloc_max;	/* -1: all */

	/* What to do about trouble. */
	enum zero_realloc zero_realloc;
	unsigned	debug_double_free_max_scan;	/* recorded */

	/* Arenas. */
	unsigned	narenas;	/* 0: as many as the CPUs call for */
	uint32_t	narenas_ratio;	/* a CPU, in 1/65536; 0: not given */
	enum percpu_arena percpu_arena;
	enum dss	dss;

	/* Huge pages. */
	enum thp	thp;
	enum metadata_thp metadata_thp;
	enum hugify_style hpa_hugify_style;
	uint32_t	hpa_dirty_mult;	/* OPTIONS_RATIO_NONE: never */

	/* Threads. */
	unsigned	tcache_nslots_small_min;
	unsigned	tcache_nslots_small_max;
	unsigned	tcache_nslots_large;
	unsigned	lg_tcache_flush_small_div;
	unsigned	lg_tcache_flush_large_div;

	/* Heap profiling. */
	unsigned	prof_bt_max;
	enum prof_time	prof_time_resolution;
	enum prof_format prof_format;

	/* What to do about trouble. */
	bool		abort;
	bool		abort_conf;
	bool		confirm_conf;
	bool		xmalloc;
	bool		infallible_new;
	bool		utrace;		/* recorded, no more */

	/* Contents of memory. */
	bool		junk_alloc;	/* these two are neighbours: the */
	bool		junk_free;	/* row `junk' sets both as one */
	bool		zero;

	/* Arenas. */
	bool		disable_large_size_classes;

	/* Pages. */
	bool		retain;
	bool		cache_oblivious;	/* recorded */
	bool		trust_madvise;		/* recorded */

	/* Huge pages. */
	bool		huge_arena_pac_thp;	/* recorded */
	bool		hpa;	/* the others of that name are in force */
	bool		hpa_hugify_sync;
	bool		hpa_start_huge_if_thp_always;
	bool		hpa_enforce_hugify;

	/* Threads. */
	bool		tcache;
	bool		tcache_gc;
	bool		background_thread;

	/* Statistics. */
	bool		stats_print;

	/* Heap profiling. */
	bool		prof;
	bool		prof_active;
	bool		prof_thread_active_init;
	bool		prof_gdump;
	bool		prof_final;
	bool		prof_leak;
	bool		prof_leak_error;
	bool		prof_accum;
	bool		prof_log;
	bool		prof_pid_namespace;
	bool		prof_stats;
	bool		prof_sys_thread_name;
	bool		prof_unbias;
	bool		prof_symbols;

	/* What is long comes last: it is read at the start, if at all. */
	char		stats_print_opts[OPTIONS_LETTERS_SIZE];
	char		stats_interval_opts[OPTIONS_LETTERS_SIZE];
	struct option_ranges bin_shards;
	struct option_ranges slab_sizes;	/* pages of 4 KiB */
	struct option_ranges tcache_ncached_max;
	char		log[OPTIONS_LOG_SIZE];
	char		prof_prefix[OPTIONS_PATH_SIZE];
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
