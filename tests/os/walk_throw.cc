// Copyright (c) 2026 The basalt developers
// SPDX-License-Identifier: BSD-2-Clause

// Walks up the stack while C++ exceptions are on their way: from where one is
// made, from destructors that run as it goes by, and from who catches it; and
// as often again from a thread's destructors.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

extern "C" {
#include "os/backtrace.h"
}

static uintptr_t noted;		// a return address that each walk must have
static int walks;

static __attribute__((noinline)) void
walk()
{
	uintptr_t pcs[128];
	unsigned i, n = _bas_os_backtrace(pcs, 128, 0);

	walks++;
	for (i = 0; i < n; i++)
		if (noted == 0 || pcs[i] == noted)
			return;
	std::printf("of %u none is %lx\n", n, (unsigned long)noted);
	std::exit(1);
}

struct thing {
	thing() { walk(); }
	thing(const thing &) { walk(); }
	~thing() { walk(); }
};

static __attribute__((noinline)) int
deep(int n)
{
	thing local;

	if (n == 0)
		throw thing();
	return (deep(n - 1) + 1);
}

static __attribute__((noinline)) void
outer()
{
	noted = (uintptr_t)__builtin_return_address(0);
	try {
		deep(5);
	} catch (const thing &t) {
		walk();
	}
	try {
		try {
			deep(3);
		} catch (...) {
			thing again;
			throw;
		}
	} catch (...) {
		walk();
	}
	noted = 0;
}

static thread_local thing last;

int
main()
{
	for (int i = 0; i < 100; i++)
		outer();
	std::thread([] { (void)&last; outer(); }).join();
	if (walks < 2000)
		return (1);
	std::printf("done\n");
	return (0);
}
