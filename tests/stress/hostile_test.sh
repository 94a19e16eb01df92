# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Little room, odd moments, missing files.

lib=${BASALT_LIBDIR}/libbasalt.so.1
bin=${BASALT_BINDIR}

# run name description output command [requirement]: a case of its own.
run()
{
	eval "atf_test_case $1
	$1_head()
	{
		atf_set descr '$2'
	}
	$1_body()
	{
		${5-}
		atf_check -o match:'$3' $4
	}"
	cases="$cases $1"
}

churn=$(scaled 10000)
limits="native 'limits would be those of the emulator'"

cases=
run address_space_small "2 GiB of 100 bytes, then a quarter at once" \
    "limits: " "$bin/limits space 100" "$limits"
run address_space_page "2 GiB of 4 KiB, then a quarter at once" \
    "limits: " "$bin/limits space 4096" "$limits"
run address_space_medium "2 GiB of 100 KB, then a quarter at once" \
    "limits: " "$bin/limits space 100000" "$limits"
run address_space_large "2 GiB of 10 MB, then a quarter at once" \
    "limits: " "$bin/limits space 10000000" "$limits"
run small_stack "Threads with the smallest stacks" "suffice" \
    "$bin/limits stack"
run no_mappings "The limit on mappings is reached" "limits: " \
    "$bin/limits maps" "$limits"
run early_linked "First and last calls of a linked program" \
    "200 rounds" "$bin/early"
run reporter "Reports from a handler amid allocations" \
    "enough reports, wrong 0" "$bin/reporter"
run churn_linked "Threads whose destructors allocate, linked" \
    "threads $churn " "$bin/churn_threads -n $churn" need_cxx
run plugins "Libraries that allocate when they are loaded" "done" \
    "env $BASALT_PRELOAD $bin/plugin_load $bin/plugin.so" need_dynamic

# A libc is in a program in one way alone.
library_only()
{
	run early_preloaded "First and last calls under a preload" \
	    "200 rounds" "env $BASALT_PRELOAD $bin/early_plain"
	run early_static "First and last calls of a static executable" \
	    "200 rounds" "$bin/early_static"
	run late "Loaded late, beside another malloc" "let go" \
	    "$bin/late $lib"
	run churn_static "The same in a static executable" \
	    "threads $churn " "$bin/churn_threads_static -n $churn"
	run churn_preloaded "The same under a preload" "threads $churn " \
	    "env $BASALT_PRELOAD $bin/churn_threads_plain -n $churn"
}
in_tree || library_only

atf_test_case small_start
small_start_head()
{
	atf_set descr "Starts and works within 100 MB of address space"
}
small_start_body()
{
	native "limits would be those of the emulator"
	atf_check -o match:"violations 0" sh -c "ulimit -v 100000 &&
	    exec '$bin/oracle' -t 1 -n 100000 -m 4096"
	in_tree && return 0
	atf_check -o inline:"5050\n" sh -c "ulimit -v 100000 &&
	    LD_PRELOAD='$lib' awk 'BEGIN { for (i = 1; i <= 100; i++) s += i
	    print s }'"
}

atf_test_case no_proc
no_proc_head()
{
	atf_set descr "Neither /proc nor /sys is there"
}
no_proc_body()
{
	need_no_proc /sys
	atf_check -o match:"nulls 0 violations 0" unshare -m sh -c \
	    "$hide && exec '$bin/oracle' -c -t 4 -n 500000"
	atf_check -o match:"failures 0" unshare -m sh -c \
	    "$hide && exec '$bin/forkstorm' $modest -n 50 -t 2"
	foreign || return 0
	atf_check -o inline:"ok\n" unshare -m sh -c \
	    "$hide && LD_PRELOAD='$lib' echo ok"
}

atf_init_test_cases()
{
	for c in $cases; do
		atf_add_test_case "$c"
	done
	atf_add_test_case small_start
	atf_add_test_case no_proc
}
