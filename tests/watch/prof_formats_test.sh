# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What the writers of profiles write, read by the programs that people read
# it with.

files=$BASALT_BINDIR/prof_files

profile()
{
	"$files" "$@" >profile.pb.gz || atf_fail "prof_files $*"
}

# need PROGRAM: what share/setup.sh installs.
need()
{
	command -v "$1" >/dev/null 2>&1 || atf_skip "there is no $1 here"
}

pprof()
{
	HOME=$PWD PPROF_TMPDIR=$PWD go tool pprof "$@" 2>errors
}

atf_test_case gzip
gzip_head()
{
	atf_set descr "gzip gives back what went in"
}
gzip_body()
{
	: >empty
	printf a >one
	head -c 200000 /dev/zero >zeros
	head -c 131072 /dev/urandom >noise
	head -c 65536 noise >window
	# Again at every distance: near the window's edge and beyond it.
	for n in 1 3 258 259 32767 32768 32769 65535; do
		head -c "$n" noise
		head -c "$n" noise
	done >again
	cat /bin/sh >program
	for f in empty one zeros noise window again program; do
		"$files" gzip <"$f" >"$f.gz" || atf_fail "$f: not written"
		atf_check gzip -t "$f.gz"
		gzip -dc "$f.gz" >"$f.back"
		atf_check cmp "$f" "$f.back"
	done
	# It is for something.
	[ "$(wc -c <zeros.gz)" -lt 2000 ] || atf_fail "zeros stay large"
	[ "$(wc -c <again.gz)" -lt $(($(wc -c <again) * 3 / 4)) ] ||
	    atf_fail "what comes again is not found"
	[ "$(wc -c <program.gz)" -lt $(($(wc -c <program) * 2 / 3)) ] ||
	    atf_fail "programs stay large"
}

atf_test_case protoc
protoc_head()
{
	atf_set descr "Each field is where the format has it"
}
protoc_body()
{
	need protoc
	profile named
	gzip -dc profile.pb.gz >profile.pb
	protoc --proto_path="$BASALT_SRCTOP/tests/watch" \
	    --decode=Profile profile.proto <profile.pb >text ||
	    atf_fail "not a profile"
	# An unknown field has a number in place of a name.
	atf_check -s exit:1 grep -E '^ *[0-9]+[:{ ]' text
	count()
	{
		grep -c "$1" text
	}
	atf_check_equal 5 "$(count '^sample_type {')"
	atf_check_equal 5 "$(count '^sample {')"
	# Three sites and two callers more than once.
	atf_check_equal 6 "$(count '^location {')"
	atf_check_equal 6 "$(count '^function {')"
	atf_check_equal 1 "$(count '^period: 524288$')"
	atf_check_equal 1 "$(count '^time_nanos: 1700000000000000000$')"
	atf_check_equal 1 "$(count '^string_table: "worker \\"7\\""$')"
	atf_check_equal 5 "$(count '^  value: ' | awk '{ print $1 / 5 }')"
	# The first string is the empty one, and none comes twice.
	atf_check_equal 'string_table: ""' "$(grep ^string_table text | head -n 1)"
	atf_check -o empty sh -c 'grep ^string_table text | sort | uniq -d'
}

# value SITE COLUMN: of a -raw listing, summed over the samples of a site.
value()
{
	awk -v site="$1" -v column="$2" '
	/^Samples:/ { on = 1; next }
	/^Locations/ { on = 0; where = 1; next }
	/^Mappings/ { where = 0 }
	on && /^ *[0-9]+ +[0-9]+ +[0-9]+/ {
		split($0, side, ": ")
		split(side[1], v, " ")
		split(side[2], l, " ")
		n++
		got[n] = v[column]
		leaf[n] = l[1]
	}
	where && $4 == site { id = $1; sub(":", "", id); want[id] = 1 }
	END {
		for (i = 1; i <= n; i++)
			if (leaf[i] in want)
				sum += got[i]
		print sum + 0
	}' raw
}

values_check()
{
	atf_check_equal "3000 72000 1000 24000 4096" "$(for i in 1 2 3 4 5; do
	    value site_small $i; done | xargs)"
	atf_check_equal "20 81920 10 40960 0" "$(for i in 1 2 3 4 5; do
	    value site_page $i; done | xargs)"
	atf_check_equal "2 2097152 1 1048576 0" "$(for i in 1 2 3 4 5; do
	    value site_large $i; done | xargs)"
	atf_check_equal "5 500 0 0 0" "$(for i in 1 2 3 4 5; do
	    value site_gone $i; done | xargs)"
}

atf_test_case pprof_addresses
pprof_addresses_head()
{
	atf_set descr "go tool pprof finds the names itself"
}
pprof_addresses_body()
{
	need go
	need addr2line
	profile pprof
	pprof -raw -symbolize=local profile.pb.gz >raw || atf_fail "not read"
	values_check
	atf_check -o match:'bytes:\[?4096' cat raw
	atf_check -o match:'thread:\[?worker' cat raw
	pprof -top -unit=B -symbolize=local profile.pb.gz >top || atf_fail "not read"
	atf_check -o match:'^Type: inuse_space' \
	    -o match:'^ *1048576B .* site_large' cat top
	pprof -top -symbolize=local -sample_index=alloc_objects \
	    profile.pb.gz >top || atf_fail "not read"
	atf_check -o match:'^ *3000 .* site_small' cat top
	pprof -top -unit=B -symbolize=local -sample_index=pinned_space \
	    profile.pb.gz >top || atf_fail "not read"
	atf_check -o match:'^ *4096B .* site_small' cat top
}

atf_test_case pprof_named
pprof_named_head()
{
	atf_set descr "go tool pprof takes the names that we give"
}
pprof_named_body()
{
	need go
	profile named
	pprof -raw -symbolize=none profile.pb.gz >raw || atf_fail "not read"
	values_check
	atf_check -o match:'\[FN\]' cat raw
}

atf_test_case places
places_head()
{
	atf_set descr "Mappings, build ids and names, found by the process"
}
places_body()
{
	native "the program's file is the emulator's"
	"$files" placed >folded || atf_fail "not written"
	atf_check diff - folded <<-'END'
	caller_one;site_small 24000
	caller_two;site_page 40960
	caller_one;site_large 524288
	caller_two;site_large 524288
	END
	profile places
	need go
	pprof -raw -symbolize=none profile.pb.gz >raw || atf_fail "not read"
	values_check
	# The same id as the reader of our own file sees.
	id=$(readelf -nW "$files" | sed -n 's/.*Build ID: //p')
	[ -n "$id" ] || atf_fail "no build id"
	atf_check -o match:"/prof_files $id \[FN\]" cat raw
	# The first one is taken for the program's, wherever it lies.
	atf_check -o match:"^1: .*/prof_files $id" cat raw
}

atf_test_case pprof_base
pprof_base_head()
{
	atf_set descr "The difference of two is read"
}
pprof_base_body()
{
	need go
	profile named
	pprof -top -symbolize=none -diff_base=profile.pb.gz profile.pb.gz \
	    >top || atf_fail "not read"
	atf_check -o match:'Showing nodes accounting for 0,' cat top
}

atf_test_case large
large_head()
{
	atf_set descr "Tables grow: 20,000 stacks"
}
large_body()
{
	need go
	profile large 20000
	atf_check gzip -t profile.pb.gz
	pprof -top -unit=B -symbolize=none profile.pb.gz >top ||
	    atf_fail "not read"
	# The sum of 0 to 19,999.
	atf_check -o match:'of 199990000B total' cat top
	pprof -raw -symbolize=none profile.pb.gz >raw || atf_fail "not read"
	atf_check_equal 20023 "$(awk '/^Mappings/ { on = 0 }
	    on { n++ } /^Locations/ { on = 1 } END { print n }' raw)"
}

atf_test_case folded
folded_head()
{
	atf_set descr "Folded stacks: outermost first, names or places"
}
folded_body()
{
	"$files" folded >folded || atf_fail "not written"
	cat >expected <<-'END'
	caller_one;site_small 24000
	caller_two;site_page 40960
	caller_one;site_large 524288
	caller_two;site_large 524288
	END
	atf_check diff folded expected
}

atf_init_test_cases()
{
	atf_add_test_case gzip
	atf_add_test_case protoc
	atf_add_test_case pprof_addresses
	atf_add_test_case pprof_named
	atf_add_test_case places
	atf_add_test_case pprof_base
	atf_add_test_case large
	atf_add_test_case folded
}
