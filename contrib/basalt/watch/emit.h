/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * One description, two forms: each call below writes a piece of a report as
 * aligned text for people or as JSON for programs, whichever the report is
 * in.  What only one form has is left out of the other by giving NULL for
 * its name.  Nothing is allocated: the text gathers in the struct, which
 * lives on the caller's stack, and leaves in terminated pieces.
 */
#ifndef BASALT_EMIT_H
#define	BASALT_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watch/ctl.h"

#define	EMIT_SIZE	4096
#define	EMIT_DEPTH_MAX	12
/* Of a column's two names, with the end. */
#define	EMIT_WORD_MAX	20

struct emit {
	void	(*write)(void *, const char *);
	void	*arg;
	bool	 json;
	uint64_t uptime;			/* ns that rates are over */
	unsigned depth;				/* open brackets */
	bool	 more[EMIT_DEPTH_MAX];		/* a comma is due there */
	size_t	 len;
	char	 text[EMIT_SIZE];
};

/* How a column lies in the text. */
enum emit_align {
	EMIT_RIGHT,
	EMIT_LEFT
};

/*
 * A column of a table whose rows are structs: in text a cell, in JSON a
 * member of the row's object.  Macros put "" before a key or a title: an
 * array takes a literal only, and none in parentheses.
 */
struct emit_column {
	char		key[EMIT_WORD_MAX];	/* empty: not in JSON */
	char		title[EMIT_WORD_MAX];	/* empty: not in text */
	unsigned	width;
	enum ctl_type	type;
	size_t		offset;		/* into the row */
	enum emit_align	align;
	bool		rate;		/* of that uint64_t, a second */
};

/* write NULL: where messages go. */
void	_bas_emit_begin(struct emit *emit, bool json,
	    void (*write)(void *, const char *), void *arg);
void	_bas_emit_end(struct emit *emit);

/*
 * Rates from here on are over so many nanoseconds.  They count whole
 * seconds; of less than one second a rate is the count itself, of no time
 * (the default) it is 0.
 */
void	_bas_emit_uptime(struct emit *emit, uint64_t uptime);
uint64_t _bas_emit_rate(const struct emit *emit, uint64_t count);

/* Formatted text; nothing in JSON. */
void	_bas_emit_text(struct emit *emit, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Brackets of JSON; in text only the heading, if any, on a line. */
void	_bas_emit_dict(struct emit *emit, const char *key,
	    const char *heading);
void	_bas_emit_dict_end(struct emit *emit);
void	_bas_emit_array(struct emit *emit, const char *key);
void	_bas_emit_array_end(struct emit *emit);

/*
 * A value: `"key":value' or the line `name: value'.  With a note, a second
 * value of the type stands behind it in text: `name: value (note: other)'.
 */
void	_bas_emit_value(struct emit *emit, const char *key, const char *name,
	    enum ctl_type type, const void *value);
void	_bas_emit_noted(struct emit *emit, const char *key, const char *name,
	    enum ctl_type type, const void *value, const char *note,
	    const void *other);
/* An address as an element of an array, a string; nothing in text. */
void	_bas_emit_address(struct emit *emit, uintptr_t address);

/*
 * Cells of a row, or of its titles, to be put together: nothing stands
 * before or after them.
 */
void	_bas_emit_title_cells(struct emit *emit,
	    const struct emit_column *columns, size_t ncolumns);
void	_bas_emit_cells(struct emit *emit, const struct emit_column *columns,
	    size_t ncolumns, const void *row);

/*
 * A table: its titles, a row under them (in JSON an object, with a key if it
 * is not in an array), and the mark for rows left out, at the right of the
 * first so many columns.
 */
void	_bas_emit_titles(struct emit *emit, const struct emit_column *columns,
	    size_t ncolumns);
void	_bas_emit_row(struct emit *emit, const char *key,
	    const struct emit_column *columns, size_t ncolumns,
	    const void *row);
void	_bas_emit_gap(struct emit *emit, const struct emit_column *columns,
	    size_t ncolumns);

#endif /* !BASALT_EMIT_H */
