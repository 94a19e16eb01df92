/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Which superpages are backed by huge pages from their first touch on. */
#ifndef BASALT_HUGEFILL_H
#define	BASALT_HUGEFILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct huge;
struct pages;

/*
 * Whether the next superpage of an arena should be.  It is when enough
 * pages are in use already: a heap that grows fills the next one too, and
 * one huge fault is there in place of 512.  What this may overshoot by is
 * one huge page an arena; one that is smaller than a superpage may come
 * the earlier.  It is not when it is made for npages that are a large run,
 * of which nobody knows whether it will be filled.
 */
bool	_bas_hugefill_is_due(const struct pages *pages, size_t npages);
/*
 * Whether a superpage has filled so far that it is to be made huge now, as
 * some options want it.  Its owner's lock is held.
 */
bool	_bas_hugefill_is_full(const struct huge *huge);
/* Do that; false: the OS refuses.  No lock held. */
bool	_bas_hugefill_convert(uintptr_t base);
/*
 * Tell the OS what n fresh superpages are to be backed by, if it needs to
 * be told; true: by huge pages.
 */
bool	_bas_hugefill_advise(uintptr_t base, size_t n, bool huge);
/*
 * Whether the OS fills the holes of a superpage again, to make it one huge
 * page: not where those that it offers are smaller.
 */
bool	_bas_hugefill_is_refilled(void);
/*
 * Pages of each huge page, or else page of the OS, that a superpage is
 * backed by: who takes some from it should take what was never used too.
 */
unsigned _bas_hugefill_pages(void);
/*
 * Bytes of the huge pages, a superpage at least, that a span of n
 * superpages from base on is to be backed by; base 0: on a multiple of it.
 */
size_t	_bas_hugefill_span(uintptr_t base, size_t n);

#endif /* !BASALT_HUGEFILL_H */
