/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Where a thread finds what it carries (os/self.h): in a thread-local
 * variable, at an offset from the thread pointer that is known when the
 * program starts.
 */
#ifndef MALLOC_SELF_H
#define	MALLOC_SELF_H

extern _Thread_local struct self _bas_self
    __attribute__((visibility("hidden"), tls_model("initial-exec")));

static inline struct self *
self(void)
{

	return (&_bas_self);
}

#endif /* !MALLOC_SELF_H */
