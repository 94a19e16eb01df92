/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * How the tables of control names spell a row.  Each macro stands for some
 * fields of a row and nothing else.
 */
#ifndef BASALT_CTL_ROW_H
#define	BASALT_CTL_ROW_H

#include "watch/ctl.h"
#include "watch/ctl_handler.h"

#define	INNER(n, list)							\
	.name = (n), .children = (list),				\
	.nchildren = sizeof(list) / sizeof((list)[0])
#define	READS(n, t, getter)						\
	.name = (n), .type = (t), .access = CTL_READ, .get = (getter)
#define	BOTH(n, t, getter, setter)					\
	.name = (n), .type = (t), .access = CTL_READ_WRITE,		\
	.get = (getter), .set = (setter)
#define	WRITES(n, t, setter)						\
	.name = (n), .type = (t), .access = CTL_WRITE, .set = (setter)
#define	COMMAND(n, setter)						\
	.name = (n), .type = CTL_VOID, .access = CTL_NONE, .set = (setter)
#define	RAW(n, a, ct, handler)						\
	.name = (n), .type = CTL_OTHER, .access = (a), .ctype = (ct),	\
	.raw = (handler)
/* A name behind which there is something only while profiles are taken. */
#define	PROF(n, t, a)							\
	.name = (n), .type = (t), .access = (a), .needs_prof = true
/* One that says off, or none, as long as there are none. */
#define	PROF_SET(n, t)							\
	.name = (n), .type = (t), .access = CTL_READ_WRITE,		\
	.get = _bas_ctl_zero_get, .set_needs_prof = true

/* Below stats (ctl_table_stats.c). */
#define	CTL_STATS_NROWS	14
extern BASALT_HIDDEN const struct ctl_node _bas_ctl_stats[CTL_STATS_NROWS];

#endif /* !BASALT_CTL_ROW_H */
