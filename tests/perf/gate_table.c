/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The figures of the gate.  Those of instructions are of a piece: the rounds
 * of steps.c and pair.c, 4096, 64 or 1, divide the numbers of pieces.
 */

#include "gate.h"

/* Nothing that depends on the time that has passed. */
#define	STILL		"thp:never,dirty_decay_ms:-1,muzzy_decay_ms:-1"
#define	TWO_ARENAS	STILL ",narenas:2"
#define	NO_CACHE	STILL ",tcache:false"
#define	AT_ONCE		"thp:never,dirty_decay_ms:0,muzzy_decay_ms:0"

#define	COUNT(name, conf, program, kind, size, few, many) \
	{ name, FIGURE_COUNT, THP_NEVER, conf, program, { kind, size }, \
	    few, many, 0, 0 }
#define	PEAK(name, workload, percent) \
	{ name, FIGURE_PEAK, THP_NEVER, "thp:never", "workload", \
	    { workload, percent }, 0, 0, 0, 0 }
#define	PEAK_THP(name, workload, percent) \
	{ name, FIGURE_PEAK, THP_ADVISED, NULL, "workload", \
	    { workload, percent }, 0, 0, 0, 0 }

struct figure figures[] = {
	/* The fast paths. */
	COUNT("pair-16", STILL, "pair", "pair", "16", 12800, 38400),
	COUNT("pair-64", STILL, "pair", "pair", "64", 12800, 38400),
	COUNT("pair-256", STILL, "pair", "pair", "256", 12800, 38400),
	COUNT("deep-256", STILL, "pair", "deep", "256", 12800, 38400),
	COUNT("deep-1k", STILL, "pair", "deep", "1024", 12800, 38400),
	COUNT("deep-8k", STILL, "pair", "deep", "8192", 12800, 38400),
	COUNT("calloc-64", STILL, "pair", "calloc", "64", 12800, 38400),
	COUNT("realloc-64", STILL, "pair", "realloc", "64", 12800, 38400),
	COUNT("aligned-64", STILL, "pair", "aligned", "64", 12800, 38400),
	/* Refill and flush, and the slabs that come and go with them. */
	COUNT("order-64", STILL, "steps", "order", "64", 32768, 98304),
	COUNT("order-1k", STILL, "steps", "order", "1024", 32768, 98304),
	COUNT("order-8k", STILL, "steps", "order", "8192", 16384, 49152),
	COUNT("order-14k", STILL, "steps", "order", "14336", 16384, 49152),
	COUNT("scatter-64", STILL, "steps", "scatter", "64", 32768, 98304),
	COUNT("scatter-1k", STILL, "steps", "scatter", "1024", 32768, 98304),
	COUNT("uncached-64", NO_CACHE, "pair", "pair", "64", 12800, 38400),
	COUNT("pass-64", TWO_ARENAS, "steps", "pass", "64", 65536, 196608),
	COUNT("pass-1k", TWO_ARENAS, "steps", "pass", "1024", 65536, 131072),
	/* Pages. */
	COUNT("pair-64k", STILL, "pair", "pair", "65536", 6400, 19200),
	COUNT("pair-1m", STILL, "pair", "pair", "1048576", 1600, 4800),
	COUNT("pair-8m", STILL, "pair", "pair", "8388608", 1600, 4800),
	COUNT("few-64k", STILL, "steps", "few", "65536", 3200, 9600),
	COUNT("few-1m", STILL, "steps", "few", "1048576", 1280, 3840),
	COUNT("few-8m", STILL, "steps", "few", "8388608", 1280, 3840),
	COUNT("few-64k-purged", AT_ONCE, "steps", "few", "65536", 1280,
	    3840),
	COUNT("calloc-64k", STILL, "steps", "calloc", "65536", 1280, 3840),
	COUNT("calloc-1m", STILL, "steps", "calloc", "1048576", 640, 1280),
	COUNT("aligned-4k", STILL, "steps", "aligned", "4096", 6400, 19200),
	COUNT("aligned-64k", STILL, "steps", "aligned", "65536", 1280, 3840),
	COUNT("grow-64k", STILL, "steps", "grow", "65536", 200, 600),
	COUNT("grow-64m", STILL, "steps", "grow", "67108864", 20, 60),
	/* Threads and processes. */
	COUNT("thread-one", STILL, "steps", "thread", "64", 100, 300),
	COUNT("thread-1000", STILL, "steps", "visit", "16", 50, 150),
	{ "start", FIGURE_START, THP_NEVER, NULL, "pair", { "pair", "64" },
	    1, 1, 0, 0 },
	/* Memory.  What threads do at once is not the same each time. */
	{ "one-malloc", FIGURE_PEAK, THP_NEVER, NULL, "footprint",
	    { "one" }, 0, 0, 0, 0 },
	{ "threads-500", FIGURE_PEAK, THP_NEVER, NULL, "footprint",
	    { "threads", "500" }, 0, 0, 0, 0 },
	PEAK("peak-window64", "window64", "10"),
	PEAK("peak-window1024", "window1024", "10"),
	PEAK("peak-windowmix", "windowmix", "30"),
	PEAK("peak-handoff", "handoff", "5"),
	PEAK("peak-churn", "churn", "10"),
	PEAK("peak-mixed1", "mixed1", "16"),
	PEAK("peak-largemix", "largemix", "16"),
	PEAK("peak-huge", "huge", "5"),
	PEAK("peak-growfill", "growfill", "16"),
	PEAK("peak-vectors", "vectors", "16"),
	PEAK("peak-refill", "refill", "16"),
	PEAK_THP("peak-thp-windowmix", "windowmix", "30"),
	PEAK_THP("peak-thp-mixed1", "mixed1", "16"),
	PEAK_THP("peak-thp-growfill", "growfill", "16"),
	PEAK_THP("peak-thp-vectors", "vectors", "16"),
	PEAK_THP("peak-thp-refill", "refill", "16"),
};

const unsigned	nfigures = sizeof(figures) / sizeof(figures[0]);
