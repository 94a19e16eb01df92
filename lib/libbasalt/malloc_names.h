/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The names of a public function in a library beside a libc.
 */
#ifndef MALLOC_NAMES_H
#define	MALLOC_NAMES_H

#define	PUBLIC_NAME(f)							\
	extern __typeof__(_bas_##f) f					\
	    __attribute__((alias("_bas_" #f), visibility("default")))
#define	DERIVED_NAME(f)	PUBLIC_NAME(f)

#endif /* !MALLOC_NAMES_H */
