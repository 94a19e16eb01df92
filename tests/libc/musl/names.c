/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * An ISO C program may call its functions as POSIX calls some: the
 * allocator must not call these.
 */
#include "check.h"

#define	OURS(name)							\
	void name(void);						\
	void name(void)							\
	{								\
									\
		check_fail(__FILE__, __LINE__, #name " is called");	\
	}

OURS(mmap)
OURS(munmap)
OURS(mprotect)
OURS(madvise)
OURS(mremap)
OURS(clock_gettime)
OURS(pthread_create)
OURS(open)
OURS(read)
OURS(write)
OURS(close)

int
main(void)
{
	char *p;

	churn(200);
	p = malloc(64 << 20);
	CHECK(p != NULL);
	p = realloc(p, 128 << 20);
	CHECK(p != NULL);
	free(p);
	_Exit(0);
}
