# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Options of heap profiles, one by one (prof_work.c).

# work OPTIONS WHAT...: with each object a sample, unless they say otherwise.
work()
{
	MALLOC_CONF="prof:true,lg_prof_sample:0,$1"
	export MALLOC_CONF
	shift
	"$BASALT_BINDIR/prof_work" "$@" 2>errors || {
		cat errors
		atf_fail "prof_work $*"
	}
	unset MALLOC_CONF
}

# count PATTERN: how many files there are.
count()
{
	find . -name "$1" | wc -l
}

# longest FILE: frames of the longest stack.
longest()
{
	awk '/^@/ && NF - 1 > n { n = NF - 1 } END { print n + 0 }' "$1"
}

# totals FILE: objects and bytes that live, objects and bytes that were.
totals()
{
	awk 'NR == 2 { gsub(/[^0-9 ]/, ""); $1 = $1; print; exit }' "$1"
}

atf_test_case bt_max
bt_max_head()
{
	atf_set descr "prof_bt_max: no stack has more frames"
}
bt_max_body()
{
	for n in 1 3 100 256; do
		work prof_bt_max:$n deep 300 dump heap
		atf_check_equal $n "$(longest heap)"
	done
	work prof_bt_max:0 deep 300 dump heap
	atf_check_equal 1 "$(longest heap)"
	work prof_bt_max:100000 deep 300 dump heap
	atf_check_equal 256 "$(longest heap)"
	work prof:true deep 300 dump heap
	atf_check_equal 128 "$(longest heap)"
}

atf_test_case pid_namespace
pid_namespace_head()
{
	atf_set descr "prof_pid_namespace: its number is in names"
}
pid_namespace_body()
{
	space=$(readlink /proc/self/ns/pid | tr -dc 0-9) || space=
	[ -n "$space" ] || atf_skip "there are no namespaces"
	work prof_pid_namespace:true,prof_final:true,prof_prefix:a keep 1
	atf_check_equal 1 "$(count "a.$space.*.0.f.heap")"
}

atf_test_case interval
interval_head()
{
	atf_set descr "lg_prof_interval: a dump each so many bytes"
}
interval_body()
{
	work lg_prof_interval:20 pieces 8
	n=$(count 'jeprof.*.heap')
	[ "$n" -ge 7 ] && [ "$n" -le 9 ] || atf_fail "$n dumps of 8"
	i=0
	while [ $i -lt "$n" ]; do
		atf_check_equal 1 "$(count "jeprof.*.$i.i$i.heap")"
		i=$((i + 1))
	done
	work lg_prof_interval:20,prof_prefix: pieces 8
	work lg_prof_interval:20,prof_active:false,prof_prefix:b pieces 8
	atf_check_equal "$n" "$(count '*.heap')"
}

atf_test_case final
final_head()
{
	atf_set descr "prof_final: at the end, of children too; and leaks"
}
final_body()
{
	work prof_final:true,prof_prefix:a keep 5
	atf_check_equal 1 "$(count 'a.*.0.f.heap')"
	work prof_final:true,prof_prefix:b keep 5 fork 5
	atf_check_equal 2 "$(count 'b.*.0.f.heap')"
	work prof_final:true,prof_prefix: keep 5
	work prof_final:false,prof_prefix:c keep 5
	atf_check_equal 3 "$(count '*.heap')"
	# The number of the final one is the next.
	work prof_final:true,prof_prefix:d,lg_prof_interval:20 pieces 2
	n=$(count 'd.*.i*.heap')
	atf_check_equal 1 "$(count "d.*.$n.f.heap")"
	# Without a final dump nothing is said of leaks.
	work prof_leak:true keep 5
	atf_check cat errors
	work prof_leak:true,prof_leak_error:true keep 5
	atf_check -o not-match:Leak -o not-match:Exiting cat errors
	# Without a place for it, too.
	work prof_leak:true,prof_final:true,prof_prefix: keep 5
	atf_check cat errors
	work prof_leak:true,prof_final:true,prof_active:false keep 5
	atf_check cat errors
	# A dump that nobody called for says what became of it.
	work prof_final:true,prof_prefix:/nowhere/x keep 5
	atf_check -o match:'^<basalt>: failed to write "/nowhere/x\.[0-9]+.0.f' \
	    -o match:'heap", error 2$' cat errors
}

atf_test_case active
active_head()
{
	atf_set descr "prof_active, prof_thread_active_init: off at first"
}
active_body()
{
	work prof_active:false keep 5 dump heap read prof.active >out
	atf_check_equal "0 0 0 0" "$(totals heap)"
	atf_check -o inline:'prof.active: false\n' cat out
	work prof_thread_active_init:false keep 5 thread 5 dump heap \
	    read thread.prof.active read prof.thread_active_init >out
	atf_check_equal "0 0 0 0" "$(totals heap)"
	atf_check -o inline:'thread.prof.active: false
prof.thread_active_init: false\n' cat out
}

atf_test_case accum
accum_head()
{
	atf_set descr "prof_accum: what has been is counted if it is on"
}
accum_body()
{
	work prof_accum:false pieces 1 keep 1 dump heap
	awk '/^  t/ && !/\[0: 0\]/' heap >wrong
	atf_check -o empty cat wrong
	grep -q '^@' heap || atf_fail "nothing lives"
	work prof_accum:true pieces 1 dump heap
	awk 'NR == 2 { sub(/\[/, "", $4); exit !($4 >= 1000) }' heap ||
	    atf_fail "$(sed -n 2p heap)"
}

atf_test_case thread_name
thread_name_head()
{
	atf_set descr "prof_sys_thread_name: as the system has them"
}
thread_name_body()
{
	work prof_sys_thread_name:true lead "the very first" keep 1 \
	    dump heap read thread.prof.name >out
	atf_check -o match:'\] the very first$' cat heap
	atf_check -o inline:'thread.prof.name: No such file or directory\n' \
	    cat out
	work prof:true lead "the very first" keep 1 dump heap
	atf_check -s exit:1 grep 'the very first$' heap
	# Whatever the name is, it is part of one line of text.
	work prof_sys_thread_name:true lead "$(printf 'a\n@ 0x1\303')" keep 1 \
	    dump heap
	atf_check -o match:'\] a[?]@ 0x1[?]$' cat heap
}

atf_test_case caches
caches_head()
{
	atf_set descr "tcache, tcache_max: what is not cached is sampled, too"
}
caches_body()
{
	for option in tcache:false tcache_max:64; do
		work prof_accum:true,$option pieces 1 dump heap
		awk 'NR == 2 { sub(/\[/, "", $4); exit !($4 >= 1048) }' heap ||
		    atf_fail "$option: $(sed -n 2p heap)"
	done
}

atf_test_case guards
guards_head()
{
	atf_set descr "san_guard_large: what loses its guards is still one"
}
guards_body()
{
	work prof:true dump heap
	all=$(totals heap)
	work san_guard_large:1 grow 100 dump heap
	atf_check_equal "$all" "$(totals heap)"
}

atf_test_case no_proc
no_proc_head()
{
	atf_set descr "Stacks and no mappings where there is no /proc"
}
no_proc_body()
{
	need_no_proc
	work prof:true deep 50 dump heap
	all=$(longest heap)
	[ "$all" -ge 50 ] || atf_fail "$all frames"
	for format in heap_v2 pprof folded; do
		atf_check env MALLOC_CONF="prof:true,lg_prof_sample:0,\
prof_format:$format" unshare -m sh -c \
		    "$hide && exec '$BASALT_BINDIR/prof_work' deep 50 dump $format"
	done
	atf_check grep -q '^MAPPED_LIBRARIES:$' heap
	atf_check -s exit:1 grep '^MAPPED_LIBRARIES:$' heap_v2
	atf_check gzip -t <pprof
	# A static program's tables are in its file.
	! in_tree || return 0
	atf_check_equal "$all" "$(longest heap_v2)"
	atf_check -o match:'^(0x[0-9a-f]+;)+0x[0-9a-f]+ [0-9]+$' cat folded
}

atf_test_case stats
stats_head()
{
	atf_set descr "prof_stats: there are none if it is off"
}
stats_body()
{
	work prof_stats:false read prof.stats.bins.0.live >out
	atf_check -o match:'No such file' cat out
}

atf_test_case own
own_head()
{
	atf_set descr "Stacks end where the program allocates"
}
own_body()
{
	work prof_format:folded deep 20 thread 3 dump heap
	# In a static program a libc's files lie anywhere: one function.
	slow=
	[ "${BASALT_LINK:-}" != static ] || slow='(;[a-z]*_slow)?'
	atf_check -o match:";main;deep(;deep){20};keep$slow [0-9]+\$" \
	    -o match:";thread_keep;keep$slow [0-9]+\$" cat heap
}

atf_test_case programs
programs_head()
{
	atf_set descr "A program without the dynamic linker"
}
programs_body()
{
	MALLOC_CONF=prof:true,lg_prof_sample:0,prof_format:folded
	export MALLOC_CONF
	atf_check "$BASALT_BINDIR/prof_work_static" deep 20 thread 3 fork 2 \
	    dump heap
	atf_check -o match:'^[^ ]*;main;deep(;deep){20};keep [0-9]+$' \
	    cat heap
	atf_check -o match:';thread_keep;keep 3' cat heap
}

atf_init_test_cases()
{
	for c in bt_max pid_namespace interval final active accum \
	    thread_name no_proc caches guards stats own; do
		atf_add_test_case $c
	done
	in_tree || atf_add_test_case programs
}
