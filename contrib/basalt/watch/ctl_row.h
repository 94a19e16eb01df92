/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * How the tables of control names spell a row.  Each macro stands for some
 * fields of a row and nothing else.  A name is a literal, which "" sees to:
 * an array takes no other, and none in parentheses.
 */
#ifndef BASALT_CTL_ROW_H
#define	BASALT_CTL_ROW_H

#include "watch/ctl.h"
#include "watch/ctl_handler.h"

#define	INNER(n, list)							\
	.name = "" n, .children = (list)
#define	READS(n, t, getter)						\
	.name = "" n, .type = (t), .access = CTL_READ, .get = (getter)
#define	BOTH(n, t, getter, setter)					\
	.name = "" n, .type = (t), .access = CTL_READ_WRITE,		\
	.get = (getter), .set = (setter)
#define	WRITES(n, t, setter)						\
	.name = "" n, .type = (t), .access = CTL_WRITE, .set = (setter)
#define	COMMAND(n, setter)						\
	.name = "" n, .type = CTL_VOID, .access = CTL_NONE, .set = (setter)
#define	RAW(n, a, ct, handler)						\
	.name = "" n, .type = CTL_OTHER, .access = (a), .ctype = (ct),	\
	.raw = (handler)
/* A name behind which there is something only while profiles are taken. */
#define	PROF(n, t, a)							\
	.name = "" n, .type = (t), .access = (a), .needs_prof = true
/* One that says off, or none, as long as there are none. */
#define	PROF_SET(n, t, getter, setter)					\
	.name = "" n, .type = (t), .access = CTL_READ_WRITE,		\
	.get = (getter), .set = (setter), .set_needs_prof = true

/* For what the lists of the two tables are called. */
#define	LIST(list)							\
	{ (list), sizeof(list) / sizeof((list)[0]) }

/* Names below another: of ctl_table.c, then of ctl_table_stats.c. */
enum {
	CTL_LIST_NONE,
	CTL_LIST_NCACHED_MAX,
	CTL_LIST_THREAD_TCACHE,
	CTL_LIST_THREAD_PEAK,
	CTL_LIST_THREAD_PROF,
	CTL_LIST_THREAD,
	CTL_LIST_TCACHE,
	CTL_LIST_CONFIG,
	CTL_LIST_OPT_MALLOC_CONF,
	CTL_LIST_OPT,
	CTL_LIST_ARENA,
	CTL_LIST_ARENAS_BIN,
	CTL_LIST_ARENAS_LEXTENT,
	CTL_LIST_ARENAS,
	CTL_LIST_PROF_CLASS,
	CTL_LIST_PROF_STATS,
	CTL_LIST_PROF,
	CTL_LIST_APPROXIMATE_STATS,
	CTL_LIST_HOOKS,
	CTL_LIST_UTILIZATION,
	CTL_LIST_EXPERIMENTAL_ARENAS,
	CTL_LIST_PROF_RECENT,
	CTL_LIST_EXPERIMENTAL_THREAD,
	CTL_LIST_EXPERIMENTAL,
	CTL_LIST_ROOT,
	CTL_LIST_STATS,
	CTL_LIST_STATS_MUTEX,
	CTL_LIST_STATS_MUTEXES,
	CTL_LIST_STATS_ARENA_MUTEXES,
	CTL_LIST_STATS_GROUP,
	CTL_LIST_STATS_BINS,
	CTL_LIST_STATS_LEXTENTS,
	CTL_LIST_STATS_EXTENTS,
	CTL_LIST_STATS_SLABS,
	CTL_LIST_STATS_HPA_ALLOC,
	CTL_LIST_STATS_HPA,
	CTL_LIST_STATS_ARENAS,
	CTL_LIST_STATS_BACKGROUND,
	CTL_NLISTS
};

/* Types of values that have one of their own, for the manual. */
enum {
	CTYPE_PLAIN,
	CTYPE_SIZE,
	CTYPE_CHARP,
	CTYPE_UINT64P,
	CTYPE_HOOKSP,
	CTYPE_CREATE,
	CTYPE_LOOKUP,
	CTYPE_PROF_STATS,
	CTYPE_BACKTRACE,
	CTYPE_ABORT,
	CTYPE_SAMPLE,
	CTYPE_SAMPLE_FREE,
	CTYPE_EVENT,
	CTYPE_INSTALL,
	CTYPE_QUERY,
	CTYPE_BATCH_QUERY,
	CTYPE_SIZEP,
	CTYPE_RECENT,
	CTYPE_ACTIVITY,
	CTYPE_CREATE_EXT,
	CTYPE_BATCH_ALLOC
};
#define	CTL_CTYPE_MAX	58

struct ctl_list {
	const struct ctl_node	*rows;
	unsigned		 n;
};

extern BASALT_HIDDEN const struct ctl_list _bas_ctl_lists[CTL_LIST_STATS];
extern BASALT_HIDDEN const struct ctl_list
    _bas_ctl_stats_lists[CTL_NLISTS - CTL_LIST_STATS];

#endif /* !BASALT_CTL_ROW_H */
