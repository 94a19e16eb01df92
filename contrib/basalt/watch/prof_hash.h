/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* A table of things that begin with a link, found by a number. */
#ifndef BASALT_PROF_HASH_H
#define	BASALT_PROF_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prof_link {
	struct prof_link	*next;
	uint64_t		 hash;
};

/* Zeros are one that is empty. */
struct prof_hash {
	struct prof_link	**bucket;
	size_t			 size;	/* of bucket, a power of two; or 0 */
	size_t			 n;	/* in the table */
};

/* A number whose bits all depend on all bits of x. */
static inline uint64_t
prof_mix(uint64_t x)
{

	x = (x ^ x >> 32) * 0x9e3779b97f4a7c15u;
	return (x ^ x >> 29);
}

/* Those of that hash and maybe others, by next; NULL: none. */
static inline struct prof_link *
prof_hash_first(const struct prof_hash *table, uint64_t hash)
{

	return (table->size == 0 ? NULL :
	    table->bucket[hash & (table->size - 1)]);
}

/* False: no memory. */
bool	_bas_prof_hash_put(struct prof_hash *table, struct prof_link *link);
/* It must be there. */
void	_bas_prof_hash_take(struct prof_hash *table, struct prof_link *link);
/* All, to f, which may free them; the table is empty then. */
void	_bas_prof_hash_empty(struct prof_hash *table,
	    void (*f)(struct prof_link *));

#endif /* !BASALT_PROF_HASH_H */
