/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Where a thread finds what it carries (os/self.h): in musl's struct
 * pthread, SELF_OFFSET bytes from the thread pointer.  basalt.mk has the
 * number, glue.c proves it.
 */
#ifndef MALLOC_SELF_H
#define	MALLOC_SELF_H

static inline struct self *
self(void)
{

	return ((struct self *)((char *)__builtin_thread_pointer() +
	    SELF_OFFSET));
}

#endif /* !MALLOC_SELF_H */
