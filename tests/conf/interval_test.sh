# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Reports of the statistics by bytes allocated.

# reports INTERVAL THREADS TIMES SIZE: how many there were.
reports()
{
	MALLOC_CONF="stats_interval:$1,stats_interval_opts:mablxeh" \
	    "$BASALT_BINDIR/conf_churn" "$2" "$3" "$4" 2>report ||
	    atf_fail "the program failed"
	n=$(grep -c '^___ Begin jemalloc statistics ___$' report)
	[ "$(grep -c '^--- End jemalloc statistics ---$' report)" -eq "$n" ] ||
	    atf_fail "a report is cut off"
	echo "$n"
}

# between LEAST MOST NUMBER WHAT
between()
{
	[ "$3" -ge "$1" ] && [ "$3" -le "$2" ] || atf_fail "$4: $3 reports"
}

atf_test_case about
about_head()
{
	atf_set descr "About every N bytes, whatever the size"
}
about_body()
{
	between 90 100 "$(reports 1000000 1 1000000 96)" "96 MB"
	between 90 100 "$(reports 10485760 1 1000 1048576)" "1 GB"
	between 9 10 "$(reports 100000000 1 100 10000000)" "1 GB of spans"
	between 36 41 "$(reports 2500000 4 25000 1000)" "four threads"
}

atf_test_case few
few_head()
{
	atf_set descr "None if there is nothing to report"
}
few_body()
{
	between 0 0 "$(reports -1 1 10000 1000)" "off"
	between 0 0 "$(reports 100000000 1 10000 100)" "too few bytes"
	# 0 is 1: each allocation is enough for one.
	between 90 200 "$(reports 0 1 100 100)" "0"
}

atf_test_case letters
letters_head()
{
	atf_set descr "stats_interval_opts, not those for the exit"
}
letters_body()
{
	MALLOC_CONF=stats_interval:1000000,stats_interval_opts:Jmabl,\
stats_print_opts:g "$BASALT_BINDIR/conf_churn" 1 1500 1000 2>report ||
	    atf_fail "the program failed"
	atf_check -o inline:'{"jemalloc":{' head -c 13 report
}

atf_init_test_cases()
{
	atf_add_test_case about
	atf_add_test_case few
	atf_add_test_case letters
}
