/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a thread's walks have seen of its stack: addresses that could be read,
 * in one piece, and that tables led through.  They are there for as long as
 * the thread is on that stack, so each is tried once and not by each walk: a
 * system call for two pages takes as long as a hundred frames.
 */
#ifndef BASALT_BACKTRACE_STACK_H
#define	BASALT_BACKTRACE_STACK_H

#include <stdbool.h>
#include <stdint.h>

/* Zeros: nothing.  The thread's alone. */
struct backtrace_stack {
	uintptr_t	low, high;
};

/* What of it a walk that begins in the page at begin may rely on. */
struct backtrace_stack _bas_backtrace_stack_at(
	    const struct backtrace_stack *stack, uintptr_t begin);
/*
 * All from a walk's begin to *end can be read, and so can low to high, which
 * lies above; known is what it relies on.  Is all of that one piece?  Then
 * *end is high at least.
 */
void	_bas_backtrace_stack_join(const struct backtrace_stack *known,
	    uintptr_t *end, uintptr_t low, uintptr_t high);
/* The walk has ended; tables led it up to top. */
void	_bas_backtrace_stack_note(struct backtrace_stack *stack,
	    struct backtrace_stack known, uintptr_t begin, uintptr_t end,
	    uintptr_t top);

static inline bool
backtrace_stack_has(const struct backtrace_stack *stack, uintptr_t addr)
{

	return (addr >= stack->low && addr < stack->high);
}

#endif /* !BASALT_BACKTRACE_STACK_H */
