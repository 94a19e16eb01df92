/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Heap profiles while threads allocate: workers allocate, resize and free, each
 * other's objects too, and set what is their own of profiles; one thread
 * dumps, one resets and switches, one reads.  What is wrong is said, and the
 * status is 1.  Built with BAS_PREFIXED as tsan_ctl.c is.
 */

#include <sys/types.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/names.h"
#include "../include/random.h"

extern const char *NAME(malloc_conf);
const char *NAME(malloc_conf) = "prof:true,lg_prof_sample:9,prof_stats:true,"
    "prof_prefix:,prof_recent_alloc_max:50,narenas:2";

#define	NWORKERS	4
#define	NSLOTS		256

static _Atomic(void *)	slots[NSLOTS];
static _Atomic bool	over;
static _Atomic unsigned	wrong;

static void
check(int error, const char *what)
{
	if (error == 0)
		return;
	if (atomic_fetch_add(&wrong, 1) == 0)
		printf("%s: %s\n", what, strerror(error));
}

static void
set(const char *name, const void *value, size_t size)
{
	check(NAME(mallctl)(name, NULL, NULL, (void *)(uintptr_t)value, size),
	    name);
}

static void
set_bool(const char *name, bool value)
{
	set(name, &value, sizeof(value));
}

/* Now and then, what belongs to the thread. */
static void
own(uint64_t r)
{
	static const char *const names[] = { "one", "two", "", "and three" };
	const char *name = names[r % 4], *old;
	size_t len = sizeof(old);

	set("thread.prof.name", &name, sizeof(name));
	check(NAME(mallctl)("thread.prof.name", &old, &len, NULL, 0),
	    "thread.prof.name");
	set_bool("thread.prof.active", r % 8 != 7);
}

static void *
work(void *arg)
{
	uint64_t state = (uintptr_t)arg, r;
	unsigned i;
	void *p;

	for (i = 0; i < 20000; i++) {
		r = test_random(&state);
		if (i % 1000 == 0)
			own(r);
		p = atomic_exchange(&slots[r % NSLOTS], NULL);
		if (p == NULL)
			p = r >> 50 & 1 ? NAME(calloc)(1, r >> 20 & 0x3fff) :
			    NAME(malloc)(r >> 20 & 0x7ff);
		else
			p = NAME(realloc)(p, (r >> 20 & 0xffff) + 1);
		if (p == NULL)
			check(1, "no memory");
		NAME(free)(atomic_exchange(&slots[r >> 8 & 255], p));
	}
	return (NULL);
}

/* One that ends soon, again and again. */
static void *
work_shortly(void *arg)
{
	NAME(free)(NAME(malloc)(1000));
	return (arg);
}

static void *
dump(void *arg)
{
	static const char *const file = "/dev/null";
	pthread_t thread;

	while (!over) {
		set("prof.dump", &file, sizeof(file));
		if (pthread_create(&thread, NULL, work_shortly, NULL) == 0)
			(void)pthread_join(thread, NULL);
	}
	return (arg);
}

static void
on_free(const void *p, size_t size)
{
	(void)p;
	NAME(free)(NAME(malloc)(size / 2));
}

static void *
change(void *arg)
{
	uint64_t state = 1, r;
	void *f[] = { NULL, (void *)on_free };
	size_t lg;

	while (!over) {
		r = test_random(&state);
		lg = r % 12;
		set("prof.reset", &lg, sizeof(lg));
		set_bool("prof.active", r >> 8 & 1);
		set_bool("prof.thread_active_init", r >> 9 & 1);
		set_bool("prof.gdump", r >> 10 & 1);
		set("experimental.hooks.prof_sample_free", &f[r >> 11 & 1],
		    sizeof(f[0]));
		set_bool("prof.active", true);
	}
	return (arg);
}

static void *
look(void *arg)
{
	static const char *const names[] = { "prof.stats.bins.7.live",
	    "prof.stats.lextents.3.accum" };
	struct {
		uint64_t sum, count;
	} value;
	size_t len;
	unsigned i;
	bool b;

	for (i = 0; !over; i++) {
		len = sizeof(value);
		check(NAME(mallctl)(names[i % 2], &value, &len, NULL, 0),
		    "prof.stats");
		len = sizeof(b);
		check(NAME(mallctl)("prof.active", &b, &len, NULL, 0),
		    "prof.active");
	}
	return (arg);
}

int
main(void)
{
	static void *(*const others[])(void *) = { dump, change, look };
	pthread_t worker[NWORKERS], other[3];
	uintptr_t i;

	for (i = 0; i < 3; i++)
		if (pthread_create(&other[i], NULL, others[i], NULL) != 0)
			return (1);
	for (i = 0; i < NWORKERS; i++)
		if (pthread_create(&worker[i], NULL, work, (void *)(i + 1)) !=
		    0)
			return (1);
	for (i = 0; i < NWORKERS; i++)
		(void)pthread_join(worker[i], NULL);
	over = true;
	for (i = 0; i < 3; i++)
		(void)pthread_join(other[i], NULL);
	for (i = 0; i < NSLOTS; i++)
		NAME(free)(slots[i]);
	printf("profiles: %u wrong\n", wrong);
	return (wrong != 0);
}
