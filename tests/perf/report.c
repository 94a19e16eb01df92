/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Medians, means and tables.
 */

#include <sys/utsname.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static int
compare(const void *p1, const void *p2)
{
	double d1, d2;

	d1 = *(const double *)p1;
	d2 = *(const double *)p2;
	return ((d1 > d2) - (d1 < d2));
}

/* One failed run makes the cell fail: a median of the rest would hide it. */
struct cell
cell_of(double *values, unsigned n)
{
	struct cell cell = { NAN, NAN, NAN };
	unsigned i;

	for (i = 0; i < n; i++) {
		if (isnan(values[i]))
			return (cell);
	}
	if (n == 0)
		return (cell);
	qsort(values, n, sizeof(values[0]), compare);
	cell.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
	cell.low = values[0];
	cell.high = values[n - 1];
	return (cell);
}

struct row *
table_row(struct table *t, const char *name, unsigned nallocators)
{
	struct row *row;
	unsigned a;

	if (t->nrows == ROWS_MAX)
		fatal("too many rows");
	row = &t->rows[t->nrows++];
	snprintf(row->name, sizeof(row->name), "%s", name);
	for (a = 0; a < nallocators; a++)
		row->cells[a] = cell_of(NULL, 0);
	return (row);
}

/*
 * Geometric mean of an allocator's figures over the first's, in the rows
 * where both have one and the first's is at least the floor.
 */
double
table_mean(const struct table *t, unsigned a, double floor)
{
	const struct row *row;
	double sum;
	unsigned i, n;

	sum = 0;
	n = 0;
	for (i = 0; i < t->nrows; i++) {
		row = &t->rows[i];
		if (isnan(row->cells[a].median) ||
		    !(row->cells[0].median > 0) ||
		    row->cells[0].median < floor)
			continue;
		sum += log(row->cells[a].median / row->cells[0].median);
		n++;
	}
	return (n == 0 ? NAN : exp(sum / n));
}

/* The median of the same ratios: no single workload can carry it. */
static double
table_middle(const struct table *t, unsigned a)
{
	double ratios[ROWS_MAX];
	const struct row *row;
	unsigned i, n;

	n = 0;
	for (i = 0; i < t->nrows; i++) {
		row = &t->rows[i];
		if (!isnan(row->cells[a].median / row->cells[0].median))
			ratios[n++] = row->cells[a].median /
			    row->cells[0].median;
	}
	return (cell_of(ratios, n).median);
}

static void
print_figure(FILE *f, const char *unit, double v)
{

	if (isnan(v))
		fprintf(f, " %9s |", "-");
	else if (strcmp(unit, "KiB") == 0)
		fprintf(f, " %9.0f |", v);
	else
		fprintf(f, " %9.*f |", fabs(v) < 10 ? 2 : 1, v);
}

static void
print_head(const struct table *t, const struct bench *b, FILE *f)
{
	unsigned a;

	fprintf(f, "\n## %s\n\n| %-24s |", t->title,
	    t->form == TABLE_RATIOS ? "workload" : "");
	if (t->form == TABLE_RATIOS)
		fprintf(f, " %9s |", t->unit);
	for (a = t->form == TABLE_RATIOS ? 1 : 0; a < b->nallocators; a++)
		fprintf(f, " %9s |", b->allocators[a].name);
	fprintf(f, "\n|:-------------------------|");
	for (a = 0; a < b->nallocators; a++)
		fprintf(f, "----------:|");
	fprintf(f, "\n");
}

/*
 * The first allocator's own figures, then the others' as ratios to it:
 * above 1 the first is the better one.
 */
void
table_markdown(const struct table *t, const struct bench *b, FILE *f)
{
	const struct row *row;
	double first;
	unsigned a, i;

	print_head(t, b, f);
	for (i = 0; i < t->nrows; i++) {
		row = &t->rows[i];
		fprintf(f, "| %-24s |", row->name);
		first = row->cells[0].median;
		for (a = 0; a < b->nallocators; a++)
			print_figure(f, t->form == TABLE_RATIOS && a > 0 ?
			    "" : t->unit, t->form == TABLE_RATIOS && a > 0 ?
			    row->cells[a].median / first :
			    row->cells[a].median);
		fprintf(f, "\n");
	}
	if (t->form != TABLE_RATIOS)
		return;
	fprintf(f, "| %-24s | %9s |", "**geometric mean**", "1.00");
	for (a = 1; a < b->nallocators; a++)
		print_figure(f, "", table_mean(t, a, 0));
	fprintf(f, "\n");
	fprintf(f, "| %-24s | %9s |", "**median**", "1.00");
	for (a = 1; a < b->nallocators; a++)
		print_figure(f, "", table_middle(t, a));
	fprintf(f, "\n");
}

void
table_csv(const struct table *t, const struct bench *b, FILE *f)
{
	const struct cell *c;
	unsigned a, i;

	for (i = 0; i < t->nrows; i++) {
		for (a = 0; a < b->nallocators; a++) {
			c = &t->rows[i].cells[a];
			fprintf(f, "%s,%s,%s,%s", t->kind, t->rows[i].name,
			    b->allocators[a].name, t->unit);
			if (isnan(c->median))
				fprintf(f, ",,,\n");
			else
				fprintf(f, ",%.3f,%.3f,%.3f\n", c->median,
				    c->low, c->high);
		}
	}
	for (a = 0; a < b->nallocators && t->form == TABLE_RATIOS; a++)
		fprintf(f, "%s-mean,geometric mean,%s,ratio,%.4f,,\n",
		    t->kind, b->allocators[a].name, table_mean(t, a, 0));
}

/* The rest of the first line of a file that begins with key. */
static void
first_line(const char *path, const char *key, char *text, size_t size)
{
	char line[256];
	FILE *f;

	snprintf(text, size, "unknown");
	f = fopen(path, "r");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, size, "%s", line + strlen(key) +
		    strspn(line + strlen(key), "\t :"));
		break;
	}
	fclose(f);
}

/* What one must know of the machine to compare with another's figures. */
void
facts_markdown(const struct bench *b, FILE *f)
{
	char cpu[128], thp[128];
	struct utsname un;
	unsigned a;

	uname(&un);
	first_line("/proc/cpuinfo", "model name", cpu, sizeof(cpu));
	first_line("/sys/kernel/mm/transparent_hugepage/enabled", "", thp,
	    sizeof(thp));
	fprintf(f, "# Benchmark\n\n");
	fprintf(f, "- system: %s %s %s\n", un.sysname, un.release,
	    un.machine);
	fprintf(f, "- processors: %ld of %s\n", sysconf(_SC_NPROCESSORS_ONLN),
	    cpu);
	fprintf(f, "- memory: %ld MiB in pages of %ld bytes\n",
	    (long)((double)sysconf(_SC_PHYS_PAGES) *
	    (double)sysconf(_SC_PAGESIZE) / 1048576),
	    sysconf(_SC_PAGESIZE));
	fprintf(f, "- huge pages: %s\n", thp);
	for (a = 0; a < b->nallocators; a++)
		fprintf(f, "- %s: %s\n", b->allocators[a].name,
		    b->allocators[a].version);
	fprintf(f, "- %u round%s of %u %% of the work, allocators"
	    " interleaved, medians\n", b->rounds, b->rounds == 1 ? "" : "s",
	    b->percent);
	if (b->ran_short)
		fprintf(f, "- time ran short: %u rounds in some rows\n",
		    b->rounds_short);
	fprintf(f, "\nIn the tables of ratios the first column is %s's own"
	    " figure; the others\nare divided by it, so above 1 means that"
	    " %s is faster or smaller.\n", b->allocators[0].name,
	    b->allocators[0].name);
}
