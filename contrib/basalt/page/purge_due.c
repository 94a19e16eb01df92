/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * When a purge is due, who takes it, and one thread that waits for it.
 */
#include "os/os.h"
#include "page/purge.h"

_Atomic uint64_t _bas_purge_due = UINT64_MAX;
BASALT_TOGETHER _Atomic uint64_t _bas_purge_grace;

static struct {
	/*
	 * What the sleeper waits for; 0: none, or it wakes soon anyway.
	 * Sequentially consistent with _bas_purge_due: see below.
	 */
	_Atomic uint64_t until;
	/* Raised to wake it: release, and acquire where it is drawn. */
	_Atomic uint32_t ticket;
} sleeper;

/*
 * The order of all of these, over the two words, is what the sleeper and
 * who lowers the time rely on: one of them sees the other.
 */
void
_bas_purge_wake(uint64_t when)
{
	uint64_t due = atomic_load_explicit(&_bas_purge_due,
	    memory_order_relaxed);

	while (when < due && !atomic_compare_exchange_weak_explicit(
	    &_bas_purge_due, &due, when, memory_order_seq_cst,
	    memory_order_relaxed))
		;
}

void
_bas_purge_rouse(void)
{

	if (atomic_load_explicit(&_bas_purge_due, memory_order_relaxed) >=
	    atomic_load_explicit(&sleeper.until, memory_order_seq_cst))
		return;
	/* Only one of those that come at once. */
	if (atomic_exchange_explicit(&sleeper.until, 0,
	    memory_order_relaxed) != 0)
		_bas_purge_stir();
}

void
_bas_purge_stir(void)
{

	atomic_fetch_add_explicit(&sleeper.ticket, 1, memory_order_release);
	_bas_os_wake(&sleeper.ticket, true);
}

uint32_t
_bas_purge_ticket(void)
{

	return (atomic_load_explicit(&sleeper.ticket, memory_order_acquire));
}

static uint64_t
due_after(uint64_t least)
{
	uint64_t due = atomic_load_explicit(&_bas_purge_due,
	    memory_order_seq_cst);

	return (due > least ? due : least);
}

void
_bas_purge_sleep(uint32_t ticket, uint64_t least)
{
	uint64_t until = due_after(least);

	atomic_store_explicit(&sleeper.until, until > least ? until : 0,
	    memory_order_seq_cst);
	/* Lowered in between, by somebody who saw no sleeper? */
	if (due_after(least) >= until)
		_bas_os_wait_until(&sleeper.ticket, ticket, until);
	atomic_store_explicit(&sleeper.until, 0, memory_order_relaxed);
}

bool
_bas_purge_claim(uint64_t now, uint64_t grace)
{
	uint64_t due = atomic_load_explicit(&_bas_purge_due,
	    memory_order_relaxed);

	if (now < due || (now != UINT64_MAX && now - due < grace))
		return (false);
	return (atomic_compare_exchange_strong_explicit(&_bas_purge_due,
	    &due, UINT64_MAX, memory_order_relaxed, memory_order_relaxed));
}

void
_bas_purge_mend(void)
{

	atomic_store_explicit(&_bas_purge_due, 0, memory_order_relaxed);
	atomic_store_explicit(&_bas_purge_grace, 0, memory_order_relaxed);
	atomic_store_explicit(&sleeper.until, 0, memory_order_relaxed);
}
