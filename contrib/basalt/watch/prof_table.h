/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a heap profile holds: stacks, the sites of samples, and the samples
 * that live.  All of it is under one lock, which is taken once for a sample
 * and once for its end; memory is the base's.
 */
#ifndef BASALT_PROF_TABLE_H
#define	BASALT_PROF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/sizeclass.h"
#include "util/lock.h"
#include "watch/prof_hash.h"

/* Of a name of a thread, its end included. */
#define	PROF_NAME_SIZE	16
/* Stacks that nothing refers to, but that may come again soon. */
#define	PROF_IDLE	64u

struct prof_recent;
struct sample;

/* A stack: each is there once, while something refers to it or a bit longer. */
struct prof_stack {
	struct prof_link link;
	uint64_t	number;		/* in the order of their coming */
	unsigned	refs;
	unsigned	n;
	struct prof_stack *parked;	/* see prof_table_pin() */
	uintptr_t	pcs[];		/* innermost first */
};

struct prof_thread {
	struct prof_thread *next;
	struct sample	*sample;	/* its cache's; NULL: it is gone */
	uint64_t	uid;
	unsigned	refs;		/* sites, and others that keep it */
	unsigned	number;		/* for a copy: see prof_source.h */
	char		name[PROF_NAME_SIZE];
};

/* Objects of one size class that a thread allocated by one stack. */
struct prof_site {
	struct prof_link link;
	struct prof_stack *stack;
	struct prof_thread *thread;
	unsigned	class;		/* see prof_class_of() */
	unsigned	row;		/* for a copy: see prof_source.h */
	uint64_t	cur_objects, cur_bytes;
	uint64_t	accum_objects, accum_bytes;
};

/* A sampled object that lives. */
struct prof_object {
	struct prof_link link;
	const void	*p;
	/* In a slab, of the site's class: see _bas_object_slot_take(). */
	void		*slot;
	struct prof_site *site;
	size_t		size;		/* bytes usable */
	size_t		request;	/* bytes asked for */
	/* See prof_life.h; 0 and NULL if nobody wanted to know. */
	uint64_t	time;
	struct prof_recent *recent;
	uint32_t	log;
	uint64_t	epoch;		/* another than the table's: no site */
};

/* Of a class: objects, and the bytes that were asked for. */
struct prof_class {
	uint64_t	req_sum;
	uint64_t	count;
};

#define	PROF_NCLASS	(SC_NSMALL + 1 + SC_NLARGE)

struct prof_table {
	struct lock	lock;
	struct prof_hash stacks, sites, objects;
	struct prof_thread *threads;
	struct prof_thread *nobody;	/* for calls without a cache */
	uint64_t	epoch;		/* how often it was reset */
	uint64_t	next_uid;
	uint64_t	next_stack;
	struct prof_stack *parked;	/* unused, but somebody reads it */
	unsigned	pinned;
};

/* If prof_stats is on; under the table's lock. */
struct prof_classes {
	struct prof_class live[PROF_NCLASS], accum[PROF_NCLASS];
};

extern BASALT_HIDDEN struct prof_table _bas_prof_table;
extern BASALT_HIDDEN struct prof_classes _bas_prof_classes;

/* A number for the class of so many usable bytes; and one for a stack. */
unsigned _bas_prof_class_of(size_t size);
uint64_t _bas_prof_stack_hash(const uintptr_t *pcs, unsigned n);
/*
 * All of these with the lock held.  The thread of a sample, which is known
 * from now on; sample NULL: the one that stands for calls without a cache.
 * NULL: no memory.
 */
struct prof_thread *_bas_prof_thread_of(struct sample *sample);
struct prof_stack *_bas_prof_stack_of(const uintptr_t *pcs, unsigned n,
	    uint64_t hash);
void	_bas_prof_stack_give(struct prof_stack *stack);
void	_bas_prof_thread_give(struct prof_thread *thread);
/*
 * A new sample at p, counted; NULL: no memory, and nothing is changed.
 */
struct prof_object *_bas_prof_object_put(struct prof_thread *thread,
	    struct prof_stack *stack, const void *p, size_t size,
	    size_t request);
/* Out of the table, but counted still; NULL: p is no sample. */
struct prof_object *_bas_prof_object_take(const void *p);
/* Back where it was, at p: it did not go.  Counted as it was. */
void	_bas_prof_object_return(struct prof_object *object);
/* It is gone; its slot is the caller's. */
void	_bas_prof_object_end(struct prof_object *object);
/* All that the function says yes to have gone, with their slots. */
void	_bas_prof_objects_end(bool (*f)(struct prof_object *, const void *),
	    const void *arg);
/*
 * Forget all counts; the threads stay, and so do samples, which are not
 * counted any more.
 */
void	_bas_prof_table_reset(void);
/*
 * From pin to unpin no stack goes: who pins reads them without the lock.
 */
void	_bas_prof_table_pin(void);
void	_bas_prof_table_unpin(void);
/* In a child of fork: what another thread was changing is forgotten. */
void	_bas_prof_table_mend(void);

#endif /* !BASALT_PROF_TABLE_H */
