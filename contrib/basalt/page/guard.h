/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Pages that cannot be touched, on both sides of every nth slab or large
 * object: who writes past its end or before its beginning is stopped
 * there and then.
 *
 * They are pages of the same run or span, in use like it, and go back to
 * being ordinary pages with it.  Memory from hooks has none, since what
 * hooks give is not ours to protect.
 */
#ifndef BASALT_GUARD_H
#define	BASALT_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/os.h"
#include "page/huge.h"
#include "util/bits.h"
#include "util/options.h"

enum guard {
	GUARD_SMALL,		/* slabs */
	GUARD_LARGE		/* objects of pages */
};

/* Pages of ours in one guard: what the OS protects. */
static inline size_t
guard_pages(void)
{

	return (_bas_os_info.page / PAGE);
}

/* Count one of the calling thread; true: it is the nth. */
bool	_bas_guard_count(enum guard kind, size_t nth);

static inline bool
guard_is_due(enum guard kind)
{
	size_t nth = kind == GUARD_SMALL ? _bas_options.san_guard_small :
	    _bas_options.san_guard_large;

	return (unlikely(nth != 0) && _bas_guard_count(kind, nth));
}

/*
 * As _bas_page_alloc, on any page, with guards; 0 also where it does not
 * fit into a superpage with them, or they cannot be had.
 */
uintptr_t _bas_guard_alloc(struct pages *pages, size_t npages, bool *zeroed);
/* As _bas_page_free, of such a run; if all is false, the guards alone. */
bool	_bas_guard_free(struct huge *huge, uintptr_t address, size_t npages,
	    bool all);
/*
 * A span with room for npages between guards, which are among its own
 * pages; NULL: it cannot be had.  The object begins after the first.
 */
struct huge *_bas_guard_span_alloc(struct pages *pages, size_t npages,
	    bool *zeroed);
/*
 * Before it is freed.  False: it cannot be, since the OS does not let us
 * touch it again; its memory is given back, its addresses are lost.
 */
bool	_bas_guard_span_open(struct huge *span);

#endif /* !BASALT_GUARD_H */
