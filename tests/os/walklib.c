/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* A library to be loaded and unloaded while stacks are walked. */
void	lib_call(void (*)(void));

static __attribute__((noinline)) void
inner(void (*f)(void))
{
	volatile char room[300];

	room[0] = 1;
	f();
	room[1] = room[0];
}

void
lib_call(void (*f)(void))
{
	inner(f);
	__asm__ volatile("" : : : "memory");
}
