/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The record: a line a figure, name, unit and value, after one that says
 * which compiler the instructions are of.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"

#define	HEAD \
"# What the gate holds the library against (bmake gate).  A figure may rise\n" \
"# 3 per cent above its line.  bmake gate-record writes the file anew, which\n" \
"# is a change to look at.  gate_table.c says what each one is.\n"

const char *
figure_unit(const struct figure *fig)
{

	return (fig->kind == FIGURE_PEAK ? "KiB" : "instructions");
}

static struct figure *
find(const char *name)
{
	unsigned i;

	for (i = 0; i < nfigures; i++) {
		if (strcmp(figures[i].name, name) == 0)
			return (&figures[i]);
	}
	return (NULL);
}

static void
read_figure(const char *path, const char *line)
{
	char name[64], unit[32];
	struct figure *fig;
	double value;

	if (sscanf(line, "%63s %31s %lf", name, unit, &value) != 3)
		fatal("%s: not a figure: %s", path, line);
	fig = find(name);
	if (fig == NULL)
		fatal("%s: no figure has the name %s", path, name);
	if (strcmp(unit, figure_unit(fig)) != 0)
		fatal("%s: %s is not in %s", path, name, unit);
	fig->record = value;
}

/* Each figure's record, NaN where there is none; and the compiler. */
void
record_read(const char *path, char *compiler, size_t size)
{
	char line[256];
	unsigned i;
	FILE *f;

	for (i = 0; i < nfigures; i++)
		figures[i].record = NAN;
	compiler[0] = '\0';
	f = fopen(path, "r");
	if (f == NULL)
		fatal("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (strncmp(line, "compiler ", 9) == 0)
			snprintf(compiler, size, "%s", line + 9);
		else
			read_figure(path, line);
	}
	fclose(f);
}

/* What was not found this time stays as it was. */
void
record_write(const char *path, const char *compiler)
{
	const struct figure *fig;
	double value;
	unsigned i;
	FILE *f;

	f = fopen(path, "w");
	if (f == NULL)
		fatal("%s: %s", path, strerror(errno));
	fprintf(f, "%scompiler %s\n", HEAD, compiler);
	for (i = 0; i < nfigures; i++) {
		fig = &figures[i];
		value = isnan(fig->value) ? fig->record : fig->value;
		if (isnan(value))
			continue;
		fprintf(f, "%-20s %-14s %12.*f\n", fig->name,
		    figure_unit(fig), fig->kind == FIGURE_COUNT ? 2 : 0,
		    value);
	}
	if (fclose(f) != 0)
		fatal("%s: %s", path, strerror(errno));
}
