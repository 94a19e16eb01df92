# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The examples do what they are there to show.

# example NAME: puts a script here that runs it.
example()
{
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${BASALT_RUN-}" \
	    "${BASALT_LIBDIR}/../../share/examples/$1" >"$1"
	chmod +x "$1"
}

atf_test_case numa
numa_head()
{
	atf_set descr "An arena lies on the memory of a node"
}
numa_body()
{
	example numa
	atf_check -o save:out ./numa 0
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
	native "so large a mapping is too much for it"
	example persist
	atf_check -o inline:'one\ntwo\n' ./persist heap one two
	atf_check -o inline:'one\ntwo\nthree\n' \
	    ./persist heap three
	atf_check -o inline:'one\ntwo\nthree\n' ./persist heap
	# More than one piece of the file, and more than a small object.
	awk 'BEGIN { for (i = 0; i < 5000; i++) {
		s = sprintf("%d", i); while (length(s) < 1000) s = s "x"
		print s } }' >words
	split -l 1000 words part
	for p in part*; do
		xargs ./persist heap <"$p" >/dev/null ||
		    atf_fail "words cannot be added"
	done
	./persist heap >got || atf_fail "words cannot be read"
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
	native "so large a mapping is too much for it"
	example persist
	atf_check dd if=/dev/zero of=zeros bs=4096 count=1 status=none
	atf_check -s exit:1 -e match:'is no heap' ./persist zeros
}

atf_init_test_cases()
{
	atf_add_test_case numa
	atf_add_test_case persist
	atf_add_test_case persist_refuses
}
