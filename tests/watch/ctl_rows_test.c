/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Every control name: that it is there, as what, and its errors. */

#include <atf-c.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../include/names.h"
#include "ctl_rows.h"

static const char *const mutexes[] = { "background_thread",
    "max_per_bg_thd", "ctl", "prof", "prof_thds_data", "prof_dump",
    "prof_recent_alloc", "prof_recent_dump", "prof_stats" };
static const char *const arena_mutexes[] = { "large", "extent_avail",
    "extents_dirty", "extents_muzzy", "extents_retained", "extents_pinned",
    "decay_dirty", "decay_muzzy", "base", "tcache_list", "hpa_shard",
    "hpa_shard_grow", "hpa_sec" };
static const struct row counters[] = {
	{ "num_ops", CTL_UINT64, CTL_READ, 0 },
	{ "num_wait", CTL_UINT64, CTL_READ, 0 },
	{ "num_spin_acq", CTL_UINT64, CTL_READ, 0 },
	{ "num_owner_switch", CTL_UINT64, CTL_READ, 0 },
	{ "total_wait_time", CTL_UINT64, CTL_READ, 0 },
	{ "max_wait_time", CTL_UINT64, CTL_READ, 0 },
	{ "max_num_thds", CTL_UINT32, CTL_READ, 0 },
};

#define	COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
lock_each(const char *prefix, void (*f)(const struct row *))
{
	char name[CTL_NAME_MAX];
	struct row row;
	size_t i;

	for (i = 0; i < COUNT(counters); i++) {
		row = counters[i];
		snprintf(name, sizeof(name), "%s.%s", prefix, row.name);
		row.name = name;
		f(&row);
	}
}

/* Each row, and those of the locks. */
static void
rows_each(void (*f)(const struct row *))
{
	char prefix[CTL_NAME_MAX];
	size_t i;

	/* Arena 0 exists, and the thread is known. */
	bas_free(bas_malloc(100));
	for (i = 0; i < NROWS; i++)
		f(&rows[i]);
	for (i = 0; i < COUNT(mutexes); i++) {
		snprintf(prefix, sizeof(prefix), "stats.mutexes.%s",
		    mutexes[i]);
		lock_each(prefix, f);
	}
	for (i = 0; i < COUNT(arena_mutexes); i++) {
		snprintf(prefix, sizeof(prefix),
		    "stats.arenas.<i>.mutexes.%s", arena_mutexes[i]);
		lock_each(prefix, f);
	}
	lock_each("stats.arenas.<i>.bins.<j>.mutex", f);
}

/* The name with 0 for <i> and <j>. */
static void
name_fill(char *buf, const char *name)
{
	const char *s;

	for (s = name; *s != '\0'; s++)
		if (*s == '<') {
			*buf++ = '0';
			s += 2;
		} else
			*buf++ = *s;
	*buf = '\0';
}

static size_t
parts(const char *name)
{
	size_t n = 1;

	for (; *name != '\0'; name++)
		n += *name == '.';
	return (n);
}

static void
row_resolve(const struct row *row)
{
	size_t mib[CTL_DEPTH_MAX + 1], miblen = CTL_DEPTH_MAX, i;
	char name[CTL_NAME_MAX], longer[CTL_NAME_MAX + 2];
	int error;

	name_fill(name, row->name);
	error = bas_mallctlnametomib(name, mib, &miblen);
	if (row->what == ABSENT) {
		ATF_CHECK_EQ_MSG(ENOENT, error, "%s", name);
		return;
	}
	ATF_CHECK_EQ_MSG(0, error, "%s", name);
	ATF_CHECK_EQ_MSG(parts(name), miblen, "%s", name);
	for (i = 0; i < miblen; i++)
		ATF_CHECK_EQ_MSG(ENOENT, bas_mallctlbymib(mib, i, NULL,
		    NULL, NULL, 0), "%s", name);
	mib[miblen] = 0;
	ATF_CHECK_EQ_MSG(ENOENT, bas_mallctlbymib(mib, miblen + 1, NULL,
	    NULL, NULL, 0), "%s", name);
	snprintf(longer, sizeof(longer), "%s.x", name);
	ATF_CHECK_EQ_MSG(ENOENT, bas_mallctl(longer, NULL, NULL, NULL, 0),
	    "%s", longer);
	snprintf(longer, sizeof(longer), "%s.", name);
	ATF_CHECK_EQ_MSG(ENOENT, bas_mallctl(longer, NULL, NULL, NULL, 0),
	    "%s", longer);
	snprintf(longer, sizeof(longer), "%sx", name);
	ATF_CHECK_EQ_MSG(ENOENT, bas_mallctl(longer, NULL, NULL, NULL, 0),
	    "%s", longer);
}

ATF_TC_WITHOUT_HEAD(resolve);
ATF_TC_BODY(resolve, tc)
{

	rows_each(row_resolve);
}

/* A number too large is seen, by name and by MIB. */
static void
row_index(const struct row *row)
{
	size_t mib[CTL_DEPTH_MAX], saved, miblen = CTL_DEPTH_MAX, i;
	char name[CTL_NAME_MAX], wrong[2 * CTL_NAME_MAX];
	const char *part = strchr(row->name, '<');

	if (part == NULL || row->what == ABSENT)
		return;
	name_fill(name, row->name);
	ATF_REQUIRE_EQ(0, bas_mallctlnametomib(name, mib, &miblen));
	i = (size_t)(part - row->name);
	snprintf(wrong, sizeof(wrong), "%.*s99999%s", (int)i, name,
	    name + i + 1);
	ATF_CHECK_EQ_MSG(ENOENT, bas_mallctl(wrong, NULL, NULL, NULL, 0),
	    "%s", wrong);
	snprintf(wrong, sizeof(wrong), "%.*sx%s", (int)i, name, name + i + 1);
	ATF_CHECK_EQ_MSG(ENOENT, bas_mallctl(wrong, NULL, NULL, NULL, 0),
	    "%s", wrong);
	for (i = 0; i < miblen; i++) {
		saved = mib[i];
		mib[i] = 99999;
		ATF_CHECK_EQ_MSG(ENOENT, bas_mallctlbymib(mib, miblen, NULL,
		    NULL, NULL, 0), "%s", name);
		mib[i] = SIZE_MAX;
		ATF_CHECK_EQ_MSG(ENOENT, bas_mallctlbymib(mib, miblen, NULL,
		    NULL, NULL, 0), "%s", name);
		mib[i] = saved;
	}
}

ATF_TC_WITHOUT_HEAD(index);
ATF_TC_BODY(index, tc)
{

	rows_each(row_index);
}

/* By name, or by the MIB of the name: the same. */
static int
row_call(const char *name, void *oldp, size_t *oldlenp, void *newp,
    size_t newlen)
{
	size_t mib[CTL_DEPTH_MAX], miblen = CTL_DEPTH_MAX, before = 0, after;
	int error;

	ATF_REQUIRE_EQ(0, bas_mallctlnametomib(name, mib, &miblen));
	if (oldlenp != NULL)
		before = *oldlenp;
	error = bas_mallctl(name, oldp, oldlenp, newp, newlen);
	after = before;
	ATF_CHECK_EQ_MSG(error, bas_mallctlbymib(mib, miblen, oldp,
	    oldlenp == NULL ? NULL : &after, newp, newlen), "%s", name);
	if (oldlenp != NULL)
		ATF_CHECK_EQ_MSG(*oldlenp, after, "%s", name);
	return (error);
}

static bool
is_source(const char *name)
{

	return (strncmp(name, "opt.malloc_conf.", 16) == 0);
}

static void
row_read(const struct row *row)
{
	size_t size = _bas_ctl_size(row->type), len;
	unsigned char value[16], part[16];
	char name[CTL_NAME_MAX];
	int error;

	name_fill(name, row->name);
	if ((row->access != CTL_READ && row->access != CTL_READ_WRITE) ||
	    row->type == CTL_OTHER || row->what == MUST ||
	    row->what == PROF || row->what == ABSENT)
		return;
	/* Nothing to answer to: it exists. */
	ATF_CHECK_EQ_MSG(0, row_call(name, NULL, NULL, NULL, 0), "%s", name);
	len = size;
	error = row_call(name, value, &len, NULL, 0);
	if (error == ENOENT && row->what == SOURCE && is_source(name))
		return;
	ATF_CHECK_EQ_MSG(0, error, "%s", name);
	ATF_CHECK_EQ_MSG(size, len, "%s", name);
	/* Too little room: what fits, and how much that was. */
	memset(part, '#', sizeof(part));
	len = size - 1;
	ATF_CHECK_EQ_MSG(EINVAL, row_call(name, part, &len, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(size - 1, len, "%s", name);
	ATF_CHECK_EQ_MSG('#', part[size - 1], "%s", name);
	/* Too much: the value, and its length. */
	len = size + 1;
	ATF_CHECK_EQ_MSG(EINVAL, row_call(name, part, &len, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(size, len, "%s", name);
	ATF_CHECK_EQ_MSG('#', part[size], "%s", name);
}

ATF_TC_WITHOUT_HEAD(reading);
ATF_TC_BODY(reading, tc)
{

	rows_each(row_read);
}

static void
row_must(const struct row *row)
{
	size_t size = _bas_ctl_size(row->type), len;
	char name[CTL_NAME_MAX];
	uint64_t value;

	if (row->what != MUST)
		return;
	name_fill(name, row->name);
	ATF_CHECK_EQ_MSG(EINVAL, row_call(name, NULL, NULL, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(EINVAL, row_call(name, &value, NULL, NULL, 0), "%s",
	    name);
	len = size;
	ATF_CHECK_EQ_MSG(EINVAL, row_call(name, NULL, &len, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(0, len, "%s", name);
	len = size - 1;
	ATF_CHECK_EQ_MSG(EINVAL, row_call(name, &value, &len, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(0, len, "%s", name);
}

ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{

	rows_each(row_must);
}

/* Of any type, a value of 23 bytes is too long or none at all. */
static void
row_write(const struct row *row)
{
	unsigned char value[48] = { 0 };
	size_t len = _bas_ctl_size(row->type);
	char name[CTL_NAME_MAX];

	name_fill(name, row->name);
	if (row->what == PROF || row->what == ABSENT ||
	    row->access == CTL_NONE)
		return;
	if (row->access == CTL_READ) {
		ATF_CHECK_EQ_MSG(EPERM, row_call(name, NULL, NULL, value, 8),
		    "%s", name);
		ATF_CHECK_EQ_MSG(EPERM, row_call(name, NULL, NULL, NULL, 1),
		    "%s", name);
		return;
	}
	if (row->what == MUST)
		ATF_CHECK_EQ_MSG(EINVAL, row_call(name, value, &len,
		    value + 8, 23), "%s", name);
	else
		ATF_CHECK_EQ_MSG(row->what == PROF_SET ? ENOENT : EINVAL,
		    row_call(name, NULL, NULL, value, 23), "%s", name);
	if (row->access != CTL_WRITE)
		return;
	ATF_CHECK_EQ_MSG(EPERM, row_call(name, value, NULL, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(EPERM, row_call(name, NULL, &len, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(EINVAL, row_call(name, NULL, NULL, NULL, 0), "%s",
	    name);
}

ATF_TC_WITHOUT_HEAD(writing);
ATF_TC_BODY(writing, tc)
{

	rows_each(row_write);
}

static void
row_command(const struct row *row)
{
	int expected = row->what == LENIENT ? 0 : EPERM;
	char name[CTL_NAME_MAX];
	size_t len = 1;
	char c = 0;

	if (row->access != CTL_NONE || row->what == PROF)
		return;
	name_fill(name, row->name);
	ATF_CHECK_EQ_MSG(expected, row_call(name, &c, NULL, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(expected, row_call(name, NULL, &len, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(expected, row_call(name, NULL, NULL, &c, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(expected, row_call(name, NULL, NULL, NULL, 1), "%s",
	    name);
}

ATF_TC_WITHOUT_HEAD(commands);
ATF_TC_BODY(commands, tc)
{

	rows_each(row_command);
}

static void
row_prof(const struct row *row)
{
	size_t len = _bas_ctl_size(row->type);
	char name[CTL_NAME_MAX];
	uint64_t value = 0;

	if (row->what != PROF)
		return;
	name_fill(name, row->name);
	ATF_CHECK_EQ_MSG(ENOENT, row_call(name, NULL, NULL, NULL, 0), "%s",
	    name);
	ATF_CHECK_EQ_MSG(ENOENT, row_call(name, &value, &len, NULL, 0),
	    "%s", name);
	ATF_CHECK_EQ_MSG(ENOENT, row_call(name, NULL, NULL, &value, len),
	    "%s", name);
}

ATF_TC_WITHOUT_HEAD(profiles);
ATF_TC_BODY(profiles, tc)
{

	rows_each(row_prof);
}

static unsigned nlisted;

static void
listed(void *arg, const char *name, const struct ctl_node *leaf,
    const struct conf_row *option)
{
	size_t i;

	(void)arg;
	nlisted++;
	if (strstr(name, ".mutex.") != NULL ||
	    (strstr(name, ".mutexes.") != NULL &&
	    strcmp(name, "stats.mutexes.reset") != 0))
		return;
	for (i = 0; i < NROWS && strcmp(rows[i].name, name) != 0; i++)
		;
	if (i == NROWS) {
		atf_tc_fail_nonfatal("%s is in no table", name);
		return;
	}
	ATF_CHECK_EQ_MSG(rows[i].type, option != NULL ?
	    _bas_ctl_row_type(option) : leaf->type, "%s", name);
	ATF_CHECK_EQ_MSG(rows[i].access, option != NULL ? CTL_READ :
	    leaf->access, "%s", name);
}

/* What the library lists is what there is. */
ATF_TC_WITHOUT_HEAD(listing);
ATF_TC_BODY(listing, tc)
{

	_bas_ctl_each(listed, NULL);
	ATF_CHECK_EQ(NROWS + COUNT(counters) * (COUNT(mutexes) +
	    COUNT(arena_mutexes) + 1), nlisted);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, resolve);
	ATF_TP_ADD_TC(tp, index);
	ATF_TP_ADD_TC(tp, reading);
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, writing);
	ATF_TP_ADD_TC(tp, commands);
	ATF_TP_ADD_TC(tp, profiles);
	ATF_TP_ADD_TC(tp, listing);
	return (atf_no_error());
}
