/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "heap/arena.h"
#include "heap/sizeclass.h"
#include "watch/ctl_row.h"
#include "watch/snapshot.h"

static_assert(sizeof(union ctl_value) == sizeof(uint64_t), "value size");

/*
 * Where a walk down the tree stands: below node, whose number, if it wants
 * one, is still to come or has been taken.
 */
struct walk {
	struct ctl_call	call;
	bool		numbered;
};

static const size_t sizes[] = {
	[CTL_VOID] = 0,
	[CTL_BOOL] = sizeof(bool),
	[CTL_UNSIGNED] = sizeof(unsigned),
	[CTL_UINT32] = sizeof(uint32_t),
	[CTL_UINT64] = sizeof(uint64_t),
	[CTL_INT64] = sizeof(int64_t),
	[CTL_SIZE] = sizeof(size_t),
	[CTL_SSIZE] = sizeof(ssize_t),
	[CTL_STRING] = sizeof(const char *),
	[CTL_POINTER] = sizeof(void *),
	[CTL_OTHER] = 0,
};

size_t
_bas_ctl_size(enum ctl_type type)
{

	return (sizes[type]);
}

enum ctl_type
_bas_ctl_row_type(const struct conf_row *row)
{

	switch (row->type) {
	case CONF_BOOL:
		return (CTL_BOOL);
	case CONF_UNSIGNED:
		return (CTL_UNSIGNED);
	case CONF_SIZE:
	case CONF_LG_SIZE:
	case CONF_HUGE_SHARE:
		return (CTL_SIZE);
	case CONF_SSIZE:
		return (CTL_SSIZE);
	case CONF_UINT64:
		return (CTL_UINT64);
	case CONF_INT64:
		return (CTL_INT64);
	case CONF_RATIO:
		return (CTL_UINT32);
	case CONF_WORD:
	case CONF_FLAGS:
	case CONF_LETTERS:
	case CONF_STRING:
	case CONF_RANGES:
	case CONF_GONE:
		break;
	}
	return (CTL_STRING);
}

void
_bas_ctl_row_get(const struct conf_row *row, union ctl_value *value)
{
	const void *field = _bas_conf_value(row);

	switch (row->type) {
	case CONF_WORD:
	case CONF_FLAGS:
		value->str = _bas_conf_word(row);
		break;
	case CONF_LETTERS:
	case CONF_STRING:
		value->str = field;
		break;
	default:
		memcpy(value, field, _bas_ctl_size(_bas_ctl_row_type(row)));
		break;
	}
}

static bool
arena_is_valid(enum ctl_index kind, size_t *index)
{
	unsigned narenas = _bas_arena_count();

	/* The number after the last is an old name for all. */
	if (*index == narenas)
		*index = SNAPSHOT_ALL;
	if (kind == CTL_ARENA_STATS)
		return (_bas_snapshot_has(*index));
	return (*index < narenas || *index == SNAPSHOT_ALL ||
	    *index == SNAPSHOT_DESTROYED);
}

/* Does anybody count samples by class? */
static bool
prof_counts(void)
{

	return (_bas_ctl_prof_is_on() && _bas_options.prof_stats);
}

/* Is that number one that may follow? */
static bool
index_is_valid(enum ctl_index kind, size_t *index)
{

	switch (kind) {
	case CTL_ARENA:
	case CTL_ARENA_STATS:
		return (arena_is_valid(kind, index));
	case CTL_BIN:
		return (*index < SC_NSMALL);
	case CTL_LEXTENT:
		return (*index < SNAPSHOT_NLEXTENTS);
	case CTL_EXTENT:
		return (*index < SNAPSHOT_NEXTENTS);
	case CTL_PSIZE:
		return (*index < SNAPSHOT_NPSIZES);
	case CTL_BATCH:
		return (*index < CTL_NBATCH);
	case CTL_PROF_BIN:
		return (prof_counts() && *index < SC_NSMALL);
	case CTL_PROF_LEXTENT:
		return (prof_counts() && *index < SNAPSHOT_NLEXTENTS);
	case CTL_PLAIN:
	case CTL_NINDEX:
		break;
	}
	return (false);
}

const struct ctl_node *
_bas_ctl_children(const struct ctl_node *node, unsigned *n)
{
	const struct ctl_list *list = node->children < CTL_LIST_STATS ?
	    &_bas_ctl_lists[node->children] :
	    &_bas_ctl_stats_lists[node->children - CTL_LIST_STATS];

	*n = list->n;
	return (list->rows);
}

static bool
walk_wants_number(const struct walk *walk)
{

	return (walk->call.node->index != CTL_PLAIN && !walk->numbered);
}

static bool
walk_is_leaf(const struct walk *walk)
{

	return (walk->call.row != NULL || walk->call.node->children == 0);
}

static void
walk_begin(struct walk *walk)
{

	*walk = (struct walk){ .call.node = &_bas_ctl_root };
}

/* One step down, by number. */
static bool
walk_number(struct walk *walk, size_t number)
{
	const struct ctl_node *node = walk->call.node, *children;
	struct ctl_call *call = &walk->call;
	unsigned n;

	if (walk_is_leaf(walk))
		return (false);
	if (walk_wants_number(walk)) {
		if (!index_is_valid(node->index, &number))
			return (false);
		call->index[call->nindex++] = number;
		call->offset += number * node->stride;
		walk->numbered = true;
		return (true);
	}
	children = _bas_ctl_children(node, &n);
	if (number < n) {
		call->node = &children[number];
		call->offset += call->node->offset;
		walk->numbered = false;
		return (true);
	}
	number -= n;
	if (!node->rows || number >= _bas_conf_nrows ||
	    (_bas_conf_table[number].flags & CONF_NO_CTL) != 0)
		return (false);
	walk->call.row = &_bas_conf_table[number];
	return (true);
}

static bool
number_parse(const char *s, size_t len, size_t *number)
{
	size_t i;

	/* More digits than an index can have would only overflow. */
	if (len == 0 || len > 9)
		return (false);
	*number = 0;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (false);
		*number = *number * 10 + (size_t)(s[i] - '0');
	}
	return (true);
}

/* One step down, by name; the number that stands for it goes to *number. */
static bool
walk_name(struct walk *walk, const char *s, size_t len, size_t *number)
{
	const struct ctl_node *node = walk->call.node, *children;
	const struct conf_row *row;
	unsigned n;

	if (walk_is_leaf(walk))
		return (false);
	if (walk_wants_number(walk))
		return (number_parse(s, len, number) &&
		    walk_number(walk, *number));
	children = _bas_ctl_children(node, &n);
	for (*number = 0; *number < n; (*number)++)
		if (len < CTL_PART_MAX &&
		    strncmp(children[*number].name, s, len) == 0 &&
		    children[*number].name[len] == '\0')
			return (walk_number(walk, *number));
	row = node->rows ? _bas_conf_row(s, len) : NULL;
	if (row == NULL)
		return (false);
	*number = n + (size_t)(row - _bas_conf_table);
	return (walk_number(walk, *number));
}

/*
 * Walk as much of the name as *miblenp numbers hold.  A name that ends early
 * is no error here.
 */
static int
walk_path(struct walk *walk, const char *name, size_t *mib, size_t *miblenp)
{
	const char *end;
	size_t i;

	walk_begin(walk);
	for (i = 0; i < *miblenp; i++) {
		for (end = name; *end != '.' && *end != '\0'; end++)
			;
		if (end == name ||
		    !walk_name(walk, name, (size_t)(end - name), &mib[i]))
			return (ENOENT);
		name = end + 1;
		if (*end == '\0') {
			*miblenp = i + 1;
			return (0);
		}
	}
	return (0);
}

int
_bas_ctl_out(const void *value, size_t size, void *oldp, size_t *oldlenp)
{
	size_t len;

	/* Asking with nothing to answer to tells that the name exists. */
	if (oldp == NULL || oldlenp == NULL)
		return (0);
	len = *oldlenp < size ? *oldlenp : size;
	memcpy(oldp, value, len);
	if (*oldlenp == size)
		return (0);
	/* So much was copied, but it is not the value. */
	*oldlenp = len;
	return (EINVAL);
}

int
_bas_ctl_in(void *value, size_t size, const void *newp, size_t newlen)
{

	if (newp == NULL)
		return (0);
	if (newlen != size)
		return (EINVAL);
	memcpy(value, newp, size);
	return (0);
}

static int
value_get(const struct ctl_call *call, union ctl_value *value)
{

	if (call->row == NULL)
		return (_bas_ctl_get(call, value));
	_bas_ctl_row_get(call->row, value);
	return (0);
}

static int
call_read(const struct ctl_call *call, size_t size, void *oldp,
    size_t *oldlenp)
{
	union ctl_value value;
	int error;

	if (oldp == NULL || oldlenp == NULL)
		return (0);
	error = value_get(call, &value);
	if (error != 0)
		return (error);
	return (_bas_ctl_out(&value, size, oldp, oldlenp));
}

static int
call_write(const struct ctl_call *call, size_t size, const void *newp)
{
	union ctl_value value = { .u64 = 0 };

	if (newp == NULL)
		return (0);
	memcpy(&value, newp, size);
	/* A byte that is neither 0 nor 1 must not get into a bool. */
	if (call->node->type == CTL_BOOL)
		value.b = *(const unsigned char *)newp != 0;
	return (_bas_ctl_set(call, &value));
}

static int
call_read_write(const struct ctl_call *call, size_t size, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	int error;

	if (newp != NULL && newlen != size)
		return (EINVAL);
	error = call->node->set_first ? call_write(call, size, newp) :
	    call_read(call, size, oldp, oldlenp);
	if (error != 0)
		return (error);
	return (call->node->set_first ? call_read(call, size, oldp, oldlenp) :
	    call_write(call, size, newp));
}

/* Whether the call may be made at all: 0 or an errno value. */
static int
call_check(const struct ctl_call *call, size_t size, const void *oldp,
    size_t *oldlenp, bool writes, const void *newp)
{
	const struct ctl_node *node = call->node;
	bool reads = oldp != NULL || oldlenp != NULL;

	switch (call->row != NULL ? CTL_READ : node->access) {
	case CTL_NONE:
		/* One that is raw does not mind. */
		return ((reads || writes) && node->raw == 0 ? EPERM : 0);
	case CTL_READ:
		if (writes)
			return (EPERM);
		break;
	case CTL_WRITE:
		if (reads)
			return (EPERM);
		/* One that is raw may do without. */
		return (newp == NULL && node->raw == 0 ? EINVAL : 0);
	case CTL_READ_WRITE:
		break;
	}
	if (node->must_read &&
	    (oldp == NULL || oldlenp == NULL || *oldlenp != size)) {
		if (oldlenp != NULL)
			*oldlenp = 0;
		return (EINVAL);
	}
	return (0);
}

static int
call_do(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	const struct ctl_node *node = call->node;
	size_t size;
	int error;

	/* What profiles would have is not there without them. */
	if ((node->needs_prof || (node->set_needs_prof && newp != NULL)) &&
	    !_bas_ctl_prof_is_on())
		return (ENOENT);
	size = _bas_ctl_size(call->row != NULL ?
	    _bas_ctl_row_type(call->row) : node->type);
	error = call_check(call, size, oldp, oldlenp,
	    newp != NULL || newlen != 0, newp);
	if (error != 0)
		return (error);
	if (node->raw != 0)
		return (_bas_ctl_raw(call, oldp, oldlenp, newp, newlen));
	if (call->row == NULL && node->access == CTL_NONE)
		return (_bas_ctl_set(call, NULL));
	return (call_read_write(call, size, oldp, oldlenp, newp, newlen));
}

static int
walk_do(const struct walk *walk, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	int error, saved;

	if (!walk_is_leaf(walk))
		return (ENOENT);
	saved = errno;
	error = call_do(&walk->call, oldp, oldlenp, newp, newlen);
	errno = saved;
	return (error);
}

int
_bas_ctl(const char *name, void *oldp, size_t *oldlenp, const void *newp,
    size_t newlen)
{
	/* One more than there is, so that a name too long is seen. */
	size_t mib[CTL_DEPTH_MAX + 1], miblen = CTL_DEPTH_MAX + 1;
	struct walk walk;
	int error;

	error = walk_path(&walk, name, mib, &miblen);
	if (error != 0)
		return (error);
	return (walk_do(&walk, oldp, oldlenp, newp, newlen));
}

int
_bas_ctl_mib(const char *name, size_t *mib, size_t *miblenp)
{
	struct walk walk;

	return (walk_path(&walk, name, mib, miblenp));
}

int
_bas_ctl_by_mib(const size_t *mib, size_t miblen, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	struct walk walk;
	size_t i;

	walk_begin(&walk);
	for (i = 0; i < miblen; i++)
		if (!walk_number(&walk, mib[i]))
			return (ENOENT);
	return (walk_do(&walk, oldp, oldlenp, newp, newlen));
}

int
_bas_ctl_find(const char *name, struct ctl_call *call)
{
	size_t mib[CTL_DEPTH_MAX], miblen = CTL_DEPTH_MAX;
	struct walk walk;
	int error;

	error = walk_path(&walk, name, mib, &miblen);
	if (error == 0)
		*call = walk.call;
	return (error);
}

const struct ctl_node *
_bas_ctl_node(const char *name)
{
	struct ctl_call call;

	if (_bas_ctl_find(name, &call) != 0 || call.row != NULL)
		return (NULL);
	return (call.node);
}
