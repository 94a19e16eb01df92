/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The names of a public function in musl: weak, since a program may have a
 * malloc of its own.  What it may then have left out is in derived.c.
 */
#ifndef MALLOC_NAMES_H
#define	MALLOC_NAMES_H

#define	PUBLIC_NAME(f)							\
	extern __typeof__(_bas_##f) f					\
	    __attribute__((weak, alias("_bas_" #f), visibility("default")))
#define	DERIVED_NAME(f)							\
	extern __typeof__(_bas_##f) _bas_##f

#endif /* !MALLOC_NAMES_H */
