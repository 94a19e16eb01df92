# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause

atf_test_case linked
linked_head()
{
	atf_set descr "Every form of new and delete in a linked program"
}
linked_body()
{
	need_cxx
	atf_check -o match:"operators: 0 failures" "${BASALT_BINDIR}/operators"
}

atf_test_case preloaded
preloaded_head()
{
	atf_set descr "The same in a program that knows nothing of basalt"
}
preloaded_body()
{
	need_cxx
	atf_check -o match:"operators: 0 failures" \
	    env "$BASALT_PRELOAD" "${BASALT_BINDIR}/operators_plain"
}

atf_test_case static
static_head()
{
	atf_set descr "The same in a static executable"
}
static_body()
{
	need_cxx
	atf_check -o match:"operators: 0 failures" \
	    "${BASALT_BINDIR}/operators_static"
}

# The operators come with the library, a C++ runtime must not.
atf_test_case no_runtime
no_runtime_head()
{
	atf_set descr "A C program loads no C++ runtime"
}
no_runtime_body()
{
	atf_check -o save:maps env "$BASALT_PRELOAD" cat /proc/self/maps
	atf_check -o ignore grep libbasalt maps
	atf_check -s exit:1 grep -E 'stdc\+\+|libc\+\+|libgcc' maps
}

atf_init_test_cases()
{
	atf_add_test_case linked
	atf_add_test_case preloaded
	atf_add_test_case static
	in_tree || emulated || atf_add_test_case no_runtime
}
