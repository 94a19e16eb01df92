/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Folded stacks, as programs that draw flame graphs read them: a line of
 * frames from the outermost to the innermost with `;' between them, a space
 * and the bytes in use.  A frame is a function's name, else the file and the
 * place in it, else the address.
 */
#include <string.h>

#include "watch/prof_view.h"

/* The mapping that address is in; false: none. */
static bool
mapping_of(struct prof_view *view, uintptr_t address,
    struct prof_mapping *mapping)
{
	size_t i;

	for (i = 0; view->mapping != NULL && view->mapping(view, i, mapping);
	    i++)
		if (address - mapping->start < mapping->end - mapping->start)
			return (true);
	return (false);
}

/* A name ends where it would end the frame or the line. */
static void
name_put(struct sink *sink, const char *name)
{

	_bas_sink_put(sink, name, strcspn(name, ";\n"));
}

static void
frame_put(struct prof_view *view, struct sink *sink, uintptr_t pc)
{
	struct prof_symbol symbol;
	struct prof_mapping mapping;

	/* Behind the call: the byte before is in it. */
	pc--;
	if (view->symbol != NULL && view->symbol(view, pc, &symbol)) {
		name_put(sink, symbol.name);
		return;
	}
	if (mapping_of(view, pc, &mapping) && mapping.path[0] != '\0') {
		name_put(sink, prof_mapping_name(&mapping));
		_bas_sink_fmt(sink, "+0x%llx", (unsigned long long)
		    prof_mapping_place(&mapping, pc));
		return;
	}
	_bas_sink_fmt(sink, "0x%llx", (unsigned long long)pc);
}

int
_bas_prof_folded(struct prof_view *view, struct sink *sink)
{
	struct prof_row row;
	unsigned i;

	view->again(view);
	while (sink->error == 0 && view->next(view, &row)) {
		if (row.inuse_space == 0)
			continue;
		for (i = row.npcs; i > 0; i--) {
			frame_put(view, sink, row.pcs[i - 1]);
			_bas_sink_text(sink, i > 1 ? ";" : "");
		}
		_bas_sink_fmt(sink, "%s %llu\n", row.npcs == 0 ? "?" : "",
		    (unsigned long long)row.inuse_space);
	}
	return (sink->error);
}
