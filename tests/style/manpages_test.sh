# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The manual pages and the tables say the same.

# Entries of a page, as the tables are listed: first word, then the rest.
entries()
{
	sed -n -e '/^\.It Va /!d' -e 's/^\.It Va //' -e 's/ No / /' \
	    -e 's/ Vt / /' -e 's/"//g' -e "s/ : .*//" -e "s/^/$1 /" \
	    -e p "$BASALT_SRCTOP/share/man/$2" | sort
}

# Names that are the same below many parts have one entry for all of them.
tables()
{
	"$BASALT_BINDIR/ctl_names" >names ||
	    atf_fail "the tables cannot be listed"
	grep "^$1 " names |
	    sed -e 's/ stats\.mutexes\.[a-z_]*\./ <mutex>./' \
	    -e 's/ stats\.arenas\.<i>\.mutexes\.[a-z_]*\./ <mutex>./' \
	    -e 's/ stats\.arenas\.<i>\.bins\.<j>\.mutex\./ <mutex>./' \
	    -e 's/\.nonfull_slabs\.<j>\./.slabs./' \
	    -e 's/\.\(full\|empty\)_slabs\./.slabs./' \
	    -e 's/\.\(small\|large\)\./.<group>./' | sort -u
}

compare()
{
	entries "$1" "$2" >documented
	tables "$1" >present
	[ -s present ] || atf_fail "the table is empty"
	if ! diff present documented >differences; then
		sed -n -e 's/^</not in the manual:/p' \
		    -e 's/^>/only in the manual:/p' differences
		atf_fail "$2 and the table differ"
	fi
}

atf_test_case controls
controls_head()
{
	atf_set descr "Each control name has its entry: access, type"
}
controls_body()
{
	compare ctl man3/mallctl.3
}

atf_test_case families
families_head()
{
	atf_set descr "What entries stand for is named in the page"
}
families_body()
{
	tables ctl >/dev/null
	sed -n -e 's/^ctl stats\.mutexes\.\([a-z_]*\)\..*/\1/p' \
	    -e 's/^ctl stats.*<i>\.mutexes\.\([a-z_]*\)\..*/\1/p' \
	    -e 's/^ctl stats.*\.\([a-z]*_slabs\)\..*/\1/p' names |
	    sort -u >members
	[ "$(wc -l <members)" -ge 25 ] || atf_fail "not all were found"
	while read -r m; do
		grep -q "^\.It Cm $m\>" \
		    "$BASALT_SRCTOP/share/man/man3/mallctl.3" ||
		    echo "not in the manual: $m"
	done <members >missing
	atf_check -o empty cat missing
}

atf_test_case options
options_head()
{
	atf_set descr "Each option has its entry"
}
options_body()
{
	compare opt man5/malloc.conf.5
}

atf_test_case functions
functions_head()
{
	atf_set descr "Each function of malloc_np.h has a synopsis"
}
functions_body()
{
	# A declaration is in the first column; so is what it is called.
	sed -n 's/^[a-z][^(]*[	*]\([a-z_][a-z_]*\)(.*/\1/p' \
	    "$BASALT_SRCTOP/include/malloc_np.h" | sort -u >declared
	[ "$(wc -l <declared)" -ge 13 ] || atf_fail "not all were found"
	while read -r f; do
		grep -q "^\.F[no] $f\\>" "$BASALT_SRCTOP"/share/man/man3/*.3 ||
		    echo "no synopsis: $f"
	done <declared >missing
	atf_check -o empty cat missing
}

atf_test_case lint
lint_head()
{
	atf_set descr "The pages are well formed"
	atf_set require.progs mandoc
}
lint_body()
{
	find "$BASALT_SRCTOP/share/man" -name '*.[1-9]' >pages
	[ -s pages ] || atf_fail "no pages"
	while read -r page; do
		atf_check -o empty mandoc -T lint -W warning "$page"
	done <pages
}

atf_init_test_cases()
{
	atf_add_test_case controls
	atf_add_test_case families
	atf_add_test_case options
	atf_add_test_case functions
	atf_add_test_case lint
}
