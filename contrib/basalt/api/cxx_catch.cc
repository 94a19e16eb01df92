/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The one thing that C cannot say: stop an exception.  A nothrow new must
 * return NULL where the program's new_handler throws.
 *
 * The C++ runtime's names that the compiler uses for that are weak: a
 * program without a runtime has no handler either, and never comes here.
 */
#include "api/cxx_catch.h"

__asm__(".weak __gxx_personality_v0\n"
    ".weak __cxa_begin_catch\n"
    ".weak __cxa_end_catch\n"
    ".weak _Unwind_Resume");

extern "C" bool
_bas_cxx_call(void (*handler)(void))
{

	try {
		handler();
	} catch (...) {
		return (false);
	}
	return (true);
}
