/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "util/fmt.h"
#include "watch/ctl.h"

/*
 * The listing of all control names.  An explicit stack, so that its depth
 * is the table's and plain to see.
 */
struct level {
	const struct ctl_node	*node;
	const struct ctl_node	*children;
	unsigned		 nchildren;
	unsigned		 next;
	size_t			 len;	/* of the name up to here */
};

static void
level_push(struct level *level, const struct ctl_node *node, char *name,
    size_t len, unsigned *nindex)
{

	if (node->index != CTL_PLAIN)
		len += _bas_fmt(name + len, CTL_NAME_MAX - len, "<%c>.",
		    (int)"ij"[(*nindex)++]);
	*level = (struct level){ .node = node, .len = len };
	level->children = _bas_ctl_children(node, &level->nchildren);
}

static void
rows_each(const char *name, size_t len,
    void (*f)(void *, const char *, const struct ctl_node *,
    const struct conf_row *), void *arg)
{
	char full[CTL_NAME_MAX];
	unsigned i;

	for (i = 0; i < _bas_conf_nrows; i++) {
		if ((_bas_conf_table[i].flags & CONF_NO_CTL) != 0)
			continue;
		(void)_bas_fmt(full, sizeof(full), "%.*s%s", (int)len, name,
		    _bas_conf_table[i].name);
		f(arg, full, NULL, &_bas_conf_table[i]);
	}
}

void
_bas_ctl_each(void (*f)(void *, const char *, const struct ctl_node *,
    const struct conf_row *), void *arg)
{
	struct level stack[CTL_DEPTH_MAX + 1], *top = stack;
	const struct ctl_node *child;
	char name[CTL_NAME_MAX];
	unsigned nindex = 0;
	size_t len;

	level_push(top, &_bas_ctl_root, name, 0, &nindex);
	for (;;) {
		if (top->next == top->nchildren) {
			if (top->node->rows)
				rows_each(name, top->len, f, arg);
			nindex -= top->node->index != CTL_PLAIN;
			if (top-- == stack)
				return;
			continue;
		}
		child = &top->children[top->next++];
		len = top->len;
		len += _bas_fmt(name + len, sizeof(name) - len, "%s",
		    child->name);
		if (child->children == 0) {
			f(arg, name, child, NULL);
			continue;
		}
		len += _bas_fmt(name + len, sizeof(name) - len, ".");
		level_push(++top, child, name, len, &nindex);
	}
}
