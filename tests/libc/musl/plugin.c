/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A library that allocates before main, has thread-local memory, a lot of
 * it where TLS_SIZE says so, and frees at its end.
 */
#include "check.h"

#ifndef TLS_SIZE
#define	TLS_SIZE	1000
#endif

#define	NAME2(a, b)	a##b
#define	NAME(a, b)	NAME2(a, b)

static _Thread_local char room[TLS_SIZE] __attribute__((aligned(256)));
static _Thread_local int number = 42;
static void *kept;

__attribute__((constructor)) static void
begin(void)
{

	kept = malloc(100);
	CHECK(kept != NULL);
	churn(5);
}

__attribute__((destructor)) static void
end(void)
{

	free(kept);
	churn(2);
}

/* How many times the calling thread has been here. */
int	NAME(visit, N)(void);

int
NAME(visit, N)(void)
{

	CHECK((uintptr_t)room % 256 == 0);
	CHECK(room[0] == room[TLS_SIZE - 1]);
	room[0] = ++room[TLS_SIZE - 1];
	CHECK(++number == 42 + room[0]);
	free(malloc(50));
	return (room[0]);
}
