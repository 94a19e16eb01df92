# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Profiles written while threads allocate, end and fork; soak.sh has the long
# one.

# storm FORMAT: dumps into ./dump.0 and on, and ./dump.child.
storm()
{
	n=$(scaled 300)
	[ "$n" -ge 10 ] || n=10
	atf_check -o match:'^done:' env MALLOC_CONF="\
prof:true,lg_prof_sample:13,prof_format:$1" \
	    "$BASALT_BINDIR/profstorm" -k 10 -n "$n" dump
	[ "$(find . -name 'dump.*' -size +0 | wc -l)" -eq 11 ] ||
	    atf_fail "dumps are missing"
	PROF_STACKS=3 atf_check sh \
	    "$BASALT_SRCTOP/tests/stress/profcheck.sh" "$1" dump.*
}

atf_test_case heap_v2
heap_v2_head()
{
	atf_set descr "Each line of heap_v2 is one that the format has"
}
heap_v2_body()
{
	storm heap_v2
}

atf_test_case pprof
pprof_head()
{
	atf_set descr "Each pprof file is whole and can be decoded"
}
pprof_body()
{
	native "one storm is enough"
	storm pprof
}

atf_test_case folded
folded_head()
{
	atf_set descr "Each folded line is frames and a number"
}
folded_body()
{
	native "one storm is enough"
	storm folded
}

# Each value of each option at least once, and most with most others.
atf_test_case options
options_head()
{
	atf_set descr "The same under options of all kinds"
}
options_body()
{
	native "fifteen storms take too long"
	n=$(scaled 30)
	while read -r conf; do
		rm -f dump.* auto.*
		echo "$conf" >&2
		atf_check -o match:'^done:' -e ignore \
		    env MALLOC_CONF="prof:true,prof_prefix:auto,$conf" \
		    "$BASALT_BINDIR/profstorm" -k 10 -n "$n" -t 4 dump
		case $conf in
		*pprof*) format=pprof ;;
		*folded*) format=folded ;;
		*) format=heap_v2 ;;
		esac
		find . -name 'dump.*' -o -name 'auto.*.heap' |
		    head -n 40 | xargs sh \
		    "$BASALT_SRCTOP/tests/stress/profcheck.sh" $format >wrong
		[ ! -s wrong ] || atf_fail "$conf: $(head wrong)"
	done <<-'END'
	lg_prof_sample:0,prof_stats:true,prof_bt_max:1
	lg_prof_sample:4,prof_accum:true,prof_sys_thread_name:true
	lg_prof_sample:10,prof_final:true,lg_prof_interval:25,prof_stats:true
	lg_prof_sample:12,prof_gdump:true,prof_unbias:false,narenas:1
	lg_prof_sample:19,prof_final:true,prof_leak:true,prof_accum:true
	lg_prof_sample:8,prof_recent_alloc_max:100,prof_stats:true,prof_bt_max:256
	lg_prof_sample:10,prof_recent_alloc_max:-1,prof_pid_namespace:true
	lg_prof_sample:10,prof_format:pprof,prof_gdump:true,prof_sys_thread_name:true
	lg_prof_sample:6,prof_format:folded,prof_final:true,lg_prof_interval:27
	lg_prof_sample:8,prof_format:pprof,prof_symbols:false,prof_accum:true
	lg_prof_sample:8,prof_format:folded,prof_symbols:false,percpu_arena:percpu
	lg_prof_sample:10,prof_thread_active_init:false,prof_time_resolution:high
	lg_prof_sample:10,junk:true,prof_log:true,prof_stats:true
	lg_prof_sample:10,background_thread:true,dirty_decay_ms:0,tcache_max:64
	lg_prof_sample:10,san_guard_small:2,san_guard_large:2
	END
}

atf_test_case lives
lives_head()
{
	atf_set descr "A log and the last samples beside the dumps"
}
lives_body()
{
	native "one storm is enough"
	command -v jq >/dev/null 2>&1 || atf_skip "there is no jq here"
	n=$(scaled 100)
	atf_check -o match:'^done:' env MALLOC_CONF="\
prof:true,lg_prof_sample:16,prof_log:true,prof_prefix:x,\
prof_recent_alloc_max:100" "$BASALT_BINDIR/profstorm" -k 2 -n "$n" dump
	# Children end without an exit.
	set -- x.*.json
	[ $# -eq 1 ] || atf_fail "$# logs"
	atf_check -o inline:'true\n' jq '. as $log | .info.dropped == 0 and
	    (.allocations | length > 100) and
	    (.allocations | all($log.threads[.alloc_thread] != null and
	    $log.threads[.free_thread] != null and
	    ($log.stack_traces[.alloc_trace] | length > 0) and
	    ($log.stack_traces[.free_trace] | length > 0)))' "$1"
}

atf_init_test_cases()
{
	atf_add_test_case heap_v2
	atf_add_test_case lives
	atf_add_test_case pprof
	atf_add_test_case folded
	atf_add_test_case options
}
