/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What steers heap profiles while the program runs.  All atomics here are
 * relaxed: switches and sums, each of which stands alone.
 */
#ifndef BASALT_PROF_STATE_H
#define	BASALT_PROF_STATE_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/config.h"
#include "watch/prof.h"

struct prof_state {
	/* Where our own code lies; sealed. */
	struct prof_text text[PROF_TEXTS];
	uint64_t	interval;	/* bytes; 0: no dumps; sealed */
	uint64_t	begin;		/* ns since 1970; sealed */
	_Atomic bool	active;
	_Atomic bool	thread_init;
	_Atomic bool	gdump;
	_Atomic size_t	mapped_max;	/* bytes, at the last such dump */
	_Atomic uint64_t bytes;		/* allocated, as samples tell */
	_Atomic uint32_t log;		/* number of the one that is on; 0 */
	_Atomic ssize_t	recent_max;	/* samples; -1: all */
	_Atomic(prof_backtrace_fn *) backtrace;	/* NULL: ours */
	_Atomic(prof_dump_fn *) dump;
	_Atomic(prof_sample_fn *) sample;
	_Atomic(prof_sample_free_fn *) sample_free;
};

extern BASALT_HIDDEN struct prof_state _bas_prof;

static inline bool
prof_is_ours(uintptr_t pc)
{
	unsigned i;

	for (i = 0; i < PROF_TEXTS; i++)
		if (pc >= _bas_prof.text[i].low && pc < _bas_prof.text[i].high)
			return (true);
	return (false);
}

static inline bool
prof_switch(const _Atomic bool *on)
{

	return (atomic_load_explicit(on, memory_order_relaxed));
}

static inline void
prof_switch_set(_Atomic bool *on, bool value)
{

	atomic_store_explicit(on, value, memory_order_relaxed);
}

#endif /* !BASALT_PROF_STATE_H */
