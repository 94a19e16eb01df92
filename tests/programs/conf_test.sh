# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Options from the environment reach a program that knows nothing of basalt.

# fill conf word: with these options every size shows the word.
fill()
{
	atf_check -o save:out env "$BASALT_PRELOAD" MALLOC_CONF="$1" \
	    "${BASALT_BINDIR}/fillcheck"
	cat out
	[ "$(grep -c " $2\$" out)" -eq "$(wc -l <out)" ] ||
	    atf_fail "MALLOC_CONF=$1: not everywhere $2"
}

atf_test_case zero
zero_head()
{
	atf_set descr "zero:true gives zeroed memory at every size"
}
zero_body()
{
	fill zero:true zero
}

atf_test_case junk
junk_head()
{
	atf_set descr "junk:true and junk:alloc fill on allocation"
}
junk_body()
{
	fill junk:true junk
	fill junk:alloc junk
}

atf_test_case zero_over_junk
zero_over_junk_head()
{
	atf_set descr "Zeroing wins over junk"
}
zero_over_junk_body()
{
	fill junk:true,zero:true zero
}

# Reused memory shows what was written to it, unless someone filled it.
atf_test_case neither
neither_head()
{
	atf_set descr "Without the options small memory is not filled"
}
neither_body()
{
	atf_check -o match:"^24 dirty" env "$BASALT_PRELOAD" \
	    MALLOC_CONF=junk:false "${BASALT_BINDIR}/fillcheck"
}

atf_test_case stats_print
stats_print_head()
{
	atf_set descr "stats_print:true prints statistics at exit"
}
stats_print_body()
{
	atf_check -o ignore -e match:"[Aa]llocated" env "$BASALT_PRELOAD" \
	    MALLOC_CONF=stats_print:true "${BASALT_BINDIR}/fillcheck"
}

atf_test_case invalid
invalid_head()
{
	atf_set descr "A bad option is told, and fatal with abort_conf"
}
invalid_body()
{
	atf_check -o match:"^24 " -e match:"no_such_option" \
	    env "$BASALT_PRELOAD" MALLOC_CONF=no_such_option:1 \
	    "${BASALT_BINDIR}/fillcheck"
	atf_check -s signal:abrt -e match:"no_such_option" \
	    env "$BASALT_PRELOAD" MALLOC_CONF=abort_conf:true,no_such_option:1 \
	    "${BASALT_BINDIR}/fillcheck"
}

atf_init_test_cases()
{
	atf_add_test_case zero
	atf_add_test_case junk
	atf_add_test_case zero_over_junk
	atf_add_test_case neither
	atf_add_test_case stats_print
	atf_add_test_case invalid
}
