/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What lives at the end of the process: the sum, and whose most of it is. */
#include "os/wall.h"
#include "thread/sample.h"
#include "util/fmt.h"
#include "util/options.h"
#include "util/report.h"
#include "watch/prof_source.h"
#include "watch/prof_state.h"

/* Sites that are named, and functions of each. */
#define	SITES		8
#define	FRAMES		6
#define	LINE		1024

struct site {
	const struct prof_stack *stack;
	struct prof_sums sums;
};

/* Not the stack's: it is the end, but a program may end anywhere. */
static struct prof_source source;

/* Into the largest ones, by bytes; what is least goes. */
static void
site_put(struct site *sites, unsigned *n, const struct site *site)
{
	unsigned i = *n;

	if (i < SITES)
		++*n;
	else if (sites[--i].sums.inuse_space >= site->sums.inuse_space)
		return;
	for (; i > 0 && sites[i - 1].sums.inuse_space <
	    site->sums.inuse_space; i--)
		sites[i] = sites[i - 1];
	sites[i] = *site;
}

/* How many stacks have objects that live. */
static size_t
sites_find(struct site *sites, unsigned *n)
{
	struct site site;
	size_t i, k, contexts = 0;

	*n = 0;
	for (i = 0; i < source.nrows; i = k) {
		site = (struct site){ .stack = source.rows[i].stack };
		for (k = i; k < source.nrows &&
		    source.rows[k].stack == site.stack; k++)
			_bas_prof_sums_add(&site.sums, &source.rows[k].sums);
		if (site.sums.cur_objects == 0)
			continue;
		contexts++;
		site_put(sites, n, &site);
	}
	return (contexts);
}

static void
site_report(const struct site *site)
{
	struct prof_symbol symbol;
	char line[LINE];
	size_t len = 0;
	unsigned i;

	line[0] = '\0';
	for (i = 0; i < site->stack->n && i < FRAMES && len < LINE; i++) {
		if (_bas_prof_maps_symbol(&source.maps,
		    site->stack->pcs[i] - 1, &symbol))
			len += _bas_fmt(line + len, LINE - len, " %s",
			    symbol.name);
		else
			len += _bas_fmt(line + len, LINE - len, " 0x%llx",
			    (unsigned long long)site->stack->pcs[i]);
	}
	_bas_report("<basalt>: ~%llu bytes, ~%llu objects:%s\n",
	    (unsigned long long)(site->sums.inuse_space + 0.5),
	    (unsigned long long)(site->sums.inuse_objects + 0.5), line);
}

static void
summary(const struct site *sites, unsigned n, size_t contexts)
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
	struct site sites[SITES];
	size_t contexts;
	unsigned n;

	if (!_bas_prof_source_begin(&source))
		return;
	_bas_prof_source_maps(&source, true);
	contexts = sites_find(sites, &n);
	if (contexts != 0)
		summary(sites, n, contexts);
	_bas_prof_source_end(&source);
	if (contexts == 0 || !_bas_options.prof_leak_error)
		return;
	_bas_report("<basalt>: Exiting with error code because memory leaks "
	    "were detected\n");
	_bas_os_exit(1);
}
