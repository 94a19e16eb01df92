/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A heap profile as those who write it into a file see it: rows of a stack
 * and what was sampled there, the mappings that the stacks' addresses lie
 * in, and names of addresses.  Who keeps the samples fills in the struct;
 * the writers know no more than this.
 *
 * What a view returns pointers to holds until it is asked for the next one
 * of the same kind.  A view is one thread's.
 */
#ifndef BASALT_PROF_VIEW_H
#define	BASALT_PROF_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/sink.h"

/* The most bytes of a build id; GNU ld's have 20. */
#define	PROF_BUILD_ID_MAX	32

/*
 * Samples of one stack.  There may be several rows of a stack, which add
 * up: of its threads and of its sizes.
 */
struct prof_row {
	const uintptr_t	*pcs;		/* return addresses, innermost first */
	unsigned	 npcs;
	uint64_t	 thread;	/* number of the thread, from 0 */
	const char	*thread_name;	/* NULL or "": none */
	size_t		 size;		/* bytes of the class; 0: several */
	/* As sampled: the objects that are there, and all there ever were. */
	uint64_t	 cur_objects, cur_bytes;
	uint64_t	 accum_objects, accum_bytes;
	/* Estimates of what all objects are, of what all ever were ... */
	uint64_t	 inuse_objects, inuse_space;
	uint64_t	 alloc_objects, alloc_space;
	/* ... and of the bytes of memory held beyond the bytes in use. */
	uint64_t	 pinned_space;
};

/* A mapping with code in it. */
struct prof_mapping {
	uintptr_t	 start, end;
	uint64_t	 offset;	/* bytes into the file */
	const char	*path;		/* "": none */
	const unsigned char *build_id;
	unsigned	 nbuild_id;	/* bytes; 0: not known */
};

/* The last part of its path. */
static inline const char *
prof_mapping_name(const struct prof_mapping *mapping)
{
	const char *slash = strrchr(mapping->path, '/');

	return (slash != NULL ? slash + 1 : mapping->path);
}

/* Where in the file that is which is mapped at pc: bytes. */
static inline uint64_t
prof_mapping_place(const struct prof_mapping *mapping, uintptr_t pc)
{

	return (pc - mapping->start + mapping->offset);
}

/* A function as a symbol table has it. */
struct prof_symbol {
	const char	*name;		/* as it stands there: mangled */
	uintptr_t	 start;		/* the same for all of its addresses */
};

struct prof_view {
	/* The next row; false: there is none, and none was written. */
	bool	(*next)(struct prof_view *, struct prof_row *);
	/* Back to the first row; rows may be others than last time. */
	void	(*again)(struct prof_view *);
	/*
	 * Mapping i, by address; false: there are no more.  The program's
	 * own file may be the first one nonetheless.  NULL: not known.
	 */
	bool	(*mapping)(struct prof_view *, size_t i,
		    struct prof_mapping *);
	/* The function that pc lies in; false: unknown.  NULL: no names. */
	bool	(*symbol)(struct prof_view *, uintptr_t pc,
		    struct prof_symbol *);
	uint64_t period;		/* mean bytes between two samples */
	uint64_t time_ns;		/* when it is taken, since 1970 */
	uint64_t duration_ns;		/* since samples were begun; 0: ? */
};

/* A file of one format; 0, or the first error: ENOMEM too. */
int	_bas_prof_pprof(struct prof_view *view, struct sink *sink);
int	_bas_prof_folded(struct prof_view *view, struct sink *sink);

#endif /* !BASALT_PROF_VIEW_H */
