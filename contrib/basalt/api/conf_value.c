/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * From the text of a value to the field of its row.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "api/conf_value.h"
#include "util/conf_table.h"
#include "util/options.h"

bool
_bas_span_is(const struct span *span, const char *word)
{

	return (strlen(word) == span->len &&
	    memcmp(word, span->s, span->len) == 0);
}

static unsigned
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return ((unsigned)(c - '0'));
	if (c >= 'a' && c <= 'f')
		return ((unsigned)(c - 'a') + 10);
	if (c >= 'A' && c <= 'F')
		return ((unsigned)(c - 'A') + 10);
	return (UINT32_MAX);
}

/*
 * A whole number as C spells it: blanks, a sign, then hexadecimal after 0x,
 * octal after 0, else decimal.  A negative one wraps around, as it would in
 * an assignment: whether that is in range is for the row to say.
 */
static bool
number_parse(const struct span *span, uint64_t *result)
{
	const char *s = span->s, *end = span->s + span->len;
	uint64_t value;
	unsigned base, digit;
	bool negative;

	while (s < end && (*s == ' ' || (*s >= '\t' && *s <= '\r')))
		s++;
	negative = s < end && *s == '-';
	if (s < end && (*s == '-' || *s == '+'))
		s++;
	base = 10;
	if (end - s > 1 && s[0] == '0') {
		base = s[1] == 'x' || s[1] == 'X' ? 16 : 8;
		s += base == 16 ? 2 : 1;
	}
	if (s == end)
		return (false);
	for (value = 0; s < end; s++) {
		digit = digit_value(*s);
		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return (false);
		value = value * base + digit;
	}
	*result = negative ? 0 - value : value;
	return (true);
}

static bool
word_parse(const struct conf_row *row, const struct span *span,
    unsigned *result)
{
	const struct conf_word *word;

	if (_bas_conf_words(row) == NULL)
		return (false);
	for (word = _bas_conf_words(row); word->name[0] != '\0'; word++)
		if (_bas_span_is(span, word->name) ||
		    ((row->flags & CONF_PREFIX) != 0 && span->len > 0 &&
		    strncmp(word->name, span->s, span->len) == 0)) {
			*result = word->value;
			return (true);
		}
	return (false);
}

static bool
number_below(const struct conf_row *row, uint64_t a, uint64_t b)
{
	if (row->type == CONF_SSIZE || row->type == CONF_INT64)
		return ((int64_t)a < (int64_t)b);
	return (a < b);
}

static enum verdict
number_range(const struct conf_row *row, uint64_t *value)
{
	if (number_below(row, *value, row->min)) {
		if ((row->flags & CONF_CLIP_MIN) == 0)
			return (VERDICT_RANGE);
		*value = row->min;
	} else if (number_below(row, row->max, *value)) {
		if ((row->flags & CONF_CLIP_MAX) == 0)
			return (VERDICT_RANGE);
		*value = row->max;
	}
	return (VERDICT_OK);
}

static void
number_store(const struct conf_row *row, uint64_t value)
{
	void *field = _bas_conf_value(row);

	switch (row->type) {
	case CONF_UNSIGNED:
	case CONF_RATIO:
		*(uint32_t *)field = (uint32_t)value;
		break;
	case CONF_LG_SIZE:
		*(size_t *)field = (size_t)1 << value;
		break;
	case CONF_HUGE_SHARE:
		*(size_t *)field = (size_t)(value * OPTIONS_HUGE /
		    OPTIONS_RATIO_ONE);
		break;
	case CONF_SIZE:
	case CONF_SSIZE:
		*(size_t *)field = (size_t)value;
		break;
	default:
		*(uint64_t *)field = value;
		break;
	}
}

static enum verdict
number_set(const struct conf_row *row, const struct span *span)
{
	enum verdict verdict;
	uint64_t value;
	unsigned word;

	if (word_parse(row, span, &word)) {
		number_store(row, word);
		return (VERDICT_OK);
	}
	if (!number_parse(span, &value))
		return (VERDICT_INVALID);
	verdict = number_range(row, &value);
	if (verdict == VERDICT_OK)
		number_store(row, value);
	return (verdict);
}

/*
 * Digits, then perhaps a point and more digits: in 65536ths, rounded down.
 * Ten digits after the point are more than those can tell apart.
 */
static bool
ratio_parse(const struct span *span, uint64_t *result)
{
	const char *s = span->s, *end = span->s + span->len;
	uint64_t whole = 0, part = 0, unit = 1;

	if (s == end)
		return (false);
	for (; s < end && *s >= '0' && *s <= '9'; s++) {
		whole = whole * 10 + (uint64_t)(*s - '0');
		if (whole >= OPTIONS_RATIO_ONE)
			return (false);
	}
	if (s < end && (*s != '.' || ++s == end))
		return (false);
	for (; s < end && *s >= '0' && *s <= '9'; s++)
		if (unit < 10000000000u) {
			part = part * 10 + (uint64_t)(*s - '0');
			unit *= 10;
		}
	*result = whole * OPTIONS_RATIO_ONE + part * OPTIONS_RATIO_ONE / unit;
	return (s == end);
}

static enum verdict
ratio_set(const struct conf_row *row, const struct span *span)
{
	uint64_t value;
	unsigned word;

	if (word_parse(row, span, &word))
		value = word;
	else if (!ratio_parse(span, &value) || value > row->max)
		return (VERDICT_INVALID);
	number_store(row, value);
	return (VERDICT_OK);
}

/* Cut a number off that ends at the character c; at the end where c is 0. */
static bool
part_parse(struct span *span, char c, uint64_t *value)
{
	struct span part = { .s = span->s };

	while (part.len < span->len && part.s[part.len] != c)
		part.len++;
	if (part.len == span->len && c != '\0' && c != '|')
		return (false);
	if (!number_parse(&part, value))
		return (false);
	/* What ended it goes too, if it did not end by itself. */
	if (part.len < span->len)
		part.len++;
	span->s += part.len;
	span->len -= part.len;
	return (true);
}

/*
 * A list adds to those before it, and is taken as a whole or not at all.
 * A later range overrides an earlier one: that is for its readers to heed.
 */
static enum verdict
ranges_set(const struct conf_row *row, const struct span *span)
{
	struct option_ranges *ranges = _bas_conf_value(row);
	struct span rest = *span;
	uint64_t start, last, value;
	unsigned n = ranges->n, word;

	if (word_parse(row, span, &word)) {
		ranges->n = 0;
		return (VERDICT_OK);
	}
	do {
		if (!part_parse(&rest, '-', &start) ||
		    !part_parse(&rest, ':', &last) ||
		    !part_parse(&rest, '|', &value) ||
		    start > last || value < row->min || value > row->max ||
		    n == OPTIONS_RANGES_MAX)
			return (VERDICT_LIST);
		ranges->range[n].start = (size_t)start;
		ranges->range[n].end = (size_t)last;
		ranges->range[n++].value = (size_t)value;
	} while (rest.len > 0);
	ranges->n = n;
	return (VERDICT_OK);
}

static enum verdict
string_set(const struct conf_row *row, const struct span *span)
{
	char *field = _bas_conf_value(row);
	size_t len = span->len;

	if (len >= row->max)
		len = (size_t)row->max - 1;
	memcpy(field, span->s, len);
	field[len] = '\0';
	return (VERDICT_OK);
}

static enum verdict
bool_set(const struct conf_row *row, const struct span *span)
{
	bool *field = _bas_conf_value(row);

	if (!_bas_span_is(span, "true") && !_bas_span_is(span, "false"))
		return (VERDICT_INVALID);
	*field = _bas_span_is(span, "true");
	return (VERDICT_OK);
}

static enum verdict
word_set(const struct conf_row *row, const struct span *span)
{
	unsigned value;

	if (!word_parse(row, span, &value))
		return (VERDICT_INVALID);
	if (row->type == CONF_WORD)
		*(unsigned *)_bas_conf_value(row) = value;
	else {
		((bool *)_bas_conf_value(row))[0] = (value & 1) != 0;
		((bool *)_bas_conf_value(row))[1] = (value & 2) != 0;
	}
	return (VERDICT_OK);
}

/* Letters add up over all sources; unknown and repeated ones are dropped. */
static enum verdict
letters_set(const struct conf_row *row, const struct span *span)
{
	char *field = _bas_conf_value(row);
	size_t i, len;

	len = strlen(field);
	for (i = 0; i < span->len; i++)
		if (strchr(row->letters, span->s[i]) != NULL &&
		    strchr(field, span->s[i]) == NULL) {
			field[len++] = span->s[i];
			field[len] = '\0';
		}
	return (VERDICT_OK);
}

enum verdict
_bas_conf_set(const struct conf_row *row, const struct span *value)
{
	switch (row->type) {
	case CONF_BOOL:
		return (bool_set(row, value));
	case CONF_WORD:
	case CONF_FLAGS:
		return (word_set(row, value));
	case CONF_LETTERS:
		return (letters_set(row, value));
	case CONF_RATIO:
	case CONF_HUGE_SHARE:
		return (ratio_set(row, value));
	case CONF_RANGES:
		return (ranges_set(row, value));
	case CONF_STRING:
		return (string_set(row, value));
	case CONF_GONE:
		return (VERDICT_GONE);
	default:
		return (number_set(row, value));
	}
}
