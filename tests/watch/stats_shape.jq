# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Prints each way in which a report in JSON differs from what programs look
# up in it: jq -r --arg letters LETTERS --arg views VIEWS -f stats_shape.jq
# report.json, where LETTERS are those that the report was made with and
# VIEWS are the arenas that it should have: "merged 0 1".
#
# A shape is the name of a type, an array of one shape, which all elements
# have, or an object of shapes; a key that ends in ? may be missing.

def wrong($shape; $path):
	if ($shape | type) == "string" then
		if type != $shape then
			"\($path): \(type), not \($shape)"
		elif type == "number" and . != floor then
			"\($path): not whole"
		else
			empty
		end
	elif ($shape | type) != type then
		"\($path): \(type), not \($shape | type)"
	elif type == "array" then
		(select(length == 0) | "\($path): empty"),
		(.[] | wrong($shape[0]; $path + "[]"))
	else
		. as $value |
		($shape | keys_unsorted[]) as $key |
		($key | rtrimstr("?")) as $name |
		if has($name) then
			.[$name] | wrong($shape[$key]; "\($path).\($name)")
		elif $key == $name then
			"\($path).\($name): missing"
		else
			empty
		end
	end;

# Keys of the value that its shape does not know.
def unknown($shape; $path):
	if ($shape | type) == "string" then
		empty
	elif type == "array" then
		.[] | unknown($shape[0]; $path + "[]")
	elif type == "object" then
		. as $value | keys_unsorted[] as $key |
		($shape[$key] // $shape[$key + "?"]) as $inner |
		if $inner == null then
			"\($path).\($key): unknown"
		else
			$value[$key] | unknown($inner; "\($path).\($key)")
		end
	else
		empty
	end;

def of($shape): [split(" ")[] | {(.): $shape}] | add;
def numbers: of("number");
def strings: of("string");
def booleans: of("boolean");
def without($letter): $letters | contains($letter) | not;
# The letters that leave a part out.
def unless($letter; shape): if without($letter) then shape else {} end;

def mutex:
	"num_ops num_wait num_spin_acq num_owner_switch total_wait_time " +
	"max_wait_time max_num_thds" | numbers;

def config:
	("cache_oblivious debug fill lazy_lock opt_safety_checks prof " +
	"prof_libgcc prof_libunwind prof_frameptr stats utrace xmalloc" |
	booleans) + {malloc_conf: "string"};

def arenas:
	("narenas dirty_decay_ms muzzy_decay_ms quantum page hugepage " +
	"tcache_max nbins nhbins nlextents" | numbers) + {
	bin: ["size nregs slab_size nshards" | numbers],
	lextent: ["size" | numbers]
	};

def prof:
	("thread_active_init active gdump" | booleans) +
	("interval lg_sample" | numbers);

def stats:
	("allocated active metadata metadata_edata metadata_rtree " +
	"metadata_thp resident mapped retained pinned zero_reallocs" |
	numbers) + {
	background_thread: ("num_threads num_runs run_interval" | numbers),
	"fragmentation?": {held: "number", pinned_space: "number",
	    sites: "array"}
	} + unless("x"; {
	mutexes: ("background_thread max_per_bg_thd ctl prof " +
	    "prof_thds_data prof_dump prof_recent_alloc prof_recent_dump " +
	    "prof_stats" | of(mutex))
	});

def group: "allocated nmalloc ndalloc nrequests nfills nflushes" | numbers;

def slabs:
	"npageslabs_huge nactive_huge ndirty_huge nuntouched_huge " +
	"npageslabs_nonhuge nactive_nonhuge ndirty_nonhuge nretained_nonhuge" | numbers;

def hpa_shard:
	("sec_bytes sec_hits sec_misses sec_dalloc_noflush " +
	"sec_dalloc_flush sec_overfills npageslabs nactive ndirty " +
	"npurge_passes npurges nhugifies nhugify_failures ndehugifies" |
	numbers) + {
	extent_allocation_distribution: ["min_extents max_extents extents " +
	    "ps pages_per_ps extents_per_ps total_elapsed_ns_per_ps" |
	    numbers],
	slabs: slabs,
	full_slabs: slabs,
	empty_slabs: slabs,
	nonfull_slabs: [slabs]
	};

def arena:
	("nthreads uptime_ns dirty_decay_ms muzzy_decay_ms pactive pdirty " +
	"pmuzzy dirty_npurge dirty_nmadvise dirty_purged muzzy_npurge " +
	"muzzy_nmadvise muzzy_purged mapped retained pinned base internal " +
	"metadata_edata metadata_rtree metadata_thp tcache_bytes " +
	"tcache_stashed_bytes resident held abandoned_vm extent_avail" |
	numbers) + {dss: "string",
	small: group, large: group} +
	unless("x"; {
	mutexes: ("large extent_avail extents_dirty extents_muzzy " +
	    "extents_retained extents_pinned decay_dirty decay_muzzy base " +
	    "tcache_list hpa_shard hpa_shard_grow hpa_sec" | of(mutex))
	}) +
	unless("b"; {bins: [("nmalloc ndalloc curregs nrequests nfills " +
	    "nflushes nreslabs curslabs nonfull_slabs " +
	    "slab_bytes used_bytes clean_bytes held_bytes" | numbers) +
	    unless("x"; {mutex: mutex})]}) +
	unless("l"; {lextents: ["curlextents" | numbers]}) +
	unless("e"; {extents: ["ndirty nmuzzy nretained npinned " +
	    "dirty_bytes muzzy_bytes retained_bytes pinned_bytes" |
	    numbers]}) +
	unless("h"; {sec_bytes: "number", hpa_shard: hpa_shard});

def opt:
	("abort abort_conf cache_oblivious confirm_conf retain hpa " +
	"background_thread zero experimental_infallible_new tcache prof " +
	"prof_active prof_thread_active_init prof_accum prof_gdump " +
	"prof_final prof_leak prof_leak_error stats_print" |
	booleans) +
	("dss percpu_arena hpa_dirty_mult metadata_thp junk thp " +
	"prof_prefix stats_print_opts stats_interval_opts zero_realloc" |
	strings) +
	("narenas oversize_threshold hpa_slab_max_alloc " +
	"hpa_hugification_threshold hpa_hugify_delay_ms " +
	"hpa_min_purge_interval_ms hpa_sec_nshards hpa_sec_max_alloc " +
	"hpa_sec_max_bytes hpa_sec_bytes_after_flush " +
	"hpa_sec_batch_fill_extra mutex_max_spin dirty_decay_ms " +
	"muzzy_decay_ms dirty_max lg_extent_max_active_fit tcache_max " +
	"tcache_nslots_small_min tcache_nslots_small_max " +
	"tcache_nslots_large lg_tcache_nslots_mul tcache_gc_incr_bytes " +
	"tcache_gc_delay_bytes lg_tcache_flush_small_div " +
	"lg_tcache_flush_large_div lg_prof_sample lg_prof_interval " +
	"stats_interval" | numbers);

def root:
	unless("g"; {version: "string", config: config, prof: prof,
	    arenas: arenas, system: {thp_mode: "string",
	    thp_sizes: "string"}}) +
	{stats: stats} +
	if without("m") or without("d") or without("a") then
		{"stats.arenas": ([$views | split(" ")[] | {(.): (arena +
		    if startswith("m") or startswith("d") then
			{}
		    else
			{name: "string"}
		    end)}] | add // {})}
	else
		{}
	end;

# Options that we have and others have not are no mistake.
(wrong({jemalloc: (root + unless("g"; {opt: opt}))}; "")),
(unknown({jemalloc: (root + unless("g"; {opt: "any"}))}; ""))
