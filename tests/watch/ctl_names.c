/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Lists the tables that the manual pages have to describe, from the tables:
 *	ctl NAME ACCESS TYPE	a control name that is not an option's
 *	opt NAME		an option
 */
#include <stdio.h>

#include "util/conf_table.h"
#include "watch/ctl.h"

static const char *const accesses[] = {
	[CTL_NONE] = "--",
	[CTL_READ] = "r-",
	[CTL_WRITE] = "-w",
	[CTL_READ_WRITE] = "rw",
};

static const char *const types[] = {
	[CTL_VOID] = "void",
	[CTL_BOOL] = "bool",
	[CTL_UNSIGNED] = "unsigned",
	[CTL_UINT32] = "uint32_t",
	[CTL_UINT64] = "uint64_t",
	[CTL_INT64] = "int64_t",
	[CTL_SIZE] = "size_t",
	[CTL_SSIZE] = "ssize_t",
	[CTL_STRING] = "const char *",
	[CTL_POINTER] = "void *",
	[CTL_OTHER] = "?",
};

static void
name_print(void *arg, const char *name, const struct ctl_node *leaf,
    const struct conf_row *row)
{
	const char *ctype;

	(void)arg;
	if (row != NULL)
		return;
	ctype = _bas_ctl_ctype(leaf);
	printf("ctl %s %s %s\n", name, accesses[leaf->access],
	    ctype != NULL ? ctype : types[leaf->type]);
}

int
main(void)
{
	unsigned i;

	_bas_ctl_each(name_print, NULL);
	for (i = 0; i < _bas_conf_nrows; i++)
		printf("opt %s\n", _bas_conf_table[i].name);
	return (0);
}
