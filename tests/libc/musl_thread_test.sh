# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Threads and processes in a musl that has basalt in it.

. "${BASALT_SRCTOP}/tests/libc/musl.sh"

processes()
{
	cc fork fork.c
	if [ -n "$run" ]; then
		good ./fork 4 2 emulated
	else
		good ./fork 60 4
		good ./fork 20 0
	fi
}

# One case of what thread.c does.
threads()
{
	cc thread thread.c
	good ./thread "$1"
}

joined()
{
	threads joined
	threads own_stack
}

detached()
{
	threads detached
}

main_ends()
{
	threads main_ends
}

thread_leaves()
{
	threads thread_leaves
}

background()
{
	threads background
	export MALLOC_CONF=background_thread:true
	threads detached
	# Children start one too, which the emulator does not let them.
	[ -z "$run" ] || return 0
	cc fork fork.c
	good ./fork 4 2
}

circle()
{
	[ -r /proc/self/stat ] || atf_skip "there is no /proc"
	cc circle circle.c
	good ./circle
}

cancelled()
{
	cc cancel cancel.c
	good ./cancel
	export MALLOC_CONF=stats_interval:1048576
	atf_check -o match:'^done$' -e match:'Allocated' $run ./cancel
}

atf_init_test_cases()
{
	each processes "fork, vfork, _Fork, posix_spawn, popen, system"
	each joined "Threads that end, also on a stack of the program's"
	each detached "What detached threads kept is given back"
	each main_ends "pthread_exit of the main thread"
	each thread_leaves "exit in one thread while others allocate"
	each background "Threads of the allocator's own"
	each circle "A thread of the allocator's own that is wanted while a fork waits"
	each cancelled "No call is a cancellation point"
}
