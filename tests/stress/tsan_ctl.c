/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names while threads allocate.
 *
 * Some threads allocate and free, and change what is their own by control
 * names; one reads every kind of statistic by name and by MIB; one sets what
 * belongs to arenas, purges, and begins counts anew.  It ends with a line of
 * counts; what is wrong is said, and the status is 1.
 *
 * Built with BAS_PREFIXED it calls bas_malloc and so on, for an archive whose
 * names were changed because a sanitizer owns the plain ones.
 */

#include <sys/types.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/names.h"

/* However few processors there are. */
const char *NAME(malloc_conf) = "narenas:2";

#define	NWORKERS	4
#define	NBLOCKS		300

static unsigned		nrounds = 60;
static _Atomic unsigned	running;
static _Atomic unsigned	nread, nset, wrong;

/* What may be read at any time, with its size. */
static const struct value {
	const char	*name;
	size_t		 size;
} values[] = {
	{ "version", 8 }, { "epoch", 8 }, { "background_thread", 1 },
	{ "max_background_threads", 8 }, { "opt.narenas", 4 },
	{ "arenas.narenas", 4 }, { "arena.0.initialized", 1 },
	{ "arena.4096.dss", 8 }, { "arena.0.dirty_decay_ms", 8 },
	{ "arena.0.extent_hooks", 8 }, { "arena.0.oversize_threshold", 8 },
	{ "arena.0.retain_grow_limit", 8 }, { "approximate_stats.active", 8 },
	{ "stats.allocated", 8 }, { "stats.active", 8 },
	{ "stats.metadata", 8 }, { "stats.metadata_edata", 8 },
	{ "stats.metadata_rtree", 8 }, { "stats.resident", 8 },
	{ "stats.mapped", 8 }, { "stats.retained", 8 },
	{ "stats.pinned", 8 }, { "stats.background_thread.num_runs", 8 },
	{ "stats.mutexes.ctl.num_ops", 8 },
	{ "stats.mutexes.background_thread.max_num_thds", 4 },
	{ "stats.arenas.0.nthreads", 4 }, { "stats.arenas.0.uptime", 8 },
	{ "stats.arenas.0.dss", 8 }, { "stats.arenas.0.pactive", 8 },
	{ "stats.arenas.4096.pdirty", 8 }, { "stats.arenas.0.resident", 8 },
	{ "stats.arenas.0.tcache_bytes", 8 },
	{ "stats.arenas.4096.tcache_bytes", 8 },
	{ "stats.arenas.0.small.nrequests", 8 },
	{ "stats.arenas.0.large.allocated", 8 },
	{ "stats.arenas.0.bins.9.curregs", 8 },
	{ "stats.arenas.0.bins.9.mutex.num_wait", 8 },
	{ "stats.arenas.4096.lextents.3.nmalloc", 8 },
	{ "stats.arenas.0.extents.8.dirty_bytes", 8 },
	{ "stats.arenas.4096.extents.30.ndirty", 8 },
	{ "stats.arenas.0.mutexes.decay_dirty.total_wait_time", 8 },
	{ "stats.arenas.4096.mutexes.hpa_shard.num_owner_switch", 8 },
	{ "stats.arenas.0.hpa_shard.nonfull_slabs.5.nactive_nonhuge", 8 },
	{ "stats.arenas.0.hpa_shard.full_slabs.npageslabs_huge", 8 },
	{ "thread.allocated", 8 }, { "thread.peak.read", 8 },
	{ "thread.tcache.max", 8 },
};

#define	COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
check(const char *name, int error)
{

	if (error == 0)
		return;
	fprintf(stderr, "ctl: %s: %s\n", name, strerror(error));
	wrong++;
}

static void *
reader(void *arg)
{
	size_t mib[COUNT(values)][7], miblen[COUNT(values)], len, i;
	unsigned char a[8], b[8];
	uint64_t any = 1;

	(void)arg;
	for (i = 0; i < COUNT(values); i++) {
		miblen[i] = 7;
		check(values[i].name, NAME(mallctlnametomib)(values[i].name,
		    mib[i], &miblen[i]));
	}
	/* Once at least: the workers may be done before this begins. */
	do {
		check("epoch", NAME(mallctl)("epoch", NULL, NULL, &any,
		    sizeof(any)));
		for (i = 0; i < COUNT(values); i++) {
			len = values[i].size;
			check(values[i].name, NAME(mallctl)(values[i].name,
			    a, &len, NULL, 0));
			check(values[i].name, NAME(mallctlbymib)(mib[i],
			    miblen[i], b, &len, NULL, 0));
			nread += 2;
		}
	} while (running != 0);
	return (NULL);
}

static void
set(const char *name, void *value, size_t size)
{

	check(name, NAME(mallctl)(name, NULL, NULL, value, size));
	nset++;
}

static void *
setter(void *arg)
{
	static const char *const commands[] = { "arena.0.decay",
	    "arena.4096.purge", "arena.1.purge", "stats.mutexes.reset",
	    "thread.idle", "thread.peak.reset" };
	const char *names[] = { "even", "odd" };
	const char *dss[] = { "primary", "disabled" };
	ssize_t ms[] = { 0, 10000 };
	size_t sizes[] = { (size_t)8 << 20, SIZE_MAX }, max[] = { 0, 65536 };
	unsigned round = 0, i;

	(void)arg;
	do {
		i = round++ % 2;
		set("arena.0.name", &names[i], sizeof(names[i]));
		set("arena.0.dss", &dss[i], sizeof(dss[i]));
		set("arena.4096.dss", &dss[i], sizeof(dss[i]));
		set("arena.0.dirty_decay_ms", &ms[i], sizeof(ms[i]));
		set("arenas.muzzy_decay_ms", &ms[i], sizeof(ms[i]));
		set("arena.0.oversize_threshold", &sizes[i],
		    sizeof(sizes[i]));
		set("arena.0.retain_grow_limit", &sizes[i], sizeof(sizes[i]));
		set("thread.tcache.max", &max[i], sizeof(max[i]));
		for (i = 0; i < COUNT(commands); i++)
			set(commands[i], NULL, 0);
	} while (running != 0);
	return (NULL);
}

static void
query(void *p)
{
	struct {
		void	*slab;
		size_t	n[5];
	} answer;
	size_t len = sizeof(answer), ulen = sizeof(unsigned);
	unsigned arena;

	check("query", NAME(mallctl)("experimental.utilization.query",
	    &answer, &len, &p, sizeof(p)));
	check("lookup", NAME(mallctl)("arenas.lookup", &arena, &ulen, &p,
	    sizeof(p)));
}

/* Blocks of all kinds, and what is the thread's own. */
static void *
worker(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg, round, i, arena;
	static const char *const lists[] = { "16-256:3", "16-4096:60" };
	void *blocks[NBLOCKS];
	bool on;
	size_t size;

	for (round = 0; round < nrounds; round++) {
		for (i = 0; i < NBLOCKS; i++) {
			seed = seed * 1103515245 + 12345;
			size = (size_t)1 << (seed >> 16) % (i % 50 ? 13 : 23);
			blocks[i] = NAME(malloc)(size);
			if (blocks[i] == NULL)
				check("malloc", ENOMEM);
			else
				memset(blocks[i], 1, size > 64 ? 64 : size);
		}
		query(blocks[round % NBLOCKS]);
		on = round % 8 != 0;
		set("thread.tcache.enabled", &on, sizeof(on));
		if (on) {
			set("thread.tcache.ncached_max.write", (void *)(
			    uintptr_t)&lists[round % 2], sizeof(lists[0]));
			set("thread.tcache.flush", NULL, 0);
		}
		arena = round % 2;
		set("thread.arena", &arena, sizeof(arena));
		for (i = 0; i < NBLOCKS; i++)
			NAME(free)(blocks[i]);
	}
	return (NULL);
}

static void
start(pthread_t *thread, void *(*f)(void *), unsigned n)
{

	check("thread", pthread_create(thread, NULL, f,
	    (void *)(uintptr_t)n));
}

int
main(int argc, char *argv[])
{
	pthread_t workers[NWORKERS], others[2];
	unsigned i, arena = 1;

	if (argc > 1)
		nrounds = (unsigned)strtoul(argv[1], NULL, 10);
	/* Both automatic arenas are there. */
	NAME(free)(NAME(malloc)(1));
	set("thread.arena", &arena, sizeof(arena));
	running = 1;
	for (i = 0; i < NWORKERS; i++)
		start(&workers[i], worker, i + 1);
	start(&others[0], reader, 0);
	start(&others[1], setter, 0);
	for (i = 0; i < NWORKERS; i++)
		check("join", pthread_join(workers[i], NULL));
	running = 0;
	check("join", pthread_join(others[0], NULL));
	check("join", pthread_join(others[1], NULL));
	printf("ctl: %s, %u wrong\n", nread > 0 && nset > 0 ?
	    "read and set" : "idle", wrong);
	return (wrong != 0 || nread == 0 || nset == 0);
}
