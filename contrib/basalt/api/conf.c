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
#include "api/conf_value.h"
#include "os/os.h"
#include "util/conf_table.h"
#include "util/fmt.h"
#include "util/options.h"
#include "util/report.h"

#define	CONF_LINK	"/etc/malloc.conf"
#define	CONF_ENV	"MALLOC_CONF"
#define	CONF_LINK_MAX	4096

BASALT_PUBLIC __attribute__((weak)) const char *malloc_conf;
BASALT_PUBLIC __attribute__((weak)) const char *malloc_conf_2_conf_harder;

struct pair {
	struct span	key;
	struct span	value;
};

struct parse {
	const char	*source;	/* its name, for messages */
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

/* The string is broken at text. */
static void
parse_error(struct parse *parse, const char *what, const char *text)
{

	parse->failed = true;
	if (!parse->silent)
		_bas_report("<basalt>: %s -- %s (in %s)\n", what, text,
		    parse->source);
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
			parse_error(parse, "Malformed conf string",
			    parse->next);
		else if (s != parse->next)
			parse_error(parse, "Conf string ends with key",
			    parse->next);
		return (false);
	}
	pair->key.len = (size_t)(s - pair->key.s);
	pair->value.s = ++s;
	while (*s != ',' && *s != '\0')
		s++;
	pair->value.len = (size_t)(s - pair->value.s);
	if (*s == ',' && *++s == '\0')
		parse_error(parse, "Conf string ends with comma",
		    parse->next);
	parse->next = s;
	return (true);
}

static void
pair_print(const char *what, const struct pair *pair)
{

	_bas_report("<basalt>: %s: %.*s:%.*s\n", what,
	    (int)pair->key.len, pair->key.s,
	    (int)pair->value.len, pair->value.s);
}

static void
pair_fail(struct parse *parse, const struct conf_row *row,
    const struct pair *pair, const char *what)
{
	static const char experimental[] = "experimental_";

	_bas_report("<basalt>: %s: %.*s:%.*s (in %s)\n", what,
	    (int)pair->key.len, pair->key.s,
	    (int)pair->value.len, pair->value.s, parse->source);
	/* Experiments come and go: abort_conf forgives what is about them. */
	if (strncmp(pair->key.s, experimental, sizeof(experimental) - 1) != 0 &&
	    (row == NULL || (row->flags & CONF_FORGIVEN) == 0))
		parse->failed = true;
}

static void
pair_apply(struct parse *parse, const struct pair *pair)
{
	const struct conf_row *row;
	char what[64];

	row = _bas_conf_row(pair->key.s, pair->key.len);
	if (row == NULL) {
		pair_fail(parse, row, pair, "Invalid conf pair");
		return;
	}
	switch (_bas_conf_set(row, &pair->value)) {
	case VERDICT_GONE:
		pair_fail(parse, row, pair, "Invalid conf pair");
		break;
	case VERDICT_INVALID:
		pair_fail(parse, row, pair, "Invalid conf value");
		break;
	case VERDICT_RANGE:
		pair_fail(parse, row, pair, "Out-of-range conf value");
		break;
	case VERDICT_LIST:
		(void)_bas_fmt(what, sizeof(what), "Invalid settings for %s",
		    row->name);
		pair_fail(parse, row, pair, what);
		break;
	case VERDICT_OK:
		if (_bas_options.confirm_conf)
			pair_print("-- Set conf value", pair);
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
		if (_bas_span_is(&pair.key, "confirm_conf")) {
			row = _bas_conf_row(pair.key.s, pair.key.len);
			(void)_bas_conf_set(row, &pair.value);
		}
}

static void
mistaken(void)
{

	if (!_bas_options.abort_conf)
		return;
	_bas_message("<basalt>: Abort (abort_conf:true) on invalid "
	    "conf value (see above).\n");
	_bas_os_abort();
}

/* The second. */
static void
source_apply(enum conf_source source, const char *string)
{
	static const char *const names[CONF_NSOURCES] = {
		"the library", "malloc_conf", CONF_LINK, CONF_ENV,
		"malloc_conf_2_conf_harder",
	};
	struct parse parse = { .source = names[source], .next = string };
	struct pair pair;

	while (conf_next(&parse, &pair))
		pair_apply(&parse, &pair);
	if (parse.failed)
		mistaken();
}

/* Two options contradict each other, or one the machine. */
static void
contradiction(const char *text)
{

	_bas_message(text);
	mistaken();
}

static void
prof_adjust(struct options *o)
{

	if (o->prof_leak_error && !o->prof_final)
		contradiction("<basalt>: prof_leak_error is set w/o "
		    "prof_final.\n");
	o->prof_leak |= o->prof_leak_error;
	o->prof |= o->prof_leak;
}

/* What one option means for another, once all are known. */
static void
options_adjust(void)
{
	struct options *o = &_bas_options;

	prof_adjust(o);
	if (o->hpa && os_hugepage(OPTIONS_HUGE) != OPTIONS_HUGE) {
		contradiction("<basalt>: No huge pages of 2 MiB here: hpa is "
		    "off.\n");
		o->hpa = false;
	}
	/* Objects that small are in slabs, whichever arena they are from. */
	if (o->oversize_threshold < OPTIONS_OVERSIZE_MIN)
		o->oversize_threshold = 0;
	if (o->lg_san_uaf_align >= 0 &&
	    o->lg_san_uaf_align < OPTIONS_LG_PAGE)
		o->lg_san_uaf_align = OPTIONS_LG_PAGE;
	if (!config_debug)
		o->debug_double_free_max_scan = 0;
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
			source_apply((enum conf_source)i, string);
	}
	options_adjust();
	errno = error;
}
