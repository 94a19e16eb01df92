# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Which sites hold memory back, as the profile's readers and the statistics
# have it.

pins=$BASALT_BINDIR/prof_pins
# Of 512 bytes each a sample stands for eight and a half objects: of those
# that live long there are some 480.
conf=prof:true,lg_prof_sample:12,prof_format:pprof,dirty_decay_ms:-1

need()
{
	command -v "$1" >/dev/null 2>&1 || atf_skip "there is no $1 here"
}

# pins_run MODE: profile heap and what is held.
pins_run()
{
	held=$(MALLOC_CONF=$conf "$pins" "$1" heap) ||
	    atf_fail "prof_pins $1 failed"
}

# top TYPE: the sites and their bytes, as go tool pprof has them.
top()
{
	HOME=$PWD PPROF_TMPDIR=$PWD go tool pprof -top -unit=B \
	    -sample_index="$1" heap 2>errors >out ||
	    atf_fail "pprof: $(cat errors)"
	sed -n 's/^ *\([0-9]*\)B .* \(site_[a-z]*\).*$/\2 \1/p' out
}

# Of what is held site_long has at least four fifths, which is four standard
# deviations less than all, and all sites have no more than that.
check()
{
	top pinned_space >seen
	awk -v held="$held" '
	{
		sum += $2
		of[$1] = $2
	}
	END {
		if (of["site_long"] < 0.8 * held)
			print "site_long has " of["site_long"]
		if (sum > held)
			print "all sites have " sum
		if (sum - of["site_long"] > 0.02 * held)
			print "other sites have " sum - of["site_long"]
	}' seen >wrong
	[ ! -s wrong ] || atf_fail "of $held: $(cat wrong)"
}

atf_test_case strewn
strewn_head()
{
	atf_set descr "Few that live long among many that are freed"
}
strewn_body()
{
	need go
	pins_run strewn
	# Most of 64 MiB.
	[ "$held" -gt 33554432 ] || atf_fail "just $held bytes are held"
	check
	top inuse_space | grep -q '^site_short' &&
	    atf_fail "there is something in use of what was freed"
	:
}

atf_test_case passed
passed_head()
{
	atf_set descr "The same, freed by another thread"
}
passed_body()
{
	need go
	pins_run passed
	[ "$held" -gt 33554432 ] || atf_fail "just $held bytes are held"
	check
}

atf_test_case thinned
thinned_head()
{
	atf_set descr "Where pages within slabs went back, a page is held"
}
thinned_body()
{
	need go
	pins_run thinned
	# Of pages of 4 KiB a fifth has one that lives, of larger ones most.
	most=16777216
	[ "${BASALT_PAGE:-$(getconf PAGESIZE)}" -eq 4096 ] || most=50331648
	[ "$held" -gt 8388608 ] || atf_fail "just $held bytes are held"
	[ "$held" -lt "$most" ] || atf_fail "$held bytes are held"
	check
}

atf_test_case dense
dense_head()
{
	atf_set descr "Without holes nobody pins anything to speak of"
}
dense_body()
{
	need go
	pins_run dense
	[ "$held" -lt 1048576 ] || atf_fail "$held bytes are held"
	top pinned_space | awk -v held="$held" '
	    { sum += $2 } END { exit (sum > held) }' ||
	    atf_fail "sites have more than $held"
}

atf_test_case statistics
statistics_head()
{
	atf_set descr "The sites in the statistics, for programs and for people"
}
statistics_body()
{
	need jq
	pins_run strewn
	jq -e --argjson held "$held" '.jemalloc.stats.fragmentation |
	    .held == $held and .pinned_space <= .held and
	    (.sites[0].stack | test("^site_long main")) and
	    .sites[0].pinned_space >= 0.8 * .held and
	    (.sites[0] | .inuse_objects * 512 - .inuse_space | fabs) < 512 and
	    (.sites[1:] | all(.pinned_space < 0.02 * $held)) and
	    ([.sites[].pinned_space] | add) <= .pinned_space' heap.json ||
	    atf_fail "$(jq .jemalloc.stats.fragmentation heap.json)"
	grep -q "^Held by slabs beyond what is in use: $held, of it" \
	    heap.text || atf_fail "no line"
	grep -q '^ *[0-9]* *[0-9]* *[0-9]* site_long main' heap.text ||
	    atf_fail "no site"
	# Without profiles there is nothing to say.
	env "$BASALT_PRELOAD" MALLOC_CONF=stats_print:true,stats_print_opts:J \
	    true 2>report
	jq -e '.jemalloc.stats | has("fragmentation") | not' report ||
	    atf_fail "there are no profiles"
}

atf_init_test_cases()
{
	atf_add_test_case strewn
	atf_add_test_case passed
	atf_add_test_case thinned
	atf_add_test_case dense
	atf_add_test_case statistics
}
