# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Short fork storms; soak.sh has the long one.

lib=${BASALT_LIBDIR}/libbasalt.so.1

atf_test_case linked
linked_head()
{
	atf_set descr "Forks of a busy process that is linked with basalt"
}
linked_body()
{
	atf_check -o match:"forks 300 failures 0" \
	    "${BASALT_BINDIR}/forkstorm" -n 300 -t 4
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
	atf_check -o match:"forks 300 failures 0" \
	    env LD_PRELOAD="$lib" "${BASALT_BINDIR}/forkstorm_plain" \
	    -n 300 -t 4
}

atf_test_case many_threads
many_threads_head()
{
	atf_set descr "Half of many threads within stdio while others fork"
}
many_threads_body()
{
	atf_check -o match:"forks 120 failures 0" \
	    env LD_PRELOAD="$lib" "${BASALT_BINDIR}/forkstorm_plain" \
	    -n 120 -t 16
}

atf_test_case one_arena
one_arena_head()
{
	atf_set descr "Every thread wants the same locks"
}
one_arena_body()
{
	atf_check -o match:"forks 200 failures 0" \
	    env MALLOC_CONF=narenas:1,tcache:false,dirty_decay_ms:0 \
	    "${BASALT_BINDIR}/forkstorm" -n 200 -t 8
}

atf_test_case static
static_head()
{
	atf_set descr "Forks of a static executable"
}
static_body()
{
	atf_check -o match:"forks 200 failures 0" \
	    "${BASALT_BINDIR}/forkstorm_static" -n 200 -t 4
}

atf_init_test_cases()
{
	atf_add_test_case linked
	atf_add_test_case preloaded
	atf_add_test_case many_threads
	atf_add_test_case one_arena
	atf_add_test_case static
}
