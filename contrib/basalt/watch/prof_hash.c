/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "meta/base.h"
#include "watch/prof_hash.h"

#define	SIZE_FIRST	((size_t)256)

/* Twice as many buckets.  Without memory for them it stays as it is. */
static void
hash_grow(struct prof_hash *table)
{
	size_t size = table->size == 0 ? SIZE_FIRST : table->size * 2, i;
	struct prof_link **bucket, *link, *next;

	bucket = _bas_base_zeros(size * sizeof(struct prof_link *));
	if (bucket == NULL)
		return;
	for (i = 0; i < table->size; i++)
		for (link = table->bucket[i]; link != NULL; link = next) {
			next = link->next;
			link->next = bucket[link->hash & (size - 1)];
			bucket[link->hash & (size - 1)] = link;
		}
	if (table->size != 0)
		_bas_base_free(table->bucket,
		    table->size * sizeof(struct prof_link *));
	table->bucket = bucket;
	table->size = size;
}

bool
_bas_prof_hash_put(struct prof_hash *table, struct prof_link *link)
{
	struct prof_link **bucket;

	if (table->n >= table->size)
		hash_grow(table);
	if (table->size == 0)
		return (false);
	bucket = &table->bucket[link->hash & (table->size - 1)];
	link->next = *bucket;
	*bucket = link;
	table->n++;
	return (true);
}

void
_bas_prof_hash_take(struct prof_hash *table, struct prof_link *link)
{
	struct prof_link **at;

	for (at = &table->bucket[link->hash & (table->size - 1)];
	    *at != link; at = &(*at)->next)
		continue;
	*at = link->next;
	table->n--;
}

void
_bas_prof_hash_empty(struct prof_hash *table, void (*f)(struct prof_link *))
{
	struct prof_link *link, *next;
	size_t i;

	for (i = 0; i < table->size; i++) {
		for (link = table->bucket[i]; link != NULL; link = next) {
			next = link->next;
			f(link);
		}
		table->bucket[i] = NULL;
	}
	table->n = 0;
}
