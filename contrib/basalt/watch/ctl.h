/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The control names: a tree of const rows (ctl_table.c), walked by name or
 * by the numbers that stand for its parts (a MIB), and what is common to all
 * of them: access, lengths, errors.  A row that is read only needs a getter,
 * most of which are one line or a shared "copy from this offset".
 */
#ifndef BASALT_CTL_H
#define	BASALT_CTL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/conf_table.h"

/* Parts in the longest name, and numbers (<i>, <j>) among them. */
#define	CTL_DEPTH_MAX	7
#define	CTL_INDEX_MAX	2
#define	CTL_NAME_MAX	128
/* The longest part of one, with its end. */
#define	CTL_PART_MAX	28
/* Extents taken at once are counted from 0 to 8. */
#define	CTL_NBATCH	9

enum ctl_type {
	CTL_VOID,	/* a command: takes and gives nothing */
	CTL_BOOL,
	CTL_UNSIGNED,
	CTL_UINT32,
	CTL_UINT64,
	CTL_INT64,
	CTL_SIZE,
	CTL_SSIZE,
	CTL_STRING,	/* const char *, of static life */
	CTL_POINTER,
	CTL_OTHER	/* of its own: only raw knows its size */
};

enum ctl_access {
	CTL_NONE,	/* "--": commands */
	CTL_READ,	/* "r-" */
	CTL_WRITE,	/* "-w" */
	CTL_READ_WRITE	/* "rw" */
};

/* What the number after a name counts. */
enum ctl_index {
	CTL_PLAIN,	/* no number follows */
	CTL_ARENA,	/* an arena, made or not yet, or all of them */
	CTL_ARENA_STATS, /* an arena that has statistics, or all of them */
	CTL_BIN,
	CTL_LEXTENT,
	CTL_EXTENT,	/* sizes of free runs of pages */
	CTL_PSIZE,	/* those that a superpage can have */
	CTL_BATCH,	/* numbers of extents taken at once */
	CTL_PROF_BIN,	/* a bin, if profiles count by class */
	CTL_PROF_LEXTENT,
	CTL_NINDEX
};

/* Any value; each member begins at the first byte. */
union ctl_value {
	bool		 b;
	unsigned	 u;
	uint32_t	 u32;
	uint64_t	 u64;
	int64_t		 i64;
	size_t		 z;
	ssize_t		 s;
	const char	*str;
	void		*p;
	void		(*f)(const char *);
};

struct ctl_call;

/*
 * A row of a table.  Names are in it, and numbers stand for handlers and
 * lists: without addresses the tables are read-only and the same in every
 * process, where else each would hold 40 KiB that its loader wrote.
 */
struct ctl_node {
	char		name[CTL_PART_MAX];
	/* For getters that share code; those of a path add up. */
	uint32_t	offset;
	uint32_t	stride;		/* what a number adds, times it */
	/* An inner node: what follows, perhaps after a number; else 0. */
	uint8_t		children;	/* CTL_LIST_... of ctl_row.h */
	enum ctl_index	index : 8;
	bool		rows;		/* options follow the children */
	/* A leaf. */
	enum ctl_type	type : 8;
	enum ctl_access	access : 8;
	bool		set_first;	/* reading shows the new value */
	bool		must_read;	/* no call without an answer */
	bool		needs_prof;	/* else it is not there */
	bool		set_needs_prof;	/* else it cannot be set */
	uint8_t		ctype;		/* CTYPE_...: where type is not all */
	/*
	 * Numbers of ctl_handler.h.  The first two return 0 or an errno
	 * value; commands are set to NULL.
	 */
	uint8_t		get;
	uint8_t		set;
	/*
	 * Instead of both, for values of other sizes and for answers that
	 * depend on what is given: the access is checked, and for must_read
	 * the length of the answer.
	 */
	uint8_t		raw;
};

/* What a name or a MIB led to. */
struct ctl_call {
	const struct ctl_node	*node;
	const struct conf_row	*row;	/* of an option, else NULL */
	size_t			 offset; /* of the whole path */
	size_t			 index[CTL_INDEX_MAX];
	unsigned		 nindex;
};

extern BASALT_HIDDEN const struct ctl_node _bas_ctl_root;

/*
 * mallctl() and its two halves; they return 0 or an errno value and leave
 * errno alone.
 */
int	_bas_ctl(const char *name, void *oldp, size_t *oldlenp,
	    const void *newp, size_t newlen);
int	_bas_ctl_mib(const char *name, size_t *mib, size_t *miblenp);
int	_bas_ctl_by_mib(const size_t *mib, size_t miblen, void *oldp,
	    size_t *oldlenp, const void *newp, size_t newlen);

/*
 * What a name, or the beginning of one, leads to; 0 or ENOENT.  And the node
 * alone; NULL: there is none, or it is an option.
 */
int	_bas_ctl_find(const char *name, struct ctl_call *call);
const struct ctl_node *_bas_ctl_node(const char *name);

/* What follows a node: *n rows; NULL after a leaf. */
const struct ctl_node *_bas_ctl_children(const struct ctl_node *node,
	    unsigned *n);

/* The type as C has it, where enum ctl_type does not say it, else NULL. */
const char *_bas_ctl_ctype(const struct ctl_node *leaf);

/* Call what the node has for it (ctl_handler.c). */
int	_bas_ctl_get(const struct ctl_call *call, union ctl_value *value);
int	_bas_ctl_set(const struct ctl_call *call,
	    const union ctl_value *value);
int	_bas_ctl_raw(const struct ctl_call *call, void *oldp,
	    size_t *oldlenp, const void *newp, size_t newlen);

/*
 * What raw handlers are made of.  Out: copies an answer of size bytes if one
 * is wanted; EINVAL where *oldlenp is another size, after as much as fits.
 * In: copies the size bytes given, if any are; EINVAL where newlen is not
 * size.
 */
int	_bas_ctl_out(const void *value, size_t size, void *oldp,
	    size_t *oldlenp);
int	_bas_ctl_in(void *value, size_t size, const void *newp,
	    size_t newlen);

/* Bytes of a value of a type. */
size_t	_bas_ctl_size(enum ctl_type type);

/* The type of an option's value as opt.* shows it. */
enum ctl_type _bas_ctl_row_type(const struct conf_row *row);
void	_bas_ctl_row_get(const struct conf_row *row, union ctl_value *value);

/*
 * Call f for each name there is, numbers as <i> and <j>, with its leaf; an
 * option's leaf is NULL and its row given instead.
 */
void	_bas_ctl_each(void (*f)(void *arg, const char *name,
	    const struct ctl_node *leaf, const struct conf_row *row),
	    void *arg);

#endif /* !BASALT_CTL_H */
