/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "thread/sample.h"
#include "watch/prof_top.h"
#include "watch/stats_pins.h"

/* Of a line that is put together in pieces. */
#define	PIECE	200

static size_t
whole(double n)
{

	return (n > 0 ? (size_t)n : 0);
}

static void
number_print(struct emit *emit, const char *key, size_t n)
{

	_bas_emit_value(emit, key, NULL, CTL_SIZE, &n);
}

static void
line_print(struct emit *emit, const char *line)
{
	size_t n, left;

	for (left = strlen(line); left > 0; left -= n, line += n) {
		n = left < PIECE ? left : PIECE;
		_bas_emit_text(emit, "%.*s", (int)n, line);
	}
	_bas_emit_text(emit, "\n");
}

static void
site_print(struct emit *emit, struct prof_source *source,
    const struct prof_top *top)
{
	size_t pinned = whole(top->sums.pinned_space);
	size_t bytes = whole(top->sums.inuse_space + 0.5);
	size_t objects = whole(top->sums.inuse_objects + 0.5);
	char line[PROF_TOP_LINE];
	const char *stack;

	_bas_prof_top_line(source, top->stack, line);
	/* The space before the first. */
	stack = line[0] != '\0' ? line + 1 : line;
	_bas_emit_dict(emit, NULL, NULL);
	number_print(emit, "pinned_space", pinned);
	number_print(emit, "inuse_space", bytes);
	number_print(emit, "inuse_objects", objects);
	_bas_emit_value(emit, "stack", NULL, CTL_STRING, &stack);
	_bas_emit_dict_end(emit);
	_bas_emit_text(emit, "%13zu%13zu%13zu", pinned, bytes, objects);
	line_print(emit, line);
}

static void
sites_print(struct emit *emit, struct prof_source *source)
{
	size_t held = whole(source->held);
	size_t pinned = whole(source->sums.pinned_space);
	struct prof_top tops[PROF_TOP];
	unsigned n, i;

	(void)_bas_prof_top(source, PROF_TOP_PINNED, tops, &n);
	_bas_emit_text(emit, "Held by slabs beyond what is in use: %zu, of it "
	    "by sampled sites: %zu\n", held, pinned);
	number_print(emit, "held", held);
	number_print(emit, "pinned_space", pinned);
	_bas_emit_array(emit, "sites");
	if (n > 0)
		_bas_emit_text(emit, "%13s%13s%13s stack\n", "pinned",
		    "inuse", "objects");
	for (i = 0; i < n; i++)
		site_print(emit, source, &tops[i]);
	_bas_emit_array_end(emit);
}

void
_bas_stats_pins_print(struct emit *emit)
{
	struct prof_source source;

	if (!_bas_sample_on || !_bas_prof_source_begin(&source, true))
		return;
	_bas_prof_source_maps(&source, true);
	_bas_emit_dict(emit, "fragmentation", NULL);
	sites_print(emit, &source);
	_bas_emit_dict_end(emit);
	_bas_prof_source_end(&source);
}
