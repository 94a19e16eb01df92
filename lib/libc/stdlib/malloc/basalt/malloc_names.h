/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The names of a public function in libc: a program or a library that is
 * loaded before may define f, and the other one is for who wants libc's own.
 */
#ifndef MALLOC_NAMES_H
#define	MALLOC_NAMES_H

#define	PUBLIC_NAME(f)							\
	extern __typeof__(_bas_##f) __##f				\
	    __attribute__((alias("_bas_" #f), visibility("default"))),	\
	    f __attribute__((weak, alias("_bas_" #f),			\
	    visibility("default")))
#define	DERIVED_NAME(f)	PUBLIC_NAME(f)

#endif /* !MALLOC_NAMES_H */
