# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The examples do what they are there to show.

examples=${BASALT_LIBDIR}/../../share/examples

atf_test_case numa
numa_head()
{
	atf_set descr "An arena lies on the memory of a node"
}
numa_body()
{
	atf_check -o save:out "$examples/numa" 0
	if grep -q 'does not bind' out; then
		atf_check grep -q '1000 objects' out
		atf_skip "the kernel knows no NUMA nodes"
	fi
	atf_check -o match:'1000 objects, 1000 of them on node 0$' cat out
}

atf_test_case persist
persist_head()
{
	atf_set descr "A heap in a file outlives the process"
}
persist_body()
{
	atf_check -o inline:'one\ntwo\n' "$examples/persist" heap one two
	atf_check -o inline:'one\ntwo\nthree\n' \
	    "$examples/persist" heap three
	atf_check -o inline:'one\ntwo\nthree\n' "$examples/persist" heap
	# More than one piece of the file, and more than a small object.
	awk 'BEGIN { for (i = 0; i < 5000; i++) {
		s = sprintf("%d", i); while (length(s) < 1000) s = s "x"
		print s } }' >words
	split -l 1000 words part
	for p in part*; do
		xargs "$examples/persist" heap <"$p" >/dev/null ||
		    atf_fail "words cannot be added"
	done
	"$examples/persist" heap >got || atf_fail "words cannot be read"
	{ echo one; echo two; echo three; cat words; } >want
	atf_check cmp want got
}

atf_test_case persist_refuses
persist_refuses_head()
{
	atf_set descr "A file that is no heap is left alone"
}
persist_refuses_body()
{
	atf_check dd if=/dev/zero of=zeros bs=4096 count=1 status=none
	atf_check -s exit:1 -e match:'is no heap' "$examples/persist" zeros
}

atf_init_test_cases()
{
	atf_add_test_case numa
	atf_add_test_case persist
	atf_add_test_case persist_refuses
}
