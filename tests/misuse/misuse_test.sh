# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Every program of this directory has to die by SIGABRT after one line that
# names it, the process, the function, the reason and the pointer.

SIGABRT_STATUS=134

# misuse program function: runs it, compares what it said with what is due.
# The program prints the pointer that is to blame.
misuse()
{
	# The shell, not the program, says "Aborted": keep that elsewhere.
	{
		sh -c '"$1" >out 2>err & echo $! >pid; wait $!' sh \
		    "${BASALT_BINDIR}/$1"
		status=$?
	} 2>/dev/null
	quiet
	cat out err
	pointer=$(sed -n '1p' out)
	[ "$1" = double_free_many_blocks ] && pointer=0x[0-9a-f]+
	[ "$status" -eq "$SIGABRT_STATUS" ] ||
	    atf_fail "$1: status $status, not that of SIGABRT"
	[ "$(wc -l <err)" -eq 1 ] || atf_fail "$1: not one line"
	grep -Eq "^<basalt>: $1\\[$(cat pid)\\]: $2\\(\\): .+: $pointer\$" err ||
	    atf_fail "$1: the line is not as it should be"
	# A double free is called by its name, unless the pages of the object
	# have been given back meanwhile and nothing is known of them.
	case $1 in
	*_flushed | *_huge | *_in_destructor | *_large | *_many_blocks | \
	    *_pages | *_realloc)
		;;
	double_free_*)
		grep -q 'double free' err ||
		    atf_fail "$1: the reason is not a double free";;
	esac
}

# An emulator has a word on a program that aborts, too.
quiet()
{
	emulated || return 0
	grep -v '^qemu: uncaught target signal 6' err >kept
	mv kept err
}

# case program function: a case of its own.
case_of()
{
	eval "atf_test_case $1
	$1_head()
	{
		atf_set descr 'Stops $1 and names $2()'
	}
	$1_body()
	{
		misuse $1 '$2'
	}"
	cases="$cases $1"
}

cases=
case_of double_free_aligned free
case_of double_free_at_exit free
case_of double_free_between free
case_of double_free_calloc free
case_of double_free_dallocx free
case_of double_free_flushed free
case_of double_free_huge free
case_of double_free_in_destructor free
case_of double_free_large free
case_of double_free_many_blocks free
case_of double_free_medium free
case_of double_free_named free
case_of double_free_pages free
case_of double_free_realloc free
case_of double_free_sized '(free_sized|free)'
case_of double_free_small free
case_of double_free_thread free
case_of double_free_passed free
case_of double_free_two_threads free
case_of free_function free
case_of free_global free
case_of free_global_dallocx dallocx
case_of free_interior_aligned free
case_of free_interior_end free
case_of free_interior_large free
case_of free_interior_medium free
case_of free_interior_pages free
case_of free_interior_sdallocx free
case_of free_interior_small free
case_of free_literal free
case_of free_mapping free
case_of free_minus_one free
case_of free_misaligned_large free
case_of free_misaligned_sized '(free_sized|free)'
case_of free_misaligned_small free
case_of free_never_allocated free
case_of free_not_canonical free
case_of free_small_number free
case_of free_stack free
case_of realloc_freed_large '(realloc|free)'
case_of realloc_freed_small '(realloc|free)'
case_of realloc_global realloc
case_of realloc_interior realloc
case_of realloc_stack realloc
case_of realloc_stale free
case_of rallocx_stack rallocx
case_of usable_global_sallocx sallocx
case_of usable_stack malloc_usable_size
case_of xallocx_interior xallocx

# A program may not lie about its name with one that has no end.
atf_test_case long_name
long_name_head()
{
	atf_set descr "A report by a program with a long name is one line"
}
long_name_body()
{
	native "the file is a script"
	name=program_with_a_name_so_long_that_no_buffer_was_made_for_it_$$
	name=${name}_and_then_twice_as_long_as_anyone_would_think_of
	cp "${BASALT_BINDIR}/free_stack" "./$name"
	{ sh -c '"./$1" >out 2>err' sh "$name"; } 2>/dev/null
	cat err
	[ "$(grep -c '^<basalt>: program_with_a_name' err)" -eq 1 ] ||
	    atf_fail "no report"
	[ "$(wc -c <err)" -lt 400 ] || atf_fail "the report is too long"
}

# Nothing but standard error is where a report may go, and it may be closed.
atf_test_case closed_stderr
closed_stderr_head()
{
	atf_set descr "The program is stopped though nobody can be told"
}
closed_stderr_body()
{
	{ sh -c '"$1" >out 2>&-' sh "${BASALT_BINDIR}/free_stack"; } 2>/dev/null
	status=$?
	[ "$status" -eq "$SIGABRT_STATUS" ] || atf_fail "status $status"
}

atf_init_test_cases()
{
	for c in $cases; do
		atf_add_test_case "$c"
	done
	atf_add_test_case long_name
	atf_add_test_case closed_stderr
}
