# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# malloc in a musl that has basalt in it: control names, options, messages, and
# what stays out of programs' way.

. "${BASALT_SRCTOP}/tests/libc/musl.sh"

# The program's own malloc_conf says 3.
control()
{
	cc ctl ctl.c
	good ./ctl opt.narenas 3 opt.tcache_max 8192
}

options()
{
	cc ctl ctl.c
	export MALLOC_CONF=narenas:2
	good ./ctl opt.narenas 2 opt.tcache_max 8192
	atf_check -o match:'^done$' -e match:'Invalid conf pair: no_such:1' \
	    env MALLOC_CONF=no_such:1 $run ./ctl opt.narenas 3
	atf_check -s signal:abrt -e match:no_such \
	    env MALLOC_CONF=abort_conf:true,no_such:1 $run ./ctl
}

# After all that the program does at its end.
statistics()
{
	cc last last.c
	atf_check -o match:'^done$' -e match:'^Allocated: 0, ' \
	    -e match:'opt.stats_print: true' \
	    env MALLOC_CONF=stats_print:true $run ./last
}

misuse()
{
	cc misuse misuse.c
	atf_check -s signal:abrt \
	    -e match:'<basalt>: misuse.*free().*is free already' \
	    $run ./misuse twice
	atf_check -s signal:abrt -e match:'not allocated here' \
	    $run ./misuse foreign
}

# Who is not whom the kernel thinks decides nothing; the program itself does.
secure()
{
	[ "$(id -u)" -eq 0 ] || atf_skip "only root can be somebody else"
	cc ctl ctl.c
	export MALLOC_CONF=narenas:2
	atf_check -o match:'^done$' setpriv --ruid 65534 \
	    $run ./ctl opt.narenas 3
}

# Functions of the program by names that ISO C leaves to it.
names()
{
	cc names names.c
	atf_check $run ./names
}

# A program without malloc has nothing of it.
nothing()
{
	cc nothing nothing.c
	good ./nothing
	nm nothing >symbols
	atf_check -s exit:1 grep -E ' [TDdBb] (_bas_|malloc)' symbols
}

atf_init_test_cases()
{
	each control "mallctl, statistics, mallocx and the rest of the family"
	each options "MALLOC_CONF, and what it says that is wrong"
	each statistics "stats_print comes after the program's destructors"
	each misuse "What is freed twice, or is not ours, is told"
	each secure "A program with another's rights ignores MALLOC_CONF" \
	    dynamic static
	each names "The program's own mmap, open, pthread_create ..." \
	    static arm64_static
	each nothing "No allocator without malloc" static arm64_static
}
