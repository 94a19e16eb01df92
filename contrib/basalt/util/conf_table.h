/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The options as data: a row says how one is named, what values it takes and
 * where in `struct options' it lives.  The parser (api/conf.c), the opt.*
 * control names and statistics (watch) and the manual page's test all loop
 * over these rows; none of them knows an option by name.
 */
#ifndef BASALT_CONF_TABLE_H
#define	BASALT_CONF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/config.h"

/* Where option strings come from, in the order in which they are applied. */
enum conf_source {
	CONF_SOURCE_BUILD,	/* given when the library was built */
	CONF_SOURCE_GLOBAL,	/* the variable malloc_conf */
	CONF_SOURCE_SYMLINK,	/* what /etc/malloc.conf points to */
	CONF_SOURCE_ENV,	/* MALLOC_CONF in the environment */
	CONF_SOURCE_HARDER,	/* the variable malloc_conf_2_conf_harder */
	CONF_NSOURCES
};

/* The strings that were read, NULL where a source had none. */
extern BASALT_HIDDEN const char *_bas_conf_sources[CONF_NSOURCES];

/* How a value is spelt and stored. */
enum conf_type {
	CONF_BOOL,	/* true | false, a bool */
	CONF_UNSIGNED,	/* a number, an unsigned */
	CONF_SIZE,	/* a number, a size_t */
	CONF_SSIZE,	/* a number that may be negative, a ssize_t */
	CONF_UINT64,	/* a number, a uint64_t */
	CONF_INT64,	/* a number that may be negative, an int64_t */
	CONF_LG_SIZE,	/* log2 of a number, the number as a size_t */
	CONF_WORD,	/* one of the row's words, an enum */
	CONF_FLAGS,	/* one of the row's words: bit k is the k-th bool */
	CONF_LETTERS,	/* letters, gathered once each in a char array */
	CONF_RATIO,	/* a decimal fraction, a uint32_t of 65536ths */
	CONF_HUGE_SHARE, /* a fraction up to 1, a size_t of so much of 2 MiB */
	CONF_RANGES,	/* a list of start-end:value, a struct option_ranges */
	CONF_STRING,	/* any text, cut to fit a char array */
	CONF_GONE	/* nothing: an option of old that is of no use */
};

/* What else is particular about a row. */
enum {
	CONF_CLIP_MIN = 1,	/* too small means min, else it is an error */
	CONF_CLIP_MAX = 2,	/* too large means max, else it is an error */
	CONF_NO_CTL = 4,	/* has no opt.* name of its own */
	CONF_PREFIX = 8,	/* any beginning of a word stands for it */
	CONF_FORGIVEN = 16	/* abort_conf does not count its mistakes */
};

/* With its end, the longest of each; the compiler sees to it. */
#define	CONF_NAME_MAX	42
#define	CONF_WORD_MAX	12
#define	CONF_HELP_MAX	54

struct conf_word {
	char		name[CONF_WORD_MAX];	/* empty: the end of a list */
	unsigned	value;
};

/* The texts first: no byte between what follows is lost. */
struct conf_row {
	char		name[CONF_NAME_MAX];
	char		help[CONF_HELP_MAX];	/* one line, for a reader */
	char		letters[12];	/* CONF_LETTERS: those known */
	enum conf_type	type;
	unsigned	flags;
	unsigned	words;		/* for _bas_conf_words() */
	size_t		offset;		/* into struct options */
	/*
	 * The range, of the numbers only; of the values of ranges too.
	 * Signed rows keep the bits of the signed value.  max is the size
	 * of the array of a string.
	 */
	uint64_t	min;
	uint64_t	max;
};

/* In the order in which reports show them. */
extern BASALT_HIDDEN const struct conf_row _bas_conf_table[];
extern BASALT_HIDDEN const unsigned _bas_conf_nrows;

/* The row of that name, NULL if there is none. */
const struct conf_row *_bas_conf_row(const char *name, size_t len);

/* Words, also those that a number may be replaced by; NULL: none. */
const struct conf_word *_bas_conf_words(const struct conf_row *row);

/* Where the row's value lives in the options in force. */
void		*_bas_conf_value(const struct conf_row *row);

/* The word that spells the present value of a row of words. */
const char	*_bas_conf_word(const struct conf_row *row);

#endif /* !BASALT_CONF_TABLE_H */
