/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The order of the sections and the words in them are those that programs
 * and people know from jemalloc.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "heap/arena.h"
#include "util/config.h"
#include "util/fmt.h"
#include "watch/ctl.h"
#include "watch/emit.h"
#include "watch/snapshot.h"
#include "watch/stats_arena.h"
#include "watch/stats_print.h"

/* The value of a leaf that needs no number. */
static int
leaf_get(const struct ctl_node *node, union ctl_value *value)
{
	const struct ctl_call call = { .node = node };

	return (node->get(&call, value));
}

/* Every leaf right below a name, those without a value left out. */
static void
leaves_print(struct emit *emit, const char *prefix)
{
	const struct ctl_node *node, *leaf;
	union ctl_value value;
	char name[CTL_NAME_MAX];
	unsigned i;

	node = _bas_ctl_node(prefix);
	for (i = 0; i < node->nchildren; i++) {
		leaf = &node->children[i];
		if (leaf->children != NULL || leaf_get(leaf, &value) != 0)
			continue;
		(void)_bas_fmt(name, sizeof(name), "  %s.%s", prefix,
		    leaf->name);
		_bas_emit_value(emit, leaf->name, name, leaf->type, &value);
	}
}

/* What can be set at run time what the option set at start, if anything. */
static const struct ctl_node *
row_twin(const struct conf_row *row, char *name, size_t size)
{
	static const char *const prefixes[] = { "", "arenas." };
	const struct ctl_node *node;
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		(void)_bas_fmt(name, size, "%s%s", prefixes[i], row->name);
		node = _bas_ctl_node(name);
		if (node != NULL && node->access == CTL_READ_WRITE &&
		    node->type == _bas_ctl_row_type(row))
			return (node);
	}
	return (NULL);
}

static void
row_print(struct emit *emit, const struct conf_row *row)
{
	char name[CTL_NAME_MAX], twin_name[CTL_NAME_MAX];
	union ctl_value value, other;
	const struct ctl_node *twin;

	(void)_bas_fmt(name, sizeof(name), "  opt.%s", row->name);
	_bas_ctl_row_get(row, &value);
	twin = row_twin(row, twin_name, sizeof(twin_name));
	if (twin != NULL && leaf_get(twin, &other) == 0)
		_bas_emit_noted(emit, row->name, name,
		    _bas_ctl_row_type(row), &value, twin_name, &other);
	else
		_bas_emit_value(emit, row->name, name,
		    _bas_ctl_row_type(row), &value);
}

static void
options_print(struct emit *emit)
{
	unsigned i;

	_bas_emit_dict(emit, "opt", "Run-time option settings");
	leaves_print(emit, "opt.malloc_conf");
	for (i = 0; i < _bas_conf_nrows; i++)
		if ((_bas_conf_table[i].flags & CONF_NO_CTL) == 0)
			row_print(emit, &_bas_conf_table[i]);
	_bas_emit_dict_end(emit);
}

struct class_row {
	size_t		size;
	unsigned	nregs;
	size_t		slab_size;
	unsigned	nshards;
};

static void
classes_print(struct emit *emit)
{
	static const struct emit_column columns[] = {
		{ .key = "size", .type = CTL_SIZE,
		  .offset = offsetof(struct class_row, size) },
		{ .key = "nregs", .type = CTL_UNSIGNED,
		  .offset = offsetof(struct class_row, nregs) },
		{ .key = "slab_size", .type = CTL_SIZE,
		  .offset = offsetof(struct class_row, slab_size) },
		{ .key = "nshards", .type = CTL_UNSIGNED,
		  .offset = offsetof(struct class_row, nshards) },
	};
	struct class_row row;
	unsigned class;

	/* People find them in the tables of the arenas. */
	if (!emit->json)
		return;
	_bas_emit_array(emit, "bin");
	for (class = 1; class <= SC_NSMALL; class++) {
		row = (struct class_row){ sizeclass_size(class),
		    sizeclass_nregs(class), sizeclass_slab_size(class), 1 };
		_bas_emit_row(emit, NULL, columns, 4, &row);
	}
	_bas_emit_array_end(emit);
	_bas_emit_array(emit, "lextent");
	for (class = 0; class < SC_NLARGE; class++) {
		row.size = sizeclass_large_size(class);
		_bas_emit_row(emit, NULL, columns, 1, &row);
	}
	_bas_emit_array_end(emit);
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
		{ "tcache_max", "Maximum thread-cached size class" },
		{ "nbins", "Number of bin size classes" },
		{ "nhbins", "Number of thread-cache bin size classes" },
		{ "nlextents", "Number of large size classes" },
	};
	const struct ctl_node *node;
	union ctl_value value;
	char name[CTL_NAME_MAX];
	size_t i;

	_bas_emit_dict(emit, "arenas", NULL);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		(void)_bas_fmt(name, sizeof(name), "arenas.%s", lines[i].key);
		node = _bas_ctl_node(name);
		if (leaf_get(node, &value) == 0)
			_bas_emit_value(emit, lines[i].key, lines[i].name,
			    node->type, &value);
	}
	classes_print(emit);
	_bas_emit_dict_end(emit);
}

static void
general_print(struct emit *emit)
{
	const char *version = BASALT_VERSION;

	_bas_emit_value(emit, "version", "Version", CTL_STRING, &version);
	_bas_emit_dict(emit, "config", "Build-time option settings");
	leaves_print(emit, "config");
	_bas_emit_dict_end(emit);
	options_print(emit);
	arenas_print(emit);
}

static void
totals_print(struct emit *emit)
{
	struct snapshot_totals totals;

	_bas_snapshot_totals(&totals);
	_bas_emit_text(emit, "Allocated: %zu, active: %zu, metadata: %zu "
	    "(n_thp %zu), resident: %zu, mapped: %zu, retained: %zu\n",
	    totals.allocated, totals.active, totals.metadata,
	    totals.metadata_thp, totals.resident, totals.mapped,
	    totals.retained);
	_bas_emit_text(emit, "Count of realloc(non-null-ptr, 0) calls: %zu\n",
	    totals.zero_reallocs);
	_bas_emit_dict(emit, "stats", NULL);
	if (emit->json)
		leaves_print(emit, "stats");
	_bas_emit_dict_end(emit);
}

static void
arena_section(struct emit *emit, const struct stats_parts *parts,
    size_t index, const char *key, const char *heading)
{

	_bas_emit_text(emit, "\n");
	_bas_emit_dict(emit, key, heading);
	_bas_stats_arena_print(emit, parts, index);
	_bas_emit_dict_end(emit);
}

static void
arenas_stats_print(struct emit *emit, const struct stats_parts *parts,
    bool merged, bool each)
{
	char key[16], heading[32];
	unsigned i, n, ninitialized;

	if (!merged && !each)
		return;
	n = _bas_arena_count();
	for (i = ninitialized = 0; i < n; i++)
		ninitialized += _bas_snapshot_has(i);
	_bas_emit_dict(emit, "stats.arenas", NULL);
	/* Of a single arena the sum says nothing new. */
	if (merged && (ninitialized > 1 || !each))
		arena_section(emit, parts, SNAPSHOT_ALL, "merged",
		    "Merged arenas stats:");
	for (i = 0; each && i < n; i++) {
		if (!_bas_snapshot_has(i))
			continue;
		(void)_bas_fmt(key, sizeof(key), "%u", i);
		(void)_bas_fmt(heading, sizeof(heading), "arenas[%u]:", i);
		arena_section(emit, parts, i, key, heading);
	}
	_bas_emit_dict_end(emit);
}

static bool
has_letter(const char *opts, char letter)
{

	return (opts != NULL && strchr(opts, letter) != NULL);
}

void
_bas_stats_print(void (*write)(void *, const char *), void *arg,
    const char *opts)
{
	const struct stats_parts parts = {
		.bins = !has_letter(opts, 'b'),
		.large = !has_letter(opts, 'l'),
		.superpages = !has_letter(opts, 'h'),
	};
	struct emit emit;

	(void)_bas_snapshot_refresh();
	_bas_emit_begin(&emit, has_letter(opts, 'J'), write, arg);
	_bas_emit_text(&emit, "___ Begin basalt statistics ___\n");
	_bas_emit_dict(&emit, "jemalloc", NULL);
	if (!has_letter(opts, 'g'))
		general_print(&emit);
	totals_print(&emit);
	arenas_stats_print(&emit, &parts, !has_letter(opts, 'm'),
	    !has_letter(opts, 'a'));
	_bas_emit_dict_end(&emit);
	_bas_emit_text(&emit, "--- End basalt statistics ---\n");
	_bas_emit_end(&emit);
}
