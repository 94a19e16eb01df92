# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Every option there is.  A line says how its opt.* name is typed (- for none),
# its default, a value that it takes, how that reads, and what is said about
# the value zzz: V an invalid value, S invalid settings, P an invalid pair;
# nothing where any text will do.

KEYS='
abort				bool		false	true	true	V
abort_conf			bool		false	true	true	V
confirm_conf			bool		false	false	false	V
cache_oblivious			bool		false	true	true	V
trust_madvise			bool		false	true	true	V
retain				bool		true	false	false	V
metadata_thp			string		"disabled"	auto	"auto"	V
dss				string		"secondary"	primary	"primary"	V
narenas				unsigned	*	3	3	V
narenas_ratio			-		-	2.5	-	V
percpu_arena			string		"disabled"	phycpu	"phycpu"	V
oversize_threshold		size_t		0	16777216	16777216	V
mutex_max_spin			int64_t		60	-1	-1	V
bin_shards			-		-	1-128:4|129-512:2	-	S
slab_sizes			-		-	1-4096:17|100-200:1	-	S
tcache_ncached_max		-		-	1-64:20|65-1024:0	-	S
dirty_decay_ms			ssize_t		10000	-1	-1	V
muzzy_decay_ms			ssize_t		0	500	500	V
dirty_max			ssize_t		0	8388608	8388608	V
process_madvise_max_batch	size_t		0	16	0	V
stats_print			bool		false	false	false	V
stats_print_opts		string		""	mbz	"mb"
stats_interval			int64_t		-1	1000000000	1000000000	V
stats_interval_opts		string		""	Jq	"J"
junk				string		"false"	alloc	"alloc"	V
zero				bool		false	true	true	V
utrace				bool		false	true	true	V
xmalloc				bool		false	true	true	V
experimental_infallible_new	bool		false	true	true	V
experimental_tcache_gc		bool		true	false	false	V
tcache				bool		true	false	false	V
tcache_max			size_t		1048576	32768	32768	V
lg_tcache_max			-		-	15	-	V
lg_tcache_nslots_mul		ssize_t		1	-16	-16	V
tcache_nslots_small_min		unsigned	1	0	1	V
tcache_nslots_small_max		unsigned	2048	5000	2048	V
tcache_nslots_large		unsigned	255	20	20	V
tcache_gc_incr_bytes		size_t		65536	1	1024	V
tcache_gc_delay_bytes		size_t		0	7	7	V
lg_tcache_flush_small_div	unsigned	1	99	16	V
lg_tcache_flush_large_div	unsigned	1	0	1	V
debug_double_free_max_scan	unsigned	0	5	0	V
calloc_madvise_threshold	-		-	0	-	V
lg_extent_max_active_fit	size_t		6	64	64	V
background_thread		bool		false	true	true	V
max_background_threads		size_t		4	9999	4095	V
hpa_slab_max_alloc		size_t		65536	1	4096	V
hpa_hugification_threshold	size_t		1992294	-1	2097152	V
hpa_hugification_threshold_ratio -		-	0.5	-	V
hpa_hugify_delay_ms		uint64_t	10000	0	0	V
hpa_hugify_sync			bool		false	true	true	V
hpa_min_purge_interval_ms	uint64_t	5000	-1	18446744073709551615	V
experimental_hpa_max_purge_nhp	ssize_t		-1	7	7	V
hpa_purge_threshold		size_t		4096	8192	8192	V
hpa_purge_threshold_ratio	-		-	1	-	V
hpa_min_purge_delay_ms		uint64_t	0	3	3	V
hpa_hugify_style		string		"lazy"	eager	"eager"	V
hpa_dirty_mult			uint32_t	16384	1.5	98304	V
hpa_sec_nshards			size_t		2	0	0	V
hpa_sec_max_alloc		size_t		32768	65536	32768	V
hpa_sec_max_bytes		size_t		262144	1	262144	V
hpa_sec_bytes_after_flush	size_t		0	-	-	P
hpa_sec_batch_fill_extra	size_t		0	-	-	P
experimental_hpa_start_huge_if_thp_always bool	true	false	false	V
experimental_hpa_enforce_hugify	bool		false	true	true	V
huge_arena_pac_thp		bool		false	true	true	V
thp				string		"default"	never	"never"	V
prof				bool		false	true	true	V
prof_prefix			string		"jeprof"	/tmp/a:b-c	"/tmp/a:b-c"
prof_active			bool		true	false	false	V
prof_thread_active_init		bool		true	false	false	V
lg_prof_sample			size_t		19	64	63	V
prof_accum			bool		false	true	true	V
prof_bt_max			unsigned	128	0	1	V
lg_prof_interval		ssize_t		-1	63	63	V
prof_gdump			bool		false	true	true	V
prof_final			bool		false	true	true	V
prof_leak			bool		false	false	false	V
prof_leak_error			bool		false	false	false	V
prof_log			-		-	true	-	V
prof_pid_namespace		bool		false	true	true	V
prof_recent_alloc_max		ssize_t		0	-1	-1	V
prof_stats			bool		false	true	true	V
prof_sys_thread_name		bool		false	true	true	V
prof_time_resolution		string		"default"	high	"high"	V
prof_format			string		"heap_v2"	folded	"folded"	V
prof_symbols			bool		true	false	false	V
prof_unbias			-		-	false	-	V
log				-		-	arena|tcache	-
zero_realloc			string		"free"	abort	"abort"	V
lg_san_uaf_align		ssize_t		-1	3	12	V
san_guard_small			-		-	64	-	V
san_guard_large			-		-	64	-	V
hpa				bool		false	false	false	V
disable_large_size_classes	bool		true	false	false	V
'

read_key()
{
	env ${3:+"MALLOC_CONF=$1:$3"} "$BASALT_BINDIR/conf_ctl" "$1" "$2"
}

# What is expected of one option; differences go to the standard output.
key_check()
{
	local what

	got=$(read_key "$1" "$2" "" 2>said)
	[ "$3" = "*" ] || [ "$got" = "$3" ] || echo "$1: default $got"
	[ -s said ] && cat said
	[ "$4" = - ] || got=$(read_key "$1" "$2" "$4" 2>said)
	[ "$4" = - ] || [ "$got" = "$5" ] || echo "$1:$4: reads $got"
	[ -s said ] && cat said
	case "$6" in
	V)	what="Invalid conf value";;
	S)	what="Invalid settings for $1";;
	P)	what="Invalid conf pair";;
	*)	return;;
	esac
	got=$(read_key "$1" "$2" zzz 2>said)
	[ "$3" = "*" ] || [ "$got" = "$3" ] || echo "$1:zzz: reads $got"
	echo "<basalt>: $what: $1:zzz (in MALLOC_CONF)" >expected
	cmp -s said expected || { echo "$1:zzz: says:"; cat said; }
}

atf_test_case keys
keys_head()
{
	atf_set descr "Each option: default, a value taken, a value refused"
}
keys_body()
{
	echo "$KEYS" | sed '/^$/d' >keys
	[ "$(wc -l <keys)" -eq 95 ] || atf_fail "not all are there"
	# Here a value that begins with a slash or a star is no pattern.
	set -f
	while read -r key type default value reads says; do
		key_check "$key" "$type" "$default" "$value" "$reads" "$says"
	done <keys >wrong
	atf_check -o empty cat wrong
}

atf_init_test_cases()
{
	atf_add_test_case keys
}
