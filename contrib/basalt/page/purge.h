/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Unused pages, back to the OS.
 *
 * No lock is held over a system call: pages on their way are marked used
 * meanwhile, so nobody takes them.
 */
#ifndef BASALT_PURGE_H
#define	BASALT_PURGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "page/huge.h"

/*
 * The time (ns) at which the first arena's pages are due; UINT64_MAX: no
 * arena has any.  A slow path that finds it passed purges.
 */
extern BASALT_HIDDEN _Atomic uint64_t _bas_purge_due;

/* Let a slow path come by at that time (ns), or soon after. */
void	_bas_purge_wake(uint64_t when);
/* Pages have become unused; true: they may not stay at all. */
bool	_bas_purge_note(struct pages *pages);
/* Purge what time has made due. */
void	_bas_purge_decay(struct pages *pages, uint64_t now);
/* Purge all unused pages. */
void	_bas_purge_all(struct pages *pages);
/*
 * Superpages and spans that came from hooks and are unused go back to them
 * as they are, those that cannot be purged too: the arena has come to its
 * end.
 */
void	_bas_purge_hooked(struct pages *pages);
/* Change a decay time; what that makes due is purged. */
void	_bas_purge_set_ms(struct pages *pages, bool muzzy, ssize_t ms);
/*
 * Purge up to npages of free spans, since as many new pages are about to
 * be used and none of the spans fits.  Lock held, and dropped meanwhile.
 */
void	_bas_purge_spans(struct pages *pages, size_t npages);
/* A free span, at once.  Lock held, and dropped meanwhile. */
void	_bas_purge_span(struct pages *pages, struct huge *span);
/*
 * Give the memory of a range back at once, as far as it is whole pages;
 * the bytes of the others are set to zero, if zero.  False: the OS does
 * not, and nothing has changed.
 */
bool	_bas_purge_now(uintptr_t address, size_t size, bool zero);

#endif /* !BASALT_PURGE_H */
