/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 *	string := "" | pair ("," pair)*		pair := key ":" value
 *	key    := [A-Za-z0-9_]*			value := any bytes but ','
 *
 * The strings are gone through twice: first, silently, for confirm_conf
 * alone, so that it works wherever it stands; then for everything.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "api/conf.h"
#include "os/os.h"
#include "util/conf_table.h"
#include "util/options.h"
#include "util/report.h"

#define	CONF_LINK	"/etc/malloc.conf"
#define	CONF_ENV	"MALLOC_CONF"
#define	CONF_LINK_MAX	4096

BASALT_PUBLIC __attribute__((weak)) const char *malloc_conf;
BASALT_PUBLIC __attribute__((weak)) const char *malloc_conf_2_conf_harder;

/* A piece of a conf string: not terminated, hence always with its length. */
struct span {
	const char	*s;
	size_t		 len;
};

struct pair {
	struct span	key;
	struct span	value;
};

enum verdict {
	VERDICT_OK,
	VERDICT_INVALID,
	VERDICT_RANGE
};

struct parse {
	const char	*next;		/* what is left of the string */
	bool		 silent;	/* the pass for confirm_conf */
	bool		 failed;	/* something was wrong with it */
};

static bool
is_key(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_');
}

static bool
is_span(const struct span *span, const char *word)
{
	return (strlen(word) == span->len &&
	    memcmp(word, span->s, span->len) == 0);
}

static void
parse_error(struct parse *parse, const char *what)
{
	parse->failed = true;
	if (!parse->silent)
		_bas_report("<basalt>: %s\n", what);
}

/* Cut the next pair off; false at the end or where the string is broken. */
static bool
conf_next(struct parse *parse, struct pair *pair)
{
	const char *s;

	pair->key.s = s = parse->next;
	while (is_key(*s))
		s++;
	if (*s != ':') {
		if (*s != '\0')
			parse_error(parse, "Malformed conf string");
		else if (s != parse->next)
			parse_error(parse, "Conf string ends with key");
		return (false);
	}
	pair->key.len = (size_t)(s - pair->key.s);
	pair->value.s = ++s;
	while (*s != ',' && *s != '\0')
		s++;
	pair->value.len = (size_t)(s - pair->value.s);
	if (*s == ',' && *++s == '\0')
		parse_error(parse, "Conf string ends with comma");
	parse->next = s;
	return (true);
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

	if (row->words == NULL)
		return (false);
	for (word = row->words; word->name != NULL; word++)
		if (is_span(span, word->name) ||
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

static enum verdict
number_set(const struct conf_row *row, const struct span *span)
{
	void *field = _bas_conf_value(row);
	enum verdict verdict;
	uint64_t value;
	unsigned word;

	if (word_parse(row, span, &word))
		value = word;
	else {
		if (!number_parse(span, &value))
			return (VERDICT_INVALID);
		verdict = number_range(row, &value);
		if (verdict != VERDICT_OK)
			return (verdict);
	}
	switch (row->type) {
	case CONF_UNSIGNED:
		*(unsigned *)field = (unsigned)value;
		break;
	case CONF_LG_SIZE:
		*(size_t *)field = (size_t)1 << value;
		break;
	case CONF_SIZE:
	case CONF_SSIZE:
		*(size_t *)field = (size_t)value;
		break;
	default:
		*(uint64_t *)field = value;
		break;
	}
	return (VERDICT_OK);
}

static enum verdict
bool_set(const struct conf_row *row, const struct span *span)
{
	bool *field = _bas_conf_value(row);

	if (!is_span(span, "true") && !is_span(span, "false"))
		return (VERDICT_INVALID);
	*field = is_span(span, "true");
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

static enum verdict
row_set(const struct conf_row *row, const struct span *value)
{
	switch (row->type) {
	case CONF_BOOL:
		return (bool_set(row, value));
	case CONF_WORD:
	case CONF_FLAGS:
		return (word_set(row, value));
	case CONF_LETTERS:
		return (letters_set(row, value));
	default:
		return (number_set(row, value));
	}
}

static void
pair_report(struct parse *parse, const struct pair *pair, const char *what)
{
	static const char experimental[] = "experimental_";

	_bas_report("<basalt>: %s: %.*s:%.*s\n", what,
	    (int)pair->key.len, pair->key.s,
	    (int)pair->value.len, pair->value.s);
	/* Experiments come and go: abort_conf forgives what is about them. */
	if (strncmp(pair->key.s, experimental, sizeof(experimental) - 1) != 0)
		parse->failed = true;
}

static void
pair_apply(struct parse *parse, const struct pair *pair)
{
	const struct conf_row *row;

	row = _bas_conf_row(pair->key.s, pair->key.len);
	if (row == NULL) {
		pair_report(parse, pair, "Invalid conf pair");
		return;
	}
	switch (row_set(row, &pair->value)) {
	case VERDICT_INVALID:
		pair_report(parse, pair, "Invalid conf value");
		break;
	case VERDICT_RANGE:
		pair_report(parse, pair, "Out-of-range conf value");
		break;
	case VERDICT_OK:
		if (_bas_options.confirm_conf)
			_bas_report("<basalt>: -- Set conf value: "
			    "%.*s:%.*s\n", (int)pair->key.len, pair->key.s,
			    (int)pair->value.len, pair->value.s);
		break;
	}
}

/* The first pass over a string. */
static void
source_confirm(const char *string)
{
	struct parse parse = { .next = string, .silent = true };
	const struct conf_row *row;
	struct pair pair;

	while (conf_next(&parse, &pair))
		if (is_span(&pair.key, "confirm_conf")) {
			row = _bas_conf_row(pair.key.s, pair.key.len);
			(void)row_set(row, &pair.value);
		}
}

/* The second. */
static void
source_apply(const char *string)
{
	struct parse parse = { .next = string };
	struct pair pair;

	while (conf_next(&parse, &pair))
		pair_apply(&parse, &pair);
	if (parse.failed && _bas_options.abort_conf) {
		_bas_message("<basalt>: Abort (abort_conf:true) on invalid "
		    "conf value (see above).\n");
		_bas_os_abort();
	}
}

static void
sources_read(const char *sources[CONF_NSOURCES])
{
	static char link[CONF_LINK_MAX + 1];
	ssize_t len;

	sources[CONF_SOURCE_BUILD] = BASALT_CONF;
	sources[CONF_SOURCE_GLOBAL] = malloc_conf;
	len = _bas_os_readlink(CONF_LINK, link, CONF_LINK_MAX);
	if (len >= 0) {
		link[len] = '\0';
		sources[CONF_SOURCE_SYMLINK] = link;
	}
	sources[CONF_SOURCE_ENV] = _bas_os_env(CONF_ENV);
	sources[CONF_SOURCE_HARDER] = malloc_conf_2_conf_harder;
}

void
_bas_conf_init(void)
{
	static const char *const names[CONF_NSOURCES] = {
		"string specified via --with-malloc-conf",
		"string pointed to by the global variable malloc_conf",
		"\"name\" of the file referenced by the symbolic link named "
		    CONF_LINK,
		"value of the environment variable " CONF_ENV,
		"string pointed to by the global variable "
		    "malloc_conf_2_conf_harder",
	};
	const char *string;
	int error;
	unsigned i;

	error = errno;
	sources_read(_bas_conf_sources);
	for (i = 0; i < CONF_NSOURCES; i++)
		if (_bas_conf_sources[i] != NULL)
			source_confirm(_bas_conf_sources[i]);
	for (i = 0; i < CONF_NSOURCES; i++) {
		string = _bas_conf_sources[i];
		if (_bas_options.confirm_conf)
			_bas_report("<basalt>: malloc_conf #%u (%s): \"%s\"\n",
			    i + 1, names[i], string != NULL ? string : "");
		if (string != NULL)
			source_apply(string);
	}
	errno = error;
}
