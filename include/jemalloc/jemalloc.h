/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * For programs written for jemalloc: the interface of <malloc_np.h> under
 * the header name and with the macros that they ask for.
 *
 * The version is that of the interface, which programs compare; what they
 * run on says the control name "version".  Public names are always the plain
 * ones, so JEMALLOC_MANGLE, JEMALLOC_NO_RENAME and JEMALLOC_NO_DEMANGLE
 * change nothing.
 */
#ifndef JEMALLOC_H_
#define	JEMALLOC_H_

#include <malloc_np.h>

#define	JEMALLOC_VERSION		"5.3.0-0-g0"
#define	JEMALLOC_VERSION_MAJOR		5
#define	JEMALLOC_VERSION_MINOR		3
#define	JEMALLOC_VERSION_BUGFIX		0
#define	JEMALLOC_VERSION_NREV		0
#define	JEMALLOC_VERSION_GID		"0"
#define	JEMALLOC_VERSION_GID_IDENT	0

#endif /* !JEMALLOC_H_ */
