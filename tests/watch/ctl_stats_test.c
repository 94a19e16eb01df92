/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Each name below stats leads to the number that it is about. */

#include <atf-c.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../include/names.h"
#include "heap/sizeclass.h"
#include "watch/ctl.h"
#include "watch/snapshot.h"

#define	ARENA(name, field)						\
	{ name, offsetof(struct snapshot_arena, field) }
#define	PAGES(name, field)						\
	{ name, offsetof(struct snapshot_pages, field) }
#define	TOTAL(field)							\
	{ "stats." #field, offsetof(struct snapshot_totals, field) }

/* Written out once more, so that the table of names is checked. */
static const struct place {
	const char	*name;
	size_t		 offset;
} places[] = {
	TOTAL(allocated),
	TOTAL(active),
	TOTAL(metadata),
	TOTAL(metadata_edata),
	TOTAL(metadata_rtree),
	TOTAL(metadata_thp),
	TOTAL(resident),
	TOTAL(mapped),
	TOTAL(retained),
	TOTAL(pinned),
	TOTAL(zero_reallocs),
	ARENA("stats.arenas.0.nthreads", nthreads),
	ARENA("stats.arenas.0.uptime", uptime),
	ARENA("stats.arenas.0.dss", dss),
	ARENA("stats.arenas.0.dirty_decay_ms", dirty_decay_ms),
	ARENA("stats.arenas.0.muzzy_decay_ms", muzzy_decay_ms),
	ARENA("stats.arenas.0.pactive", pactive),
	ARENA("stats.arenas.0.pdirty", pdirty),
	ARENA("stats.arenas.0.pmuzzy", pmuzzy),
	ARENA("stats.arenas.0.mapped", mapped),
	ARENA("stats.arenas.0.retained", retained),
	ARENA("stats.arenas.0.pinned", pinned),
	ARENA("stats.arenas.0.extent_avail", extent_avail),
	ARENA("stats.arenas.0.dirty_npurge", dirty_npurge),
	ARENA("stats.arenas.0.dirty_nmadvise", dirty_nmadvise),
	ARENA("stats.arenas.0.dirty_purged", dirty_purged),
	ARENA("stats.arenas.0.muzzy_npurge", muzzy_npurge),
	ARENA("stats.arenas.0.muzzy_nmadvise", muzzy_nmadvise),
	ARENA("stats.arenas.0.muzzy_purged", muzzy_purged),
	ARENA("stats.arenas.0.base", base),
	ARENA("stats.arenas.0.internal", internal),
	ARENA("stats.arenas.0.metadata_edata", metadata_edata),
	ARENA("stats.arenas.0.metadata_rtree", metadata_rtree),
	ARENA("stats.arenas.0.metadata_thp", metadata_thp),
	ARENA("stats.arenas.0.tcache_bytes", tcache_bytes),
	ARENA("stats.arenas.0.tcache_stashed_bytes", tcache_stashed_bytes),
	ARENA("stats.arenas.0.resident", resident),
	ARENA("stats.arenas.0.held", held),
	ARENA("stats.arenas.0.abandoned_vm", abandoned_vm),
	ARENA("stats.arenas.0.small.allocated", small.allocated),
	ARENA("stats.arenas.0.small.nmalloc", small.nmalloc),
	ARENA("stats.arenas.0.small.ndalloc", small.ndalloc),
	ARENA("stats.arenas.0.small.nrequests", small.nrequests),
	ARENA("stats.arenas.0.small.nfills", small.nfills),
	ARENA("stats.arenas.0.small.nflushes", small.nflushes),
	ARENA("stats.arenas.0.large.allocated", large.allocated),
	ARENA("stats.arenas.0.large.nmalloc", large.nmalloc),
	ARENA("stats.arenas.0.large.ndalloc", large.ndalloc),
	ARENA("stats.arenas.0.large.nrequests", large.nrequests),
	ARENA("stats.arenas.0.large.nfills", large.nfills),
	ARENA("stats.arenas.0.large.nflushes", large.nflushes),
	ARENA("stats.arenas.0.bins.0.nmalloc", bins[0].nmalloc),
	ARENA("stats.arenas.0.bins.0.ndalloc", bins[0].ndalloc),
	ARENA("stats.arenas.0.bins.0.nrequests", bins[0].nrequests),
	ARENA("stats.arenas.0.bins.0.curregs", bins[0].curregs),
	ARENA("stats.arenas.0.bins.0.nfills", bins[0].nfills),
	ARENA("stats.arenas.0.bins.0.nflushes", bins[0].nflushes),
	ARENA("stats.arenas.0.bins.0.nslabs", bins[0].nslabs),
	ARENA("stats.arenas.0.bins.0.nreslabs", bins[0].nreslabs),
	ARENA("stats.arenas.0.bins.0.curslabs", bins[0].curslabs),
	ARENA("stats.arenas.0.bins.0.nonfull_slabs", bins[0].nonfull_slabs),
	ARENA("stats.arenas.0.bins.0.slab_bytes", bins[0].slab_bytes),
	ARENA("stats.arenas.0.bins.0.used_bytes", bins[0].used_bytes),
	ARENA("stats.arenas.0.bins.0.clean_bytes", bins[0].clean_bytes),
	ARENA("stats.arenas.0.bins.0.held_bytes", bins[0].held_bytes),
	ARENA("stats.arenas.0.bins.0.mutex.num_ops", bins[0].mutex.num_ops),
	ARENA("stats.arenas.0.bins.0.mutex.num_wait", bins[0].mutex.num_wait),
	ARENA("stats.arenas.0.bins.0.mutex.num_spin_acq",
	    bins[0].mutex.num_spin_acq),
	ARENA("stats.arenas.0.bins.0.mutex.num_owner_switch",
	    bins[0].mutex.num_owner_switch),
	ARENA("stats.arenas.0.bins.0.mutex.total_wait_time",
	    bins[0].mutex.total_wait_time),
	ARENA("stats.arenas.0.bins.0.mutex.max_wait_time",
	    bins[0].mutex.max_wait_time),
	ARENA("stats.arenas.0.bins.0.mutex.max_num_thds",
	    bins[0].mutex.max_num_thds),
	ARENA("stats.arenas.0.bins.56.nmalloc", bins[56].nmalloc),
	ARENA("stats.arenas.0.bins.56.ndalloc", bins[56].ndalloc),
	ARENA("stats.arenas.0.bins.56.nrequests", bins[56].nrequests),
	ARENA("stats.arenas.0.bins.56.curregs", bins[56].curregs),
	ARENA("stats.arenas.0.bins.56.nfills", bins[56].nfills),
	ARENA("stats.arenas.0.bins.56.nflushes", bins[56].nflushes),
	ARENA("stats.arenas.0.bins.56.nslabs", bins[56].nslabs),
	ARENA("stats.arenas.0.bins.56.nreslabs", bins[56].nreslabs),
	ARENA("stats.arenas.0.bins.56.curslabs", bins[56].curslabs),
	ARENA("stats.arenas.0.bins.56.nonfull_slabs", bins[56].nonfull_slabs),
	ARENA("stats.arenas.0.bins.56.slab_bytes", bins[56].slab_bytes),
	ARENA("stats.arenas.0.bins.56.used_bytes", bins[56].used_bytes),
	ARENA("stats.arenas.0.bins.56.clean_bytes", bins[56].clean_bytes),
	ARENA("stats.arenas.0.bins.56.held_bytes", bins[56].held_bytes),
	ARENA("stats.arenas.0.bins.56.mutex.num_ops", bins[56].mutex.num_ops),
	ARENA("stats.arenas.0.bins.56.mutex.num_wait", bins[56].mutex.num_wait),
	ARENA("stats.arenas.0.bins.56.mutex.num_spin_acq",
	    bins[56].mutex.num_spin_acq),
	ARENA("stats.arenas.0.bins.56.mutex.num_owner_switch",
	    bins[56].mutex.num_owner_switch),
	ARENA("stats.arenas.0.bins.56.mutex.total_wait_time",
	    bins[56].mutex.total_wait_time),
	ARENA("stats.arenas.0.bins.56.mutex.max_wait_time",
	    bins[56].mutex.max_wait_time),
	ARENA("stats.arenas.0.bins.56.mutex.max_num_thds",
	    bins[56].mutex.max_num_thds),
	ARENA("stats.arenas.0.lextents.0.nmalloc", lextents[0].nmalloc),
	ARENA("stats.arenas.0.lextents.0.ndalloc", lextents[0].ndalloc),
	ARENA("stats.arenas.0.lextents.0.nrequests", lextents[0].nrequests),
	ARENA("stats.arenas.0.lextents.0.curlextents", lextents[0].curlextents),
	ARENA("stats.arenas.0.lextents.5.nmalloc", lextents[5].nmalloc),
	ARENA("stats.arenas.0.lextents.5.ndalloc", lextents[5].ndalloc),
	ARENA("stats.arenas.0.lextents.5.nrequests", lextents[5].nrequests),
	ARENA("stats.arenas.0.lextents.5.curlextents", lextents[5].curlextents),
	ARENA("stats.arenas.0.mutexes.large.max_num_thds",
	    mutexes[ARENA_MUTEX_LARGE].max_num_thds),
	ARENA("stats.arenas.0.mutexes.extent_avail.max_num_thds",
	    mutexes[ARENA_MUTEX_EXTENT_AVAIL].max_num_thds),
	ARENA("stats.arenas.0.mutexes.extents_dirty.max_num_thds",
	    mutexes[ARENA_MUTEX_EXTENTS_DIRTY].max_num_thds),
	ARENA("stats.arenas.0.mutexes.extents_muzzy.max_num_thds",
	    mutexes[ARENA_MUTEX_EXTENTS_MUZZY].max_num_thds),
	ARENA("stats.arenas.0.mutexes.extents_retained.max_num_thds",
	    mutexes[ARENA_MUTEX_EXTENTS_RETAINED].max_num_thds),
	ARENA("stats.arenas.0.mutexes.extents_pinned.max_num_thds",
	    mutexes[ARENA_MUTEX_EXTENTS_PINNED].max_num_thds),
	ARENA("stats.arenas.0.mutexes.decay_dirty.max_num_thds",
	    mutexes[ARENA_MUTEX_DECAY_DIRTY].max_num_thds),
	ARENA("stats.arenas.0.mutexes.decay_muzzy.max_num_thds",
	    mutexes[ARENA_MUTEX_DECAY_MUZZY].max_num_thds),
	ARENA("stats.arenas.0.mutexes.base.max_num_thds",
	    mutexes[ARENA_MUTEX_BASE].max_num_thds),
	ARENA("stats.arenas.0.mutexes.tcache_list.max_num_thds",
	    mutexes[ARENA_MUTEX_TCACHE_LIST].max_num_thds),
	ARENA("stats.arenas.0.mutexes.hpa_shard.max_num_thds",
	    mutexes[ARENA_MUTEX_HPA_SHARD].max_num_thds),
	ARENA("stats.arenas.0.mutexes.hpa_shard_grow.max_num_thds",
	    mutexes[ARENA_MUTEX_HPA_SHARD_GROW].max_num_thds),
	ARENA("stats.arenas.0.mutexes.hpa_sec.max_num_thds",
	    mutexes[ARENA_MUTEX_HPA_SEC].max_num_thds),
	ARENA("stats.arenas.0.hpa_shard.npageslabs", npageslabs),
	ARENA("stats.arenas.0.hpa_shard.nactive", pactive),
	ARENA("stats.arenas.0.hpa_shard.ndirty", pdirty),
	ARENA("stats.arenas.0.hpa_shard.npurge_passes", npurge_passes),
	ARENA("stats.arenas.0.hpa_shard.npurges", npurges),
	ARENA("stats.arenas.0.hpa_shard.nhugifies", nhugifies),
	ARENA("stats.arenas.0.hpa_shard.nhugify_failures", nhugify_failures),
	ARENA("stats.arenas.0.hpa_shard.ndehugifies", ndehugifies),
	PAGES("stats.arenas.0.extents.0.ndirty", extents[0].ndirty),
	PAGES("stats.arenas.0.extents.0.nmuzzy", extents[0].nmuzzy),
	PAGES("stats.arenas.0.extents.0.nretained", extents[0].nretained),
	PAGES("stats.arenas.0.extents.0.npinned", extents[0].npinned),
	PAGES("stats.arenas.0.extents.0.dirty_bytes", extents[0].dirty_bytes),
	PAGES("stats.arenas.0.extents.0.muzzy_bytes", extents[0].muzzy_bytes),
	PAGES("stats.arenas.0.extents.0.retained_bytes",
	    extents[0].retained_bytes),
	PAGES("stats.arenas.0.extents.0.pinned_bytes", extents[0].pinned_bytes),
	PAGES("stats.arenas.0.extents.198.ndirty", extents[198].ndirty),
	PAGES("stats.arenas.0.extents.198.nmuzzy", extents[198].nmuzzy),
	PAGES("stats.arenas.0.extents.198.nretained", extents[198].nretained),
	PAGES("stats.arenas.0.extents.198.npinned", extents[198].npinned),
	PAGES("stats.arenas.0.extents.198.dirty_bytes",
	    extents[198].dirty_bytes),
	PAGES("stats.arenas.0.extents.198.muzzy_bytes",
	    extents[198].muzzy_bytes),
	PAGES("stats.arenas.0.extents.198.retained_bytes",
	    extents[198].retained_bytes),
	PAGES("stats.arenas.0.extents.198.pinned_bytes",
	    extents[198].pinned_bytes),
	PAGES("stats.arenas.0.hpa_shard.slabs.npageslabs_nonhuge",
	    slabs.npageslabs_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.slabs.npageslabs_huge",
	    slabs.npageslabs_huge),
	PAGES("stats.arenas.0.hpa_shard.slabs.nactive_nonhuge",
	    slabs.nactive_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.slabs.nactive_huge",
	    slabs.nactive_huge),
	PAGES("stats.arenas.0.hpa_shard.slabs.ndirty_nonhuge",
	    slabs.ndirty_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.slabs.ndirty_huge", slabs.ndirty_huge),
	PAGES("stats.arenas.0.hpa_shard.slabs.nuntouched_huge",
	    slabs.nuntouched_huge),
	PAGES("stats.arenas.0.hpa_shard.full_slabs.npageslabs_nonhuge",
	    full_slabs.npageslabs_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.full_slabs.npageslabs_huge",
	    full_slabs.npageslabs_huge),
	PAGES("stats.arenas.0.hpa_shard.full_slabs.nactive_nonhuge",
	    full_slabs.nactive_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.full_slabs.nactive_huge",
	    full_slabs.nactive_huge),
	PAGES("stats.arenas.0.hpa_shard.full_slabs.ndirty_nonhuge",
	    full_slabs.ndirty_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.full_slabs.ndirty_huge",
	    full_slabs.ndirty_huge),
	PAGES("stats.arenas.0.hpa_shard.full_slabs.nuntouched_huge",
	    full_slabs.nuntouched_huge),
	PAGES("stats.arenas.0.hpa_shard.empty_slabs.npageslabs_nonhuge",
	    empty_slabs.npageslabs_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.empty_slabs.npageslabs_huge",
	    empty_slabs.npageslabs_huge),
	PAGES("stats.arenas.0.hpa_shard.empty_slabs.nactive_nonhuge",
	    empty_slabs.nactive_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.empty_slabs.nactive_huge",
	    empty_slabs.nactive_huge),
	PAGES("stats.arenas.0.hpa_shard.empty_slabs.ndirty_nonhuge",
	    empty_slabs.ndirty_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.empty_slabs.ndirty_huge",
	    empty_slabs.ndirty_huge),
	PAGES("stats.arenas.0.hpa_shard.empty_slabs.nuntouched_huge",
	    empty_slabs.nuntouched_huge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.0.npageslabs_nonhuge",
	    nonfull_slabs[0].npageslabs_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.0.npageslabs_huge",
	    nonfull_slabs[0].npageslabs_huge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.0.nactive_nonhuge",
	    nonfull_slabs[0].nactive_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.0.nactive_huge",
	    nonfull_slabs[0].nactive_huge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.0.ndirty_nonhuge",
	    nonfull_slabs[0].ndirty_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.0.ndirty_huge",
	    nonfull_slabs[0].ndirty_huge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.0.nuntouched_huge",
	    nonfull_slabs[0].nuntouched_huge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.63.npageslabs_nonhuge",
	    nonfull_slabs[63].npageslabs_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.63.npageslabs_huge",
	    nonfull_slabs[63].npageslabs_huge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.63.nactive_nonhuge",
	    nonfull_slabs[63].nactive_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.63.nactive_huge",
	    nonfull_slabs[63].nactive_huge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.63.ndirty_nonhuge",
	    nonfull_slabs[63].ndirty_nonhuge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.63.ndirty_huge",
	    nonfull_slabs[63].ndirty_huge),
	PAGES("stats.arenas.0.hpa_shard.nonfull_slabs.63.nuntouched_huge",
	    nonfull_slabs[63].nuntouched_huge),
};

/* Which of the structs is no matter: no two getters share one. */
ATF_TC_WITHOUT_HEAD(offsets);
ATF_TC_BODY(offsets, tc)
{
	struct ctl_call call;
	size_t i;

	bas_free(bas_malloc(100));
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		ATF_REQUIRE_EQ_MSG(0, _bas_ctl_find(places[i].name, &call),
		    "%s", places[i].name);
		ATF_CHECK_EQ_MSG(places[i].offset, call.offset, "%s",
		    places[i].name);
	}
}

ATF_TC_WITHOUT_HEAD(mutexes);
ATF_TC_BODY(mutexes, tc)
{
	static const struct {
		const char		*name;
		enum snapshot_mutex	 mutex;
	} locks[] = {
		{ "stats.mutexes.background_thread.num_ops",
		  MUTEX_BACKGROUND_THREAD },
		{ "stats.mutexes.max_per_bg_thd.num_ops",
		  MUTEX_MAX_PER_BG_THD },
		{ "stats.mutexes.ctl.num_ops", MUTEX_CTL },
		{ "stats.mutexes.prof.num_ops", MUTEX_PROF },
		{ "stats.mutexes.prof_thds_data.num_ops",
		  MUTEX_PROF_THDS_DATA },
		{ "stats.mutexes.prof_dump.num_ops", MUTEX_PROF_DUMP },
		{ "stats.mutexes.prof_recent_alloc.num_ops",
		  MUTEX_PROF_RECENT_ALLOC },
		{ "stats.mutexes.prof_recent_dump.num_ops",
		  MUTEX_PROF_RECENT_DUMP },
		{ "stats.mutexes.prof_stats.num_ops", MUTEX_PROF_STATS },
	};
	struct ctl_call call;
	size_t i;

	for (i = 0; i < MUTEX_COUNT; i++) {
		ATF_REQUIRE_EQ(0, _bas_ctl_find(locks[i].name, &call));
		ATF_CHECK_EQ_MSG(locks[i].mutex * sizeof(struct lock_stats),
		    call.offset, "%s", locks[i].name);
	}
}

static uint64_t
read_uint64(const char *name)
{
	uint64_t value, any = 1;
	size_t len = sizeof(value);

	ATF_REQUIRE_EQ(0, bas_mallctl("epoch", NULL, NULL, &any,
	    sizeof(any)));
	ATF_REQUIRE_EQ_MSG(0, bas_mallctl(name, &value, &len, NULL, 0), "%s",
	    name);
	return (value);
}

/* A lock that was taken is counted, until the counts begin anew. */
ATF_TC_WITHOUT_HEAD(mutex_reset);
ATF_TC_BODY(mutex_reset, tc)
{
	static void *blocks[5000];
	size_t i;

	for (i = 0; i < 5000; i++)
		blocks[i] = bas_malloc(256);
	ATF_CHECK(read_uint64("stats.arenas.0.mutexes.hpa_shard.num_ops") >
	    20);
	ATF_CHECK_EQ(0, bas_mallctl("stats.mutexes.reset", NULL, NULL, NULL,
	    0));
	ATF_CHECK(read_uint64("stats.arenas.0.mutexes.hpa_shard.num_ops") <
	    20);
	for (i = 0; i < 5000; i++)
		bas_free(blocks[i]);
}

/* Whose number is given: all, one that is there, those that were. */
ATF_TC_WITHOUT_HEAD(arenas);
ATF_TC_BODY(arenas, tc)
{
	size_t len = sizeof(unsigned), size = sizeof(size_t), pages;
	char name[64];
	unsigned i;

	ATF_CHECK_EQ(ENOENT, bas_mallctl("stats.arenas.4097.pactive", NULL,
	    NULL, NULL, 0));
	ATF_REQUIRE_EQ(0, bas_mallctl("arenas.create", &i, &len, NULL, 0));
	snprintf(name, sizeof(name), "stats.arenas.%u.pactive", i);
	ATF_CHECK_EQ(0, bas_mallctl(name, &pages, &size, NULL, 0));
	ATF_CHECK_EQ(0, pages);
	snprintf(name, sizeof(name), "arena.%u.destroy", i);
	ATF_CHECK_EQ(0, bas_mallctl(name, NULL, NULL, NULL, 0));
	snprintf(name, sizeof(name), "stats.arenas.%u.pactive", i);
	ATF_CHECK_EQ(ENOENT, bas_mallctl(name, &pages, &size, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("stats.arenas.4097.pactive", &pages,
	    &size, NULL, 0));
	ATF_CHECK_EQ(0, bas_mallctl("stats.arenas.4096.pactive", &pages,
	    &size, NULL, 0));
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, offsets);
	ATF_TP_ADD_TC(tp, mutexes);
	ATF_TP_ADD_TC(tp, mutex_reset);
	ATF_TP_ADD_TC(tp, arenas);
	return (atf_no_error());
}
