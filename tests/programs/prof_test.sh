# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Heap profiles of programs, read by the programs that people read them with.

sites=$BASALT_BINDIR/prof_sites
RUNS=20

need()
{
	command -v "$1" >/dev/null 2>&1 || atf_skip "there is no $1 here"
}

# sites_run FORMAT FILE...: the program's profiles.
sites_run()
{
	format=$1
	shift
	MALLOC_CONF=prof:true,lg_prof_sample:15,prof_format:$format \
	    "$sites" "$@" || atf_fail "prof_sites failed"
}

# The program itself, where $sites is a script that has an emulator run it.
binary()
{
	sed -n 's|.* \(/[^ ]*/prof_sites\)$|\1|p' "$1" | head -n 1
}

# Of RUNS lines "site bytes" for each of three sites: each within 15 % of 24
# MiB, their median within 5 %.
check()
{
	[ "$(wc -l <"$1")" -eq $((RUNS * 3)) ] ||
	    atf_fail "sites are missing: $(sort "$1" | uniq -c | head)"
	sort -k 1,1 -k 2,2n "$1" | awk -v runs=$RUNS '
	BEGIN { truth = 24 * 1048576 }
	{
		if ($2 < truth * 0.85 || $2 > truth * 1.15)
			print $0 ": not within 15 % of " truth
		n = (NR - 1) % runs
		if (n == runs / 2 - 1)
			low = $2
		if (n != runs / 2)
			next
		median = (low + $2) / 2
		if (median < truth * 0.95 || median > truth * 1.05)
			print $1 " " median ": median not within 5 %"
	}' >wrong
	[ ! -s wrong ] || atf_fail "$(cat wrong)"
}

atf_test_case jeprof
jeprof_head()
{
	atf_set descr "Known sites as jeprof sees them"
}
jeprof_body()
{
	need jeprof
	i=0
	while [ $((i += 1)) -le $RUNS ]; do
		sites_run heap_v2 heap empty
		jeprof --text --show_bytes "$(binary heap)" heap 2>errors |
		    awk '/site_/ { print $NF, $1 }' >>seen
	done
	check seen
	# All is freed, by another thread.
	grep '^@' empty && atf_fail "there is something left"
	# Twice the same, less itself.
	jeprof --text --show_bytes --base=heap "$(binary heap)" heap \
	    2>errors >out
	grep site_ out && atf_fail "a difference with itself"
	:
}

atf_test_case pprof
pprof_head()
{
	atf_set descr "Known sites as go tool pprof sees them"
}
pprof_body()
{
	need go
	i=0
	while [ $((i += 1)) -le $RUNS ]; do
		sites_run pprof heap
		HOME=$PWD PPROF_TMPDIR=$PWD go tool pprof -top -unit=B \
		    heap 2>errors | awk '/site_/ {
			sub(/B$/, "", $1); print $NF, $1 }' >>seen
	done
	check seen
}

atf_test_case folded
folded_head()
{
	atf_set descr "Known sites as lines of stacks"
}
folded_body()
{
	i=0
	while [ $((i += 1)) -le $RUNS ]; do
		sites_run folded heap
		sed -n 's/^.*;\(site_[a-z]*\) /\1 /p' heap >>seen
	done
	check seen
}

# Of lines "site bytes" each is within 15 % of so many bytes.
near()
{
	awk -v truth="$2" '{ n++; part = $2 / truth }
	    part < 0.85 || part > 1.15 { print }
	    END { if (n != 3) print n " sites" }' "$1" >wrong
	[ ! -s wrong ] || atf_fail "not $2: $(cat wrong)"
}

atf_test_case difference
difference_head()
{
	atf_set descr "What came and what went between two dumps"
}
difference_body()
{
	need jeprof
	sites_run heap_v2 heap empty
	binary=$(binary heap)
	jeprof --text --show_bytes --base=empty "$binary" heap 2>errors |
	    awk '/site_/ { print $NF, $1 }' >came
	near came $((24 << 20))
	# It lists no sites that shrank, but it counts them.
	jeprof --text --show_bytes --base=heap "$binary" empty 2>errors |
	    awk '/^Total:/ && $2 < 0 { exit 1 }' && atf_fail "nothing went"
	need go
	sites_run pprof heap empty
	for base in empty heap; do
		[ $base = empty ] && dump=heap truth=$((24 << 20)) ||
			dump=empty truth=$((-24 << 20))
		HOME=$PWD PPROF_TMPDIR=$PWD go tool pprof -top -unit=B \
		    -diff_base=$base $dump 2>errors | awk '/site_/ {
			sub(/B$/, "", $1); print $NF, $1 }' >seen
		near seen $truth
	done
}

atf_test_case leak
leak_head()
{
	atf_set descr "What lives at the end, and the exit code for it"
}
leak_body()
{
	conf=lg_prof_sample:15,prof_prefix:dump,prof_final:true,prof_leak:true
	atf_check -e match:'Leak approximation summary: ~' \
	    -e match:'objects: site_large ' -e not-match:' 0x' \
	    env MALLOC_CONF=$conf "$sites" heap
	[ "$(find . -name 'dump.*.0.f.heap' | wc -l)" -eq 1 ] ||
	    atf_fail "no final dump"
	atf_check -s exit:1 -e match:'Exiting with error code' \
	    env MALLOC_CONF=$conf,prof_leak_error:true "$sites" heap
	# Nothing leaks, nothing is said.
	atf_check env MALLOC_CONF=$conf,prof_leak_error:true \
	    "$sites" heap empty
}

atf_test_case names
names_head()
{
	atf_set descr "Names of dumps by bytes and by memory mapped"
}
names_body()
{
	MALLOC_CONF=prof:true,lg_prof_interval:24,prof_prefix:x "$sites" heap ||
	    atf_fail "failed"
	# 72 MiB by 16, as far as samples tell.
	n=$(find . -name 'x.*.i*.heap' | wc -l)
	[ "$n" -ge 2 ] && [ "$n" -le 7 ] || atf_fail "$n dumps by bytes"
	MALLOC_CONF=prof:true,prof_gdump:true,prof_prefix:y "$sites" heap ||
	    atf_fail "failed"
	ls y.*.u0.heap y.*.u1.heap || atf_fail "no dumps as memory grows"
}

atf_init_test_cases()
{
	atf_add_test_case jeprof
	atf_add_test_case pprof
	atf_add_test_case folded
	atf_add_test_case difference
	atf_add_test_case leak
	atf_add_test_case names
}
