/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What lives at the end of the process: the sum, and whose most of it is. */
#include "os/wall.h"
#include "thread/sample.h"
#include "util/options.h"
#include "util/report.h"
#include "watch/prof_state.h"
#include "watch/prof_top.h"

/* Not the stack's: it is the end, but a program may end anywhere. */
static struct prof_source source;

static void
site_report(const struct prof_top *site)
{
	char line[PROF_TOP_LINE];

	_bas_prof_top_line(&source, site->stack, line);
	_bas_report("<basalt>: ~%llu bytes, ~%llu objects:%s\n",
	    (unsigned long long)(site->sums.inuse_space + 0.5),
	    (unsigned long long)(site->sums.inuse_objects + 0.5), line);
}

static void
summary(const struct prof_top *sites, unsigned n, size_t contexts)
{
	uint64_t bytes = (uint64_t)(source.sums.inuse_space + 0.5);
	uint64_t objects = (uint64_t)(source.sums.inuse_objects + 0.5);
	unsigned i;

	_bas_report("<basalt>: Leak approximation summary: ~%llu byte%s, "
	    "~%llu object%s, >= %zu context%s\n",
	    (unsigned long long)bytes, bytes == 1 ? "" : "s",
	    (unsigned long long)objects, objects == 1 ? "" : "s",
	    contexts, contexts == 1 ? "" : "s");
	for (i = 0; i < n; i++)
		site_report(&sites[i]);
	_bas_report("<basalt>: Run jeprof on dump output for leak detail\n");
}

void
_bas_prof_leak(void)
{
	struct prof_top sites[PROF_TOP];
	size_t contexts;
	unsigned n;

	if (!_bas_prof_source_begin(&source, false))
		return;
	_bas_prof_source_maps(&source, true);
	contexts = _bas_prof_top(&source, PROF_TOP_INUSE, sites, &n);
	if (contexts != 0)
		summary(sites, n, contexts);
	_bas_prof_source_end(&source);
	if (contexts == 0 || !_bas_options.prof_leak_error)
		return;
	_bas_report("<basalt>: Exiting with error code because memory leaks "
	    "were detected\n");
	_bas_os_exit(1);
}
