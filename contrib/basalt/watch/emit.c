/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "util/fmt.h"
#include "util/report.h"
#include "watch/emit.h"

/* The longest single cell or line of text; strings go out in any length. */
#define	EMIT_CELL	256
/* In nanoseconds. */
#define	EMIT_SECOND	((uint64_t)1000000000)

/* Messages take one argument only. */
static void
message_write(void *arg, const char *text)
{

	(void)arg;
	_bas_message(text);
}

static void
emit_flush(struct emit *emit)
{

	if (emit->len == 0)
		return;
	emit->text[emit->len] = '\0';
	emit->len = 0;
	emit->write(emit->arg, emit->text);
}

static void
emit_bytes(struct emit *emit, const char *s, size_t len)
{
	size_t room;

	while (len > 0) {
		room = sizeof(emit->text) - 1 - emit->len;
		if (room > len)
			room = len;
		memcpy(emit->text + emit->len, s, room);
		emit->len += room;
		s += room;
		len -= room;
		if (len > 0)
			emit_flush(emit);
	}
}

static void
emit_string(struct emit *emit, const char *s)
{

	emit_bytes(emit, s, strlen(s));
}

/* Bytes of the character at s in UTF-8; 0: it is none. */
static size_t
character_len(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (c[0] < 0x80)
		return (1);
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return (0);
	len = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	/* Neither longer than need be, nor surrogates, nor beyond the end. */
	if (c[0] == 0xe0)
		low = 0xa0;
	else if (c[0] == 0xf0)
		low = 0x90;
	else if (c[0] == 0xed)
		high = 0x9f;
	else if (c[0] == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++) {
		if (c[i] < low || c[i] > high)
			return (0);
		low = 0x80;
		high = 0xbf;
	}
	return (len);
}

/*
 * A string of JSON: what would end or break it is escaped.  Users may have
 * put anything into the values of options.
 */
static void
emit_quoted(struct emit *emit, const char *s)
{
	char escape[8];
	size_t len;

	emit_string(emit, "\"");
	for (; *s != '\0'; s += len) {
		len = character_len(s);
		if (len == 0) {
			emit_string(emit, "\\ufffd");
			len = 1;
		} else if (*s == '"' || *s == '\\') {
			(void)_bas_fmt(escape, sizeof(escape), "\\%c", *s);
			emit_string(emit, escape);
		} else if ((unsigned char)*s < 0x20) {
			(void)_bas_fmt(escape, sizeof(escape), "\\u%04x",
			    (unsigned)(unsigned char)*s);
			emit_string(emit, escape);
		} else
			emit_bytes(emit, s, len);
	}
	emit_string(emit, "\"");
}

/* A value other than a string, or a short string, as text. */
static size_t
value_fmt(char *buf, size_t size, enum ctl_type type, const void *value)
{
	union ctl_value v = { .u64 = 0 };

	memcpy(&v, value, _bas_ctl_size(type));
	switch (type) {
	case CTL_BOOL:
		return (_bas_fmt(buf, size, v.b ? "true" : "false"));
	case CTL_UNSIGNED:
		return (_bas_fmt(buf, size, "%u", v.u));
	case CTL_UINT32:
		return (_bas_fmt(buf, size, "%u", (unsigned)v.u32));
	case CTL_UINT64:
		return (_bas_fmt(buf, size, "%llu",
		    (unsigned long long)v.u64));
	case CTL_INT64:
		return (_bas_fmt(buf, size, "%lld", (long long)v.i64));
	case CTL_SIZE:
		return (_bas_fmt(buf, size, "%zu", v.z));
	case CTL_SSIZE:
		return (_bas_fmt(buf, size, "%zd", v.s));
	case CTL_STRING:
		return (_bas_fmt(buf, size, "%s", v.str));
	case CTL_POINTER:
		return (_bas_fmt(buf, size, "%p", v.p));
	case CTL_OTHER:
	case CTL_VOID:
		break;
	}
	buf[0] = '\0';
	return (0);
}

/* A value by itself, strings in quotes: what both forms agree on. */
static void
emit_bare(struct emit *emit, enum ctl_type type, const void *value)
{
	char cell[EMIT_CELL];
	const char *s;

	if (type == CTL_STRING) {
		memcpy(&s, value, sizeof(s));
		emit_quoted(emit, s);
		return;
	}
	(void)value_fmt(cell, sizeof(cell), type, value);
	emit_string(emit, cell);
}

/* The comma that is due before a member, and its key if it has one. */
static void
json_member(struct emit *emit, const char *key)
{

	if (emit->more[emit->depth])
		emit_string(emit, ",");
	emit->more[emit->depth] = true;
	if (key != NULL) {
		emit_quoted(emit, key);
		emit_string(emit, ":");
	}
}

static void
json_open(struct emit *emit, const char *bracket)
{

	emit_string(emit, bracket);
	emit->more[++emit->depth] = false;
}

static void
json_close(struct emit *emit, const char *bracket)
{

	emit->depth--;
	emit_string(emit, bracket);
}

void
_bas_emit_begin(struct emit *emit, bool json,
    void (*write)(void *, const char *), void *arg)
{

	emit->write = write != NULL ? write : message_write;
	emit->arg = arg;
	emit->json = json;
	emit->uptime = 0;
	emit->depth = 0;
	emit->more[0] = false;
	emit->len = 0;
	if (json)
		json_open(emit, "{");
}

void
_bas_emit_end(struct emit *emit)
{

	if (emit->json) {
		json_close(emit, "}");
		emit_string(emit, "\n");
	}
	emit_flush(emit);
}

void
_bas_emit_uptime(struct emit *emit, uint64_t uptime)
{

	emit->uptime = uptime;
}

uint64_t
_bas_emit_rate(const struct emit *emit, uint64_t count)
{

	if (emit->uptime == 0)
		return (0);
	if (emit->uptime < EMIT_SECOND)
		return (count);
	return (count / (emit->uptime / EMIT_SECOND));
}

void
_bas_emit_text(struct emit *emit, const char *format, ...)
{
	char line[EMIT_CELL];
	va_list ap;

	if (emit->json)
		return;
	va_start(ap, format);
	(void)_bas_vfmt(line, sizeof(line), format, ap);
	va_end(ap);
	emit_string(emit, line);
}

void
_bas_emit_dict(struct emit *emit, const char *key, const char *heading)
{

	if (emit->json) {
		json_member(emit, key);
		json_open(emit, "{");
	} else if (heading != NULL)
		_bas_emit_text(emit, "%s\n", heading);
}

void
_bas_emit_dict_end(struct emit *emit)
{

	if (emit->json)
		json_close(emit, "}");
}

void
_bas_emit_array(struct emit *emit, const char *key)
{

	if (emit->json) {
		json_member(emit, key);
		json_open(emit, "[");
	}
}

void
_bas_emit_array_end(struct emit *emit)
{

	if (emit->json)
		json_close(emit, "]");
}

void
_bas_emit_noted(struct emit *emit, const char *key, const char *name,
    enum ctl_type type, const void *value, const char *note,
    const void *other)
{

	if (emit->json) {
		if (key == NULL)
			return;
		json_member(emit, key);
		emit_bare(emit, type, value);
		return;
	}
	if (name == NULL)
		return;
	emit_string(emit, name);
	emit_string(emit, ": ");
	emit_bare(emit, type, value);
	if (note != NULL) {
		_bas_emit_text(emit, " (%s: ", note);
		emit_bare(emit, type, other);
		emit_string(emit, ")");
	}
	emit_string(emit, "\n");
}

void
_bas_emit_value(struct emit *emit, const char *key, const char *name,
    enum ctl_type type, const void *value)
{

	_bas_emit_noted(emit, key, name, type, value, NULL, NULL);
}

void
_bas_emit_address(struct emit *emit, uintptr_t address)
{
	char text[2 + 2 * sizeof(address) + 3];

	if (!emit->json)
		return;
	json_member(emit, NULL);
	(void)_bas_fmt(text, sizeof(text), "\"0x%llx\"",
	    (unsigned long long)address);
	emit_string(emit, text);
}

static void
text_cell(struct emit *emit, const struct emit_column *column,
    const char *cell)
{
	int width = (int)column->width;

	_bas_emit_text(emit, "%*s",
	    column->align == EMIT_LEFT ? -width : width, cell);
}

void
_bas_emit_title_cells(struct emit *emit, const struct emit_column *columns,
    size_t ncolumns)
{
	size_t i;

	if (emit->json)
		return;
	for (i = 0; i < ncolumns; i++)
		if (columns[i].title[0] != '\0')
			text_cell(emit, &columns[i], columns[i].title);
}

void
_bas_emit_cells(struct emit *emit, const struct emit_column *columns,
    size_t ncolumns, const void *row)
{
	const struct emit_column *column;
	const void *value;
	char cell[EMIT_CELL];
	uint64_t rate;

	for (column = columns; column < columns + ncolumns; column++) {
		value = (const char *)row + column->offset;
		if (emit->json && column->key[0] != '\0') {
			json_member(emit, column->key);
			emit_bare(emit, column->type, value);
		} else if (!emit->json && column->title[0] != '\0') {
			if (column->rate) {
				memcpy(&rate, value, sizeof(rate));
				rate = _bas_emit_rate(emit, rate);
				value = &rate;
			}
			(void)value_fmt(cell, sizeof(cell), column->type,
			    value);
			text_cell(emit, column, cell);
		}
	}
}

void
_bas_emit_titles(struct emit *emit, const struct emit_column *columns,
    size_t ncolumns)
{

	_bas_emit_title_cells(emit, columns, ncolumns);
	_bas_emit_text(emit, "\n");
}

void
_bas_emit_row(struct emit *emit, const char *key,
    const struct emit_column *columns, size_t ncolumns, const void *row)
{

	_bas_emit_dict(emit, key, NULL);
	_bas_emit_cells(emit, columns, ncolumns, row);
	_bas_emit_dict_end(emit);
	_bas_emit_text(emit, "\n");
}

void
_bas_emit_gap(struct emit *emit, const struct emit_column *columns,
    size_t ncolumns)
{
	unsigned width = 0;
	size_t i;

	for (i = 0; i < ncolumns; i++)
		width += columns[i].width;
	_bas_emit_text(emit, "%*s\n", (int)width, "---");
}
