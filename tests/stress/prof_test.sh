# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Profiles written while threads allocate, end and fork; soak.sh has the long
# one.

# storm FORMAT: dumps into ./dump.0 and on, and ./dump.child.
storm()
{
	n=$(scaled 300)
	atf_check -o match:"dumps $n forks yes threads yes" env MALLOC_CONF="\
prof:true,lg_prof_sample:13,prof_accum:true,prof_format:$1" \
	    "$BASALT_BINDIR/profstorm" -k 40 -n "$n" dump
	[ "$(find . -name 'dump.*' -size +0 | wc -l)" -eq 41 ] ||
	    atf_fail "dumps are missing"
}

atf_test_case heap_v2
heap_v2_head()
{
	atf_set descr "Each line of heap_v2 is one that the format has"
}
heap_v2_body()
{
	storm heap_v2
	for f in dump.*; do
		awk '
		function counts(text) {
			return text ~ /^[0-9]+: [0-9]+ \[[0-9]+: [0-9]+\]/
		}
		NR == 1 && $0 != "heap_v2/8192" { bad() }
		function bad() { print FILENAME ":" FNR ": " $0 }
		/^MAPPED_LIBRARIES:$/ { maps = 1; exit }
		NR == 1 { next }
		/^@( 0x[0-9a-f]+)+$/ { stacks++; next }
		/^  t(\*|[0-9]+): / && counts(substr($0, index($0, ": ") + 2)) {
			next
		}
		/^$/ { next }
		{ bad() }
		END {
			if (!maps || stacks < 3)
				print FILENAME ": cut off, " stacks " stacks"
		}' "$f"
	done >wrong
	atf_check -o empty head wrong
}

atf_test_case pprof
pprof_head()
{
	atf_set descr "Each pprof file is whole and can be decoded"
}
pprof_body()
{
	storm pprof
	for f in dump.*; do
		atf_check gzip -t <"$f"
		! command -v protoc >/dev/null ||
		    gzip -dc <"$f" | protoc \
		    --proto_path="$BASALT_SRCTOP/tests/watch" \
		    --decode=Profile profile.proto >text ||
		    atf_fail "$f: not a profile"
	done
}

atf_test_case folded
folded_head()
{
	atf_set descr "Each folded line is frames and a number"
}
folded_body()
{
	storm folded
	for f in dump.*; do
		grep -Evn '^[^ ;][^;]*(;[^ ;][^;]*)* [0-9]+$' "$f"
	done >wrong
	atf_check -o empty head wrong
}

atf_init_test_cases()
{
	atf_add_test_case heap_v2
	atf_add_test_case pprof
	atf_add_test_case folded
}
