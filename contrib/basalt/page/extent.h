/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Address space, in superpages: from the OS, kept for reuse, and back.
 *
 * What nobody uses is held in ranges sorted by address, joined where they
 * touch; it has no memory behind it and reads as zeros.
 */
#ifndef BASALT_EXTENT_H
#define	BASALT_EXTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * n superpages in a row, on a multiple of align (a power of two, at least
 * a superpage), covered by the page map; 0: no memory.
 */
uintptr_t _bas_extent_grow(size_t n, size_t align);
/* The n superpages at exactly base, if nobody has them. */
bool	_bas_extent_grow_at(uintptr_t base, size_t n);
/* Back, with no memory behind them (purged). */
void	_bas_extent_give(uintptr_t base, size_t n);
/* The OS has taken their addresses already (moved pages). */
void	_bas_extent_gone(size_t n);
/* Unmap what is retained; false: there was nothing. */
bool	_bas_extent_trim(void);

/* Bytes that the OS gave, and those of them that nobody uses. */
size_t	_bas_extent_mapped(void);
size_t	_bas_extent_retained(void);
/* In a child of fork: forget what another thread was changing. */
void	_bas_extent_mend(void);

#endif /* !BASALT_EXTENT_H */
