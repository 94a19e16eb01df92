/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* A thread with its cache, as the layers above would have them. */

#ifndef THREADS_H
#define THREADS_H

#include "../include/unit.h"

#include "heap/arena.h"
#include "meta/base.h"
#include "meta/pagemap.h"
#include "os/os.h"
#include "page/extent.h"
#include "thread/bind.h"
#include "thread/cache.h"
#include "thread/tsd.h"
#include "util/options.h"

/* Of a debug build the options make all threads slow. */
static inline struct cache *
threads_init(unsigned narenas)
{
	struct cache *cache;

	_bas_options.junk_alloc = _bas_options.junk_free = false;
	_bas_options.narenas = narenas;
	_bas_arenas_init();
	_bas_tsd_init();
	cache = _bas_tsd_cache();
	ATF_REQUIRE(cache != NULL);
	return (cache);
}

static inline void *
threads_take(unsigned class)
{
	void *p;

	p = cache_take(self()->cache, class);
	if (p == NULL)
		p = _bas_cache_take_slow(_bas_tsd_cache(), class);
	return (p);
}

static inline void
threads_put(unsigned class, void *p)
{
	if (!cache_put(self()->cache, class, p))
		_bas_cache_put_slow(_bas_tsd_cache(), class, p);
}

static inline void
threads_run(void *(*f)(void *), void *arg)
{
	pthread_t thread;
	void *wrong;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, f, arg));
	ATF_REQUIRE_EQ(0, pthread_join(thread, &wrong));
	ATF_CHECK_MSG(wrong == NULL, "%s", (const char *)wrong);
}

#endif /* THREADS_H */
