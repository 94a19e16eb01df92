/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "api/conf.h"
#include "api/fork.h"
#include "api/init.h"
#include "api/malloc_stats.h"
#include "api/names.h"
#include "heap/arena.h"
#include "os/backtrace.h"
#include "os/os.h"
#include "thread/background.h"
#include "thread/tsd.h"
#include "util/lock.h"
#include "util/options.h"
#include "watch/prof.h"

/* Bytes of what is linked behind the last of api, the operators of C++. */
#define	CODE_BEHIND	2048

static struct lock init_lock = LOCK_INITIALIZER(RANK_INIT);
/* Release once all is ready, acquire by who finds it so. */
static BASALT_TOGETHER _Atomic bool ready;

struct lock *
_bas_init_lock(void)
{

	return (&init_lock);
}

/* Behind what the library has in front: the last name of first.txt. */
void
_bas_front_end(void)
{
}

/*
 * What stacks have of our own code.  Files are linked in the order of the
 * layers, but for what the library has in front, which begins with malloc; in
 * a static program its own code lies between the two.  A libc has nothing in
 * front, so malloc comes behind the end of that, and may have the layers in
 * the order of their names: all that stacks have then lies between some two
 * of these.
 */
static void
prof_begin(void)
{
	const uintptr_t mark[] = { (uintptr_t)&_bas_malloc,
	    (uintptr_t)&_bas_front_end, (uintptr_t)&_bas_os_backtrace_init,
	    (uintptr_t)&_bas_malloc_usable_size, (uintptr_t)&_bas_prof_begin };
	struct prof_text text[PROF_TEXTS] = {
		{ mark[0], mark[1] }, { mark[2], mark[3] + CODE_BEHIND }
	};
	unsigned i;

	for (i = 0; mark[1] < mark[0] &&
	    i < sizeof(mark) / sizeof(mark[0]); i++) {
		if (mark[i] < text[0].low)
			text[0].low = mark[i];
		if (mark[i] > text[0].high)
			text[0].high = mark[i];
	}
	_bas_prof_begin(text);
}

/* True: it was this call that did it. */
static bool
init_once(void)
{
	bool first;

	lock_take(&init_lock);
	first = !atomic_load_explicit(&ready, memory_order_relaxed);
	if (first) {
		_bas_os_init();
		_bas_conf_init();
		_bas_arenas_init();
		_bas_tsd_init();
		prof_begin();
		atomic_store_explicit(&ready, true, memory_order_release);
	}
	lock_give(&init_lock);
	return (first);
}

/*
 * The C library may allocate to remember the fork handler; by then the
 * allocator works.
 */
void
_bas_init(void)
{

	if (atomic_load_explicit(&ready, memory_order_acquire))
		return;
	if (init_once())
		_bas_fork_init();
}

void
_bas_begin(void)
{

	_bas_init();
	_bas_background_ready();
}

/* After the program's own exit handlers, before the process is gone. */
void
_bas_end(void)
{

	_bas_tsd_last();
	_bas_prof_end();
	if (_bas_options.stats_print)
		_bas_stats_print_atexit();
}
