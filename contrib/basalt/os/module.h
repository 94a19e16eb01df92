/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The ELF files whose code is in memory, and where each says how its
 * functions are left.  Learnt from the kernel's list of mappings, not from
 * the dynamic linker, which has a lock that it holds when it allocates.
 */
#ifndef BASALT_MODULE_H
#define	BASALT_MODULE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More are not known; one that is loaded again in its place is the same. */
#define	MODULE_MAX	1024

struct module {
	uintptr_t	 text, text_end;	/* a mapping with code */
	uintptr_t	 base;			/* the file's first byte */
	uintptr_t	 low, high;		/* all that it has in memory */
	uint64_t	 sum;			/* of its headers */
	/*
	 * .eh_frame, and pairs of a function's begin and its record there,
	 * sorted, as distances from index; no pairs: it is to be searched.
	 */
	uintptr_t	 frames, frames_end;
	uintptr_t	 index, pairs;
	size_t		 npairs;
	_Atomic bool	 dead;			/* it is not there any more */
};

/*
 * The module that has pc in its code; NULL: there is none, or it was loaded
 * so lately that nobody has looked.  Looking costs, and has a bound in time.
 */
const struct module *_bas_module_of(uintptr_t pc);

/*
 * Changes when a module goes or comes: what was learnt from one before may
 * not be true any more.
 */
unsigned _bas_module_epoch(void);

/* Where there is no /proc: from the dynamic linker, which may lock. */
void	_bas_module_init(void);

#endif /* !BASALT_MODULE_H */
