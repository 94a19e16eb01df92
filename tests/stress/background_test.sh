# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Processes with threads of the allocator's own.  How long something takes is
# nowhere asked; what does not end is.

conf=background_thread:true,dirty_decay_ms:500

need_proc()
{
	[ -r /proc/self/statm ] || atf_skip "there is no /proc"
}

atf_test_case idle
idle_head()
{
	atf_set descr "What is idle shrinks, and so does a child of it"
}
idle_body()
{
	need_proc
	printf 'shrunk, 1 threads\nshrunk, 1 threads\n' >expected
	atf_check -o file:expected \
	    env MALLOC_CONF=$conf "${BASALT_BINDIR}/idle" -c
}

atf_test_case static
static_head()
{
	atf_set descr "So does a static executable"
}
static_body()
{
	need_proc
	printf 'shrunk, 1 threads\nshrunk, 1 threads\n' >expected
	atf_check -o file:expected \
	    env MALLOC_CONF=$conf "${BASALT_BINDIR}/idle_static" -c
}

atf_test_case bound
bound_head()
{
	atf_set descr "Many arenas have more threads, but not too many"
}
bound_body()
{
	need_proc
	atf_check -o inline:'shrunk, 3 threads\n' \
	    env MALLOC_CONF=$conf,narenas:30,max_background_threads:3 \
	    "${BASALT_BINDIR}/idle" -n 3 -t 30
	atf_check -o inline:'shrunk, 1 threads\n' \
	    env MALLOC_CONF=$conf,narenas:30,max_background_threads:1 \
	    "${BASALT_BINDIR}/idle" -t 30
}

atf_test_case ends
ends_head()
{
	atf_set descr "A process may end while they work"
}
ends_body()
{
	for i in 1 2 3 4 5 6 7 8 9 10; do
		atf_check env \
		    MALLOC_CONF=background_thread:true,dirty_decay_ms:$((i * 20)) \
		    "${BASALT_BINDIR}/idle" -e
	done
}

atf_test_case forks
forks_head()
{
	atf_set descr "Forks of a busy process that has them"
}
forks_body()
{
	# qemu's clone() is under a lock of its own, which a child of fork has
	# as another thread had it: one run in sixty waits for it.
	native "its lock for new threads is left to a child as it was"
	n=$(scaled 200)
	atf_check -o match:"forks $n failures 0" \
	    env MALLOC_CONF=background_thread:true,dirty_decay_ms:100 \
	    "${BASALT_BINDIR}/forkstorm" $modest -n "$n" -t 4
	n=$(scaled 60)
	atf_check -o match:"forks $n failures 0" \
	    env "$BASALT_PRELOAD" MALLOC_CONF=$conf,narenas:20 \
	    "${BASALT_BINDIR}/forkstorm_plain" $modest -n "$n" -t 16
}

atf_test_case switched
switched_head()
{
	atf_set descr "They are switched on and off while threads allocate"
}
switched_body()
{
	atf_check -o match:" times, 0 wrong" \
	    "${BASALT_BINDIR}/tsan_background" "$(scaled 300)"
}

atf_test_case programs
programs_head()
{
	atf_set descr "Programs that know nothing of them"
}
programs_body()
{
	atf_check -o match:'violations 0' \
	    env MALLOC_CONF=background_thread:true,dirty_decay_ms:50 \
	    "${BASALT_BINDIR}/oracle" -t 4 -n "$(scaled 400000)" -s 3
	foreign || return 0
	atf_check -o inline:'499999500000\n' \
	    env "$BASALT_PRELOAD" MALLOC_CONF=$conf \
	    sh -c 'seq 0 999999 | awk "{ n += \$1 } END { printf \"%.0f\\n\", n }"'
}

atf_init_test_cases()
{
	atf_add_test_case idle
	in_tree || atf_add_test_case static
	atf_add_test_case bound
	atf_add_test_case ends
	atf_add_test_case forks
	atf_add_test_case switched
	atf_add_test_case programs
}
