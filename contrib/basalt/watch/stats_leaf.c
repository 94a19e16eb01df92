/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "util/fmt.h"
#include "watch/stats_leaf.h"

bool
_bas_stats_leaf_get(const struct ctl_node *leaf, size_t index,
    union ctl_value *value)
{
	const struct ctl_call call = {
		.node = leaf,
		.index = { index },
		.nindex = 1
	};

	if (leaf->children != 0 || leaf->get == 0)
		return (false);
	return (_bas_ctl_get(&call, value) == 0);
}

void
_bas_stats_leaf_print(struct emit *emit, const char *prefix, const char *key,
    const char *name)
{
	char full[CTL_NAME_MAX];
	const struct ctl_node *leaf;
	union ctl_value value;

	(void)_bas_fmt(full, sizeof(full), "%s.%s", prefix, key);
	leaf = _bas_ctl_node(full);
	if (leaf != NULL && _bas_stats_leaf_get(leaf, 0, &value))
		_bas_emit_value(emit, key, name, leaf->type, &value);
}

void
_bas_stats_leaves_print(struct emit *emit, const char *prefix)
{
	const struct ctl_node *leaf;
	char name[CTL_NAME_MAX];
	unsigned n;

	leaf = _bas_ctl_children(_bas_ctl_node(prefix), &n);
	for (; n > 0; n--, leaf++) {
		(void)_bas_fmt(name, sizeof(name), "  %s.%s", prefix,
		    leaf->name);
		_bas_stats_leaf_print(emit, prefix, leaf->name, name);
	}
}

void
_bas_stats_leaves_array(struct emit *emit, const char *key,
    const char *prefix, size_t n)
{
	const struct ctl_node *first, *leaf;
	union ctl_value value;
	unsigned nleaves;
	size_t i;

	first = _bas_ctl_children(_bas_ctl_node(prefix), &nleaves);
	_bas_emit_array(emit, key);
	for (i = 0; i < n; i++) {
		_bas_emit_dict(emit, NULL, NULL);
		for (leaf = first; leaf < first + nleaves; leaf++)
			if (_bas_stats_leaf_get(leaf, i, &value))
				_bas_emit_value(emit, leaf->name, NULL,
				    leaf->type, &value);
		_bas_emit_dict_end(emit);
	}
	_bas_emit_array_end(emit);
}
