/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stddef.h>
#include <string.h>

#include "os/os.h"
#include "util/bits.h"
#include "util/config.h"
#include "util/conf_table.h"
#include "util/fmt.h"
#include "util/options.h"
#include "watch/snapshot.h"
#include "watch/stats_general.h"
#include "watch/stats_leaf.h"

#define	NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* What is in force where a program can change what the option set. */
static const struct {
	const char	*option;
	const char	*control;
} twins[] = {
	{ "background_thread", "background_thread" },
	{ "max_background_threads", "max_background_threads" },
	{ "dirty_decay_ms", "arenas.dirty_decay_ms" },
	{ "muzzy_decay_ms", "arenas.muzzy_decay_ms" },
	{ "prof_active", "prof.active" },
	{ "prof_thread_active_init", "prof.thread_active_init" },
	{ "lg_prof_sample", "prof.lg_sample" },
};

static const char *
row_twin(const struct conf_row *row)
{
	size_t i;

	for (i = 0; i < NELEM(twins); i++)
		if (strcmp(twins[i].option, row->name) == 0)
			return (twins[i].control);
	return (NULL);
}

/* A fraction as a decimal, all of whose digits fit: 16 bits, 16 digits. */
static void
ratio_fmt(char *buf, size_t size, const struct conf_row *row, uint32_t ratio)
{
	const struct conf_word *word;
	uint32_t rest = ratio & (OPTIONS_RATIO_ONE - 1);
	size_t len;

	for (word = _bas_conf_words(row); word != NULL && word->name[0] != '\0';
	    word++)
		if (word->value == ratio) {
			(void)_bas_fmt(buf, size, "%s", word->name);
			return;
		}
	len = _bas_fmt(buf, size, "%u.", ratio / OPTIONS_RATIO_ONE);
	do {
		rest *= 10;
		len += _bas_fmt(buf + len, size - len, "%u",
		    rest / OPTIONS_RATIO_ONE);
		rest %= OPTIONS_RATIO_ONE;
	} while (rest != 0);
}

/* Others show a fraction as text, so that it looks as it is set. */
static void
ratio_print(struct emit *emit, const struct conf_row *row, const char *name,
    uint32_t ratio)
{
	char text[32];
	const char *s = text;

	ratio_fmt(text, sizeof(text), row, ratio);
	_bas_emit_value(emit, row->name, name, CTL_STRING, &s);
}

static void
row_print(struct emit *emit, const struct conf_row *row)
{
	const struct ctl_node *leaf = NULL;
	const char *twin = row_twin(row);
	union ctl_value value, other;
	char name[CTL_NAME_MAX];

	(void)_bas_fmt(name, sizeof(name), "  opt.%s", row->name);
	_bas_ctl_row_get(row, &value);
	if (row->type == CONF_RATIO) {
		ratio_print(emit, row, name, value.u32);
		return;
	}
	if (twin != NULL)
		leaf = _bas_ctl_node(twin);
	if (leaf != NULL && leaf->type == _bas_ctl_row_type(row) &&
	    _bas_stats_leaf_get(leaf, 0, &other))
		_bas_emit_noted(emit, row->name, name, leaf->type, &value,
		    twin, &other);
	else
		_bas_emit_value(emit, row->name, name,
		    _bas_ctl_row_type(row), &value);
}

static void
options_print(struct emit *emit)
{
	const struct conf_row *row, *end = &_bas_conf_table[_bas_conf_nrows];
	const size_t none = 0;

	_bas_emit_dict(emit, "opt", "Run-time option settings");
	_bas_stats_leaves_print(emit, "opt.malloc_conf");
	for (row = _bas_conf_table; row < end; row++)
		if ((row->flags & CONF_NO_CTL) == 0)
			row_print(emit, row);
		else if (row->type == CONF_GONE)
			/* Programs may look for what others still have. */
			_bas_emit_value(emit, row->name, NULL, CTL_SIZE,
			    &none);
	_bas_emit_dict_end(emit);
}

/* Programs expect these where nothing is sampled too. */
static void
profiling_print(struct emit *emit)
{
	static const char *const keys[] = { "thread_active_init", "active",
	    "gdump", "interval", "lg_sample" };
	char name[CTL_NAME_MAX];
	size_t i;

	_bas_emit_dict(emit, "prof", "Profiling settings");
	for (i = 0; i < NELEM(keys); i++) {
		(void)_bas_fmt(name, sizeof(name), "  prof.%s", keys[i]);
		_bas_stats_leaf_print(emit, "prof", keys[i], name);
	}
	_bas_emit_dict_end(emit);
}

static void
arenas_print(struct emit *emit)
{
	static const struct {
		const char	*key;
		const char	*name;	/* NULL: an option's note has it */
	} lines[] = {
		{ "narenas", "Arenas" },
		{ "dirty_decay_ms", NULL },
		{ "muzzy_decay_ms", NULL },
		{ "quantum", "Quantum size" },
		{ "page", "Page size" },
		{ "hugepage", "Hugepage size" },
		{ "tcache_max", "Maximum thread-cached size class" },
		{ "nbins", "Number of bin size classes" },
		{ "nhbins", "Number of thread-cache bin size classes" },
		{ "nlextents", "Number of large size classes" },
	};
	size_t i;

	_bas_emit_dict(emit, "arenas", NULL);
	for (i = 0; i < NELEM(lines); i++)
		_bas_stats_leaf_print(emit, "arenas", lines[i].key,
		    lines[i].name);
	/* People find the classes in the tables of the arenas. */
	if (emit->json) {
		_bas_stats_leaves_array(emit, "bin", "arenas.bin.0",
		    SC_NSMALL);
		_bas_stats_leaves_array(emit, "lextent", "arenas.lextent.0",
		    SNAPSHOT_NLEXTENTS);
	}
	_bas_emit_dict_end(emit);
}

/* Huge pages that advice may get, bytes of each. */
static void
huge_sizes_print(struct emit *emit)
{
	uint64_t sizes = _bas_os_info.hugepages;
	char text[256] = "none";
	const char *value = text;
	size_t len = 0;

	for (; sizes != 0 && len < sizeof(text); sizes &= sizes - 1)
		len += _bas_fmt(text + len, sizeof(text) - len, "%s%zu",
		    len == 0 ? "" : " ", (size_t)1 << bit_first(sizes));
	_bas_emit_value(emit, "thp_sizes", "  system.thp_sizes", CTL_STRING,
	    &value);
}

void
_bas_stats_general_print(struct emit *emit)
{
	const char *version = BASALT_VERSION;

	_bas_emit_value(emit, "version", "Version", CTL_STRING, &version);
	_bas_emit_dict(emit, "config", "Build-time option settings");
	_bas_stats_leaves_print(emit, "config");
	_bas_emit_dict_end(emit);
	_bas_emit_dict(emit, "system", "System configuration");
	_bas_emit_value(emit, "thp_mode", "  system.thp_mode", CTL_STRING,
	    &_bas_os_info.thp_mode);
	huge_sizes_print(emit);
	_bas_emit_dict_end(emit);
	options_print(emit);
	profiling_print(emit);
	arenas_print(emit);
}
