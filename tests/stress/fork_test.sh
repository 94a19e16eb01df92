# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Short fork storms; soak.sh has the long one.

# storm FORKS PROGRAM THREADS [VARIABLE=VALUE...]
storm()
{
	n=$(scaled "$1")
	program=${BASALT_BINDIR}/$2
	threads=$3
	shift 3
	atf_check -o match:"forks $n failures 0" \
	    env "$@" "$program" $modest -n "$n" -t "$threads"
}

atf_test_case linked
linked_head()
{
	atf_set descr "Forks of a busy process that is linked with basalt"
}
linked_body()
{
	storm 300 forkstorm 4
}

# The library that was loaded first registers its fork handlers last or first,
# depending on how it came in: both orders have to work.
atf_test_case preloaded
preloaded_head()
{
	atf_set descr "Forks of a busy process that is preloaded"
}
preloaded_body()
{
	storm 300 forkstorm_plain 4 "$BASALT_PRELOAD"
}

atf_test_case many_threads
many_threads_head()
{
	atf_set descr "Half of many threads within stdio while others fork"
}
many_threads_body()
{
	storm 120 forkstorm_plain 16 "$BASALT_PRELOAD"
}

atf_test_case one_arena
one_arena_head()
{
	atf_set descr "Every thread wants the same locks"
}
one_arena_body()
{
	storm 200 forkstorm 8 \
	    MALLOC_CONF=narenas:1,tcache:false,dirty_decay_ms:0
}

atf_test_case static
static_head()
{
	atf_set descr "Forks of a static executable"
}
static_body()
{
	storm 200 forkstorm_static 4
}

# tsan_fork.c says what a child has to find.
atf_test_case held
held_head()
{
	atf_set descr "Forks with all locks closed, of which a child loses nothing"
}
held_body()
{
	n=$(scaled 400)
	atf_check -o match:"forks $n exact [1-9].* wrong 0" \
	    "${BASALT_BINDIR}/tsan_fork" -n "$n"
}

atf_init_test_cases()
{
	atf_add_test_case linked
	in_tree || atf_add_test_case preloaded
	atf_add_test_case many_threads
	atf_add_test_case one_arena
	in_tree || atf_add_test_case static
	# It knows the insides of the library, and is built there alone.
	in_tree || atf_add_test_case held
}
