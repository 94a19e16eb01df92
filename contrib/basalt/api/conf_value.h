/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What an option's value may be, and where it goes.
 */
#ifndef BASALT_CONF_VALUE_H
#define	BASALT_CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/conf_table.h"

/* A piece of a conf string: not terminated, hence always with its length. */
struct span {
	const char	*s;
	size_t		 len;
};

enum verdict {
	VERDICT_OK,
	VERDICT_INVALID,	/* it is none of the row's values */
	VERDICT_RANGE,		/* a number that is too small or too large */
	VERDICT_LIST,		/* a list with a mistake in it */
	VERDICT_GONE		/* the option does nothing any more */
};

bool	_bas_span_is(const struct span *span, const char *word);
/* Set the row's option to what the text says; unchanged if not OK. */
enum verdict _bas_conf_set(const struct conf_row *row,
	    const struct span *value);

#endif /* !BASALT_CONF_VALUE_H */
