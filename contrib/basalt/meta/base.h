/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Memory for metadata: taken in chunks from the OS, handed out by a
 * moving mark, kept for ever.  What is given back goes on a list of its
 * size.  The first chunk is static, so a small process maps none.
 */
#ifndef BASALT_BASE_H
#define	BASALT_BASE_H

#include <stdbool.h>
#include <stddef.h>

struct lock;

struct base_stats {
	size_t	allocated;	/* bytes in use */
	size_t	resident;	/* bytes handed out ever: they were touched */
	size_t	mapped;		/* bytes of chunks */
	size_t	nthp;		/* chunks backed by huge pages */
};

/*
 * size bytes on a multiple of 16, or of the cache line from there on;
 * contents undefined.  NULL: the OS has no more.  Any thread.
 */
void	*_bas_base_alloc(size_t size);
/*
 * The same, all zero.  What is large, above 8 KiB, is not written to for
 * that: pages of it that nobody writes take no memory.
 */
void	*_bas_base_zeros(size_t size);
void	 _bas_base_free(void *p, size_t size);
void	 _bas_base_stats(struct base_stats *stats);
/* Blocks of size bytes that were given back and are not in use. */
size_t	 _bas_base_unused(size_t size);
/* For its statistics. */
struct lock *_bas_base_lock(void);
/* Does this thread hold the lock, as in a handler of a signal? */
bool	 _bas_base_is_mine(void);
/* In a child of fork: forget what another thread was changing. */
void	 _bas_base_mend(void);

#endif /* !BASALT_BASE_H */
