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
 * arena has any.  A slow path that finds it passed purges.  Relaxed: it is a
 * hint, and who has changed what is due did so under the lock of the pages;
 * but to the sleeper it is in one order with what he waits for (purge_due.c).
 */
extern BASALT_HIDDEN _Atomic uint64_t _bas_purge_due;

static inline uint64_t
purge_due(void)
{

	return (atomic_load_explicit(&_bas_purge_due, memory_order_relaxed));
}

/*
 * So long (ns) slow paths leave alone what is due, since there is somebody
 * whose work it is; 0: there is nobody.  Relaxed: a hint.
 */
extern BASALT_HIDDEN _Atomic uint64_t _bas_purge_grace;

/*
 * Let a slow path come by at that time (ns), or soon after.  Who has
 * called this or _bas_purge_note wakes the sleeper, if there is one and it
 * sleeps for too long, by _bas_purge_rouse when he holds no lock: that is
 * a system call.
 */
void	_bas_purge_wake(uint64_t when);
void	_bas_purge_rouse(void);
/*
 * One thread may sleep until a purge is due, or until least (ns) where
 * that is later; it may wake early.  A stir after the ticket was drawn
 * ends its sleep.
 */
uint32_t _bas_purge_ticket(void);
void	_bas_purge_sleep(uint32_t ticket, uint64_t least);
void	_bas_purge_stir(void);
/*
 * Take what has been due for at least grace ns: the caller purges in all
 * arenas, and each says anew when it is due.  At UINT64_MAX anything is
 * due.  False: nothing is, or another thread has taken it.
 */
bool	_bas_purge_claim(uint64_t now, uint64_t grace);
/* In a child of fork: nobody sleeps, and all is to be looked at anew. */
void	_bas_purge_mend(void);
/*
 * So long (ns, by the exact clock) a step may take on the path of who only
 * wants to allocate or free; what is left waits so long for the next one.
 * A call of the kernel's that has begun comes to its end: up to 100 us for
 * 2 MiB here.
 */
#define	PURGE_TIME	((uint64_t)300000)
#define	PURGE_REST	((uint64_t)1000000)

/* Pages have become unused; true: they may not stay at all. */
bool	_bas_purge_note(struct pages *pages);
/* These pages are to be looked at by then (ns).  Lock held. */
void	_bas_purge_set_due(struct pages *pages, uint64_t when);
/* Purge what time has made due. */
void	_bas_purge_decay(struct pages *pages, uint64_t now);
/* The same until a time of the exact clock; the rest is due soon. */
void	_bas_purge_step(struct pages *pages, uint64_t now, uint64_t until);
/* Purge all unused pages. */
void	_bas_purge_all(struct pages *pages);
/*
 * Superpages and spans that came from hooks and are unused go back to them
 * as they are, those that cannot be purged too: the arena has come to its
 * end.
 */
void	_bas_purge_hooked(struct pages *pages);
/* Change the bound on dirty bytes (dirty.h); what is above it is purged. */
void	_bas_purge_set_max(struct pages *pages, ssize_t max);
/* Change a decay time; what that makes due is purged. */
void	_bas_purge_set_ms(struct pages *pages, bool muzzy, ssize_t ms);
/*
 * Purge up to npages of free spans, since as many new pages are about to
 * be used and none of the spans fits.  What takes longer than PURGE_TIME is
 * left for later steps.  Lock held, and dropped meanwhile.
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
