/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "os/backtrace_stack.h"
#include "os/maps.h"
#include "malloc_machdep.h"

#define	PAGE		((uintptr_t)1 << MACH_PAGE_SHIFT)
/* Of what lies in one frame, no more is tried. */
#define	FRAME_MAX	((uintptr_t)256 << 10)
/* So far below what is known a thread is believed to be on the same stack. */
#define	BELOW_MAX	((uintptr_t)1 << 20)

/*
 * A stack that the thread has left may be gone.  If tables are right a walk
 * reads nothing outside the stack that it is on, so another one that happens to
 * be taken for the same does no harm.
 */
struct backtrace_stack
_bas_backtrace_stack_at(const struct backtrace_stack *stack, uintptr_t begin)
{

	if (begin < stack->high && (begin >= stack->low ||
	    stack->low - begin <= BELOW_MAX))
		return (*stack);
	return ((struct backtrace_stack){ .low = 0 });
}

void
_bas_backtrace_stack_join(const struct backtrace_stack *known, uintptr_t *end,
    uintptr_t low, uintptr_t high)
{

	if (low > *end && backtrace_stack_has(known, *end))
		*end = known->high;
	if (low > *end && low - *end <= FRAME_MAX &&
	    _bas_os_readable(*end, low - *end))
		*end = low;
	if (low <= *end && high > *end)
		*end = high;
}

/* What was tried beyond the last frame is not the stack's, maybe. */
void
_bas_backtrace_stack_note(struct backtrace_stack *stack,
    struct backtrace_stack known, uintptr_t begin, uintptr_t end,
    uintptr_t top)
{

	top = (top + PAGE - 1) & -PAGE;
	if (top < begin + PAGE)
		top = begin + PAGE;
	if (known.low < top)
		_bas_backtrace_stack_join(&known, &end, known.low, known.high);
	if (end > top)
		end = top;
	if (known.low == 0 || known.low > end)
		known = (struct backtrace_stack){ .low = begin, .high = end };
	if (known.low > begin)
		known.low = begin;
	if (known.high < end)
		known.high = end;
	*stack = known;
}
