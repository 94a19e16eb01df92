# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What profiles know of single objects: the log and the last samples, against
# what the program did.

lives=$BASALT_BINDIR/prof_lives
conf=prof:true,lg_prof_sample:0

need_jq()
{
	command -v jq >/dev/null 2>&1 || atf_skip "there is no jq here"
}

# lives_run OPTIONS WHAT [FILE]: what it prints goes to `where'.
lives_run()
{
	MALLOC_CONF=$conf${1:+,$1} "$lives" $2 ${3+"$3"} >where ||
	    atf_fail "prof_lives $2 failed"
}

# holds FILE FILTER...: jq says true to each.
holds()
{
	file=$1
	shift
	cat >functions <<-EOF
	def hex: ltrimstr("0x") | explode | reduce .[] as \$c (0;
	    . * 16 + (if \$c > 96 then \$c - 87 else \$c - 48 end));
	def within(\$low; \$high):
	    any(.[]; hex | . >= \$low and . < \$high);
	$(awk '/^at_/ { print "def " $1 ": within(" $2 "; " $3 ");" }
	    /^pid/ { print "def its_pid: " $2 ";" }' where)
	# A log's lines with what their numbers stand for.
	def lines: . as \$log | [.allocations[] |
	    .alloc_thread |= \$log.threads[.] |
	    .free_thread |= \$log.threads[.] |
	    .alloc_trace |= \$log.stack_traces[.] |
	    .free_trace |= \$log.stack_traces[.]];
	def of(f): [.[] | select(f)];
	EOF
	for filter; do
		{ cat functions; echo "$filter"; } >filter
		[ "$(jq -f filter "$file" 2>&1)" = true ] ||
		    atf_fail "$file: not $filter: $(jq -f filter "$file")"
	done
}

# Of the threads of prof_lives, in a log that saw all of them.
log_holds()
{
	holds "$1" '.info.dropped == 0' \
	    'lines | of(.alloc_trace | at_a) | length == 60' \
	    'lines | of(.alloc_trace | at_b) | length == 10' \
	    'lines | of(.free_trace | at_take) | length == 70' \
	    'lines | of(.alloc_trace | at_a) | all(.usize == 1024)' \
	    'lines | of(.alloc_trace | at_b) | all(.usize >= 100000)' \
	    'lines | of(.free_trace | at_take) |
		all(.alloc_thread.thr_name == "maker" and
		    .free_thread.thr_name == "taker" and
		    .alloc_timestamp <= .free_timestamp)' \
	    '.threads | map(.thr_uid) | . == unique' \
	    '.stack_traces | (unique | length) == length'
}

# Nothing was freed before the log, so what came before is in it too.
log_is_all()
{
	holds "$1" 'lines | of(.alloc_trace | at_a) | length == 65'
}

atf_test_case log
log_head()
{
	atf_set descr "A log of what came and went while it was on"
}
log_body()
{
	need_jq
	lives_run "" log log.json
	log_holds log.json
	holds log.json '.info.pid == its_pid' '.info.lg_sample_rate == 0' \
	    '.info.prof_time_resolution == "default"'
}

atf_test_case clock
clock_head()
{
	atf_set descr "The two clocks that samples are timed by"
}
clock_body()
{
	need_jq
	before=$(date +%s)
	lives_run prof_time_resolution:high log log.json
	after=$(($(date +%s) + 1))
	log_holds log.json
	holds log.json '.info.prof_time_resolution == "high"' \
	    '.info.duration > 0' \
	    ".allocations | all(.alloc_timestamp / 1e9 >= $before)" \
	    ".allocations | all(.free_timestamp / 1e9 <= $after)"
	[ -r /proc/uptime ] || return 0
	lives_run "" log log.json
	up=$(awk '{ print $1 + 1 }' /proc/uptime)
	holds log.json ".allocations | all(.free_timestamp / 1e9 <= $up)"
}

atf_test_case exit
exit_head()
{
	atf_set descr "A log from the start to the end, and a child's own"
}
exit_body()
{
	need_jq
	lives_run prof_log:true,prof_prefix:a threads
	pid=$(sed -n 's/pid //p' where)
	set -- a.*
	[ "$*" = "a.$pid.0.json" ] || atf_fail "$*"
	log_is_all "$1"
	lives_run prof_log:true,prof_prefix:b fork
	set -- b.*.json
	[ $# -eq 2 ] || atf_fail "$# logs of two processes"
	for f; do
		log_is_all "$f"
	done
	# Nobody asked for a file of the prefix.
	lives_run prof_prefix:c log log.json
	set -- c.*
	[ "$*" = "c.*" ] || atf_fail "$*"
	[ -r /proc/self/ns/pid ] || return 0
	space=$(readlink /proc/self/ns/pid | tr -dc 0-9)
	lives_run prof_log:true,prof_prefix:d,prof_pid_namespace:true threads
	set -- d.*
	[ "$*" = "d.$space.$(sed -n 's/pid //p' where).0.json" ] ||
	    atf_fail "$*"
}

atf_test_case rules
rules_head()
{
	atf_set descr "What starting and stopping a log says"
}
rules_body()
{
	lives_run "" rules
	[ -s rules.json ] || atf_fail "no log by that name"
	set -- jeprof.*.0.json
	[ -s "$1" ] || atf_fail "no log of the prefix"
	# It is off, and where there are no profiles none can be on.
	MALLOC_CONF=prof:false,prof_log:true,prof_prefix:x "$lives" threads \
	    >where || atf_fail "failed"
	set -- x.*
	[ "$*" = "x.*" ] || atf_fail "$*"
}

atf_test_case unwritten
unwritten_head()
{
	atf_set descr "A log that cannot be written at the end is reported"
}
unwritten_body()
{
	MALLOC_CONF=$conf,prof_log:true,prof_prefix:/nowhere/at/all \
	    "$lives" threads >where 2>errors || atf_fail "failed"
	grep -q 'log cannot be written' errors || atf_fail "$(cat errors)"
}

atf_test_case full
full_head()
{
	atf_set descr "A log has a bound; what is beyond it is counted"
}
full_body()
{
	lives_run "" full full.json
	dropped=$(head -c 400 full.json |
	    sed -n 's/.*"dropped":\([0-9]*\).*/\1/p')
	[ "$dropped" -gt 0 ] || atf_fail "nothing was dropped"
	n=$(tr '{' '\n' <full.json | grep -c '"usize":1024}')
	[ $((n + dropped)) -ge 50000 ] || atf_fail "$n and $dropped dropped"
	[ "$n" -ge 10000 ] || atf_fail "$n lines"
	[ "$(tail -c 4 full.json)" = '}]}' ] || atf_fail "it is cut"
}

# Of the threads of prof_lives, if all are kept.
recent_holds()
{
	holds "$1" '.recent_alloc | of(.alloc_trace | at_a) | length == 105' \
	    '.recent_alloc | of(.alloc_trace | at_b) | length == 50' \
	    '.recent_alloc | of(.released and (.dalloc_trace | at_take)) |
		length == 75' \
	    '.recent_alloc | of((.alloc_trace | at_a) and (.released | not)) |
		length == 40' \
	    '.recent_alloc | of(.alloc_trace | at_a) |
		all(.size == 1000 and .usize == 1024)' \
	    '.recent_alloc | of((.alloc_trace | at_a) and
		.alloc_thread_name == "maker") | length == 100' \
	    '.recent_alloc | of(.released and (.dalloc_trace | at_take)) |
		all(.dalloc_thread_name == "taker" and
		    .alloc_time <= .dalloc_time and
		    .dalloc_thread_uid != .alloc_thread_uid)' \
	    '.recent_alloc | map(.alloc_time) | . == sort'
}

atf_test_case recent
recent_head()
{
	atf_set descr "The last samples, freed or not"
}
recent_body()
{
	need_jq
	lives_run prof_recent_alloc_max:-1 recent recent.json
	recent_holds recent.json
	holds recent.json '.sample_interval == 1' '.recent_alloc_max == -1'
	lives_run prof_recent_alloc_max:9 recent recent.json
	holds recent.json '.recent_alloc_max == 9' \
	    '.recent_alloc | length == 9'
	# With a log beside it.
	lives_run prof_recent_alloc_max:1000,prof_log:true,prof_prefix:x \
	    recent recent.json
	recent_holds recent.json
	log_is_all x.*.json
}

atf_test_case max
max_head()
{
	atf_set descr "How many last samples are kept, as it is set"
}
max_body()
{
	lives_run "" max
}

atf_test_case names
names_head()
{
	atf_set descr "Names of threads that are the system's"
}
names_body()
{
	need_jq
	lives_run prof_recent_alloc_max:-1,prof_sys_thread_name:true \
	    recent recent.json
	recent_holds recent.json
	lives_run prof_sys_thread_name:true log log.json
	log_holds log.json
}

atf_test_case depth
depth_head()
{
	atf_set descr "Stacks are as deep as prof_bt_max has it"
}
depth_body()
{
	need_jq
	for max in 1 5 128 256; do
		lives_run prof_bt_max:$max,prof_recent_alloc_max:-1 \
		    deep recent.json
		holds recent.json \
		    ".recent_alloc | map(.alloc_trace | length) | max == $max"
	done
}

atf_test_case hooks
hooks_head()
{
	atf_set descr "Functions of the program, and what they are told"
}
hooks_body()
{
	lives_run "" hooks
}

atf_init_test_cases()
{
	atf_add_test_case log
	atf_add_test_case clock
	atf_add_test_case exit
	atf_add_test_case rules
	atf_add_test_case unwritten
	atf_add_test_case full
	atf_add_test_case recent
	atf_add_test_case max
	atf_add_test_case names
	atf_add_test_case depth
	atf_add_test_case hooks
}
