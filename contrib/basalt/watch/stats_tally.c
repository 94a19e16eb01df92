/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What only debug builds count (os/tally.h), as a section of the report.
 */
#include "os/tally.h"
#include "util/lock.h"
#include "watch/stats_tally.h"

static const char names[TALLY_COUNT][20] = {
	[TALLY_MAP] = "call_map",
	[TALLY_UNMAP] = "call_unmap",
	[TALLY_PROTECT] = "call_protect",
	[TALLY_REMAP] = "call_remap",
	[TALLY_PURGE] = "call_purge",
	[TALLY_PURGE_LAZY] = "call_purge_lazy",
	[TALLY_HUGIFY] = "call_hugify",
	[TALLY_COLLAPSE] = "call_collapse",
	[TALLY_WAIT] = "call_wait",
	[TALLY_WAKE] = "call_wake",
	[TALLY_SPIN] = "lock_spin",
	[TALLY_SLEEP] = "lock_sleep",
	[TALLY_INBOX] = "line_inbox",
	[TALLY_SLAB] = "line_slab",
	[TALLY_SUPERPAGE] = "line_superpage",
	[TALLY_LARGE] = "line_large",
	[TALLY_LOCK + RANK_BACKGROUND] = "lock_background",
	[TALLY_LOCK + RANK_FORK] = "lock_fork",
	[TALLY_LOCK + RANK_INIT] = "lock_init",
	[TALLY_LOCK + RANK_MAINTENANCE] = "lock_maintenance",
	[TALLY_LOCK + RANK_CTL] = "lock_ctl",
	[TALLY_LOCK + RANK_DUMP] = "lock_dump",
	[TALLY_LOCK + RANK_PROF] = "lock_prof",
	[TALLY_LOCK + RANK_TSD] = "lock_tsd",
	[TALLY_LOCK + RANK_ARENAS] = "lock_arenas",
	[TALLY_LOCK + RANK_BIN] = "lock_bin",
	[TALLY_LOCK + RANK_PAGES] = "lock_pages",
	[TALLY_LOCK + RANK_EXTENTS] = "lock_extents",
	[TALLY_LOCK + RANK_BASE] = "lock_base",
};

_Static_assert(RANK_COUNT <= TALLY_COUNT - TALLY_LOCK,
    "a rank has no place in the tally");

/* Only what has happened.  Text: the JSON has the same keys in each build. */
void
_bas_stats_tally_print(struct emit *emit)
{
	struct tally_count count;
	unsigned i;

	_bas_emit_text(emit, "\n%-20s%14s%14s\n", "Tally:", "num",
	    "num_moved");
	for (i = 0; i < TALLY_COUNT; i++) {
		count = _bas_tally_read((enum tally)i);
		if (count.n != 0)
			_bas_emit_text(emit, "%-20s%14llu%14llu\n", names[i],
			    (unsigned long long)count.n,
			    (unsigned long long)count.moved);
	}
}
