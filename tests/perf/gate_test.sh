# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Does the gate shut?  With the figures of this library as the record it is
# open; with a record that is lowered it names what is above it.

lib=${BASALT_LIBDIR}/libbasalt.so.1
names=realloc-64,start,peak-vectors

gatecheck()
{
	atf_check -o save:said -e ignore -s "$1" "${BASALT_BINDIR}/gatecheck" \
	    -b "$lib" -c here -r record -n "$names" $2
}

# scale NAME FACTOR: another record.
scale()
{
	awk -v name="$1" -v factor="$2" \
	    '$1 == name { $3 *= factor } { print }' record >new
	mv new record
}

said()
{
	grep -q "$@" said || atf_fail "it did not say $*: $(tail -n 1 said)"
}

silent_on()
{
	! grep -q "gate: $1" said ||
	    atf_fail "it spoke of $1: $(grep "gate: $1" said)"
}

prepare()
{
	need_foreign
	native "callgrind is for this machine"
	valgrind --version >/dev/null 2>&1 || atf_skip "no valgrind"
	: >record
	gatecheck exit:0 -w
}

atf_test_case open
open_head()
{
	atf_set descr "a record of its own, and one a little lower"
}
open_body()
{
	prepare
	gatecheck exit:0
	said "nothing above the record"
	scale realloc-64 0.98
	gatecheck exit:0
	silent_on realloc-64
}

atf_test_case shut
shut_head()
{
	atf_set descr "each kind of figure that is above is named, no other"
}
shut_body()
{
	prepare
	cp record whole
	for name in realloc-64 start peak-vectors; do
		cp whole record
		scale "$name" 0.87
		gatecheck exit:1
		said "gate: $name: .*up by 1[0-9]"
		for other in realloc-64 start peak-vectors; do
			[ "$other" = "$name" ] || silent_on "$other"
		done
	done
}

atf_test_case lower
lower_head()
{
	atf_set descr "a figure that fell is told, and passes"
}
lower_body()
{
	prepare
	scale start 1.1
	gatecheck exit:0
	said "gate: start: the record can be lowered"
}

atf_test_case missing
missing_head()
{
	atf_set descr "a figure without a record does not pass"
}
missing_body()
{
	prepare
	sed -i /^start/d record
	gatecheck exit:1
	said "gate: start: not in the record"
}

atf_test_case compiler
compiler_head()
{
	atf_set descr "instructions of another compiler are not compared"
}
compiler_body()
{
	prepare
	scale realloc-64 0.5
	scale peak-vectors 0.5
	sed -i 's/^compiler.*/compiler another/' record
	gatecheck exit:1
	said "gate: peak-vectors: .*up by"
	said "of another, these of here: not compared"
	silent_on realloc-64
}

atf_init_test_cases()
{
	atf_add_test_case open
	atf_add_test_case shut
	atf_add_test_case lower
	atf_add_test_case missing
	atf_add_test_case compiler
}
